# What is promised of the built code itself: the length of hot paths, by every compiler that is here.

code_compilers := $(sort $(CC) $(matrix_compilers))
code_objects := $(code_compilers:%=$(BUILD)/obj/tests/code/%/hot_path.o)

$(code_objects): $(BUILD)/obj/tests/code/%/hot_path.o: tests/code/hot_path.c $(settings)
	@mkdir -p $(@D); $* $(filter-out --target=% -isystem $(compiler_headers),$(TARGET_CFLAGS)) \
		-isystem $(shell $* -print-file-name=include) -DMODULE -DKBUILD_MODNAME='"hot_path"' \
		$(include_module) -MMD -MP -c $< -o $@

code_cases = $(foreach name,$(code_compilers),'code by $(name)=tests/code/count.py $(OBJDUMP) $(BUILD)/obj/tests/code/$(name)/hot_path.o')
