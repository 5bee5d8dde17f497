# What is promised of the built code itself: the length of hot paths, by every compiler that is here.

code_compilers := $(sort $(CC) $(matrix_compilers))
code_hot := $(code_compilers:%=$(BUILD)/obj/tests/code/%/hot_path.o)
code_planted := $(code_compilers:%=$(BUILD)/obj/tests/code/%/planted_call.o)
code_objects := $(code_hot) $(code_planted)

code_command = mkdir -p $(@D); $* $(filter-out --target=% -Xclang -isystem $(compiler_headers),$(TARGET_CFLAGS)) \
		-isystem $(shell $* -print-file-name=include) -DMODULE -DKBUILD_MODNAME='"hot_path"' \
		$(include_module) -MMD -MP -c $< -o $@

$(code_hot): $(BUILD)/obj/tests/code/%/hot_path.o: tests/code/hot_path.c $(settings)
	@$(code_command)

$(code_planted): $(BUILD)/obj/tests/code/%/planted_call.o: tests/code/planted_call.c $(settings)
	@$(code_command)

code_folder = $(BUILD)/obj/tests/code/$(1)
code_cases = $(foreach name,$(code_compilers),\
	'code by $(name)=tests/code/count.py $(OBJDUMP) $(call code_folder,$(name))/hot_path.o' \
	'bare calls by $(name)=tests/code/planted.py $(OBJDUMP) $(call code_folder,$(name))/planted_call.o tests/code/planted_call.c')
