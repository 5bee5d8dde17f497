fw_cfg-depends := files
