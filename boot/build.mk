# The first instructions, until C runs.

boot_objects := $(call objects,$(call sources,boot,asm))

$(eval $(call asm_rule,boot))
