fb_console-depends := terminal

# The font comes from the package that sets up the Linux console (Terminus, Latin-1 and -15).

font_file := /usr/share/consolefonts/Lat15-Terminus16.psf.gz
font_folder := $(BUILD)/obj/modules/fb_console

fb_console-objects := $(font_folder)/font.o

$(font_folder)/console.psf: $(font_file)
	@mkdir -p $(@D); gzip -dc $< > $@

$(font_folder)/font.o: modules/fb_console/font.asm $(font_folder)/console.psf $(settings)
	$(call quiet,NASM,$@)$(NASM) -felf64 -I$(font_folder)/ $< -o $@
