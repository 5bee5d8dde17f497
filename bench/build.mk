# What measures: modules (bench/modules is built for Linux too, bench/tenon is not), modules that are
# generated since they are large or many, and a program that counts on the host's own CPU. Images
# and Linux's side are made by bench/harness.

bench_flags = -DMODULE -DKBUILD_MODNAME='"$(1)"' $(include_module) -Ibench/modules -Ibench/tenon \
	-I$(bench_generated) -include bench/tenon/compat.h
bench_generated := $(BUILD)/obj/bench/generated
bench_big_parts := main 0 1 2 3 4 5 6 7

# bench_object NAME,SOURCE,OBJECT: a file of module NAME.
define bench_object
$(3): $(2) $(settings)
	$$(call quiet,CC,$$@)mkdir -p $$(@D); \
	$$(CC) $$(TARGET_CFLAGS) $$(call bench_flags,$(1)) -MMD -MP -c $$< -o $$@

endef

# bench_module NAME,SOURCES: its objects are named after it, so that one source can be in several.
bench_module_object = $(BUILD)/obj/bench/$(1)/$(notdir $(2:.c=.o))
define bench_module
$(foreach source,$(2),$(call bench_object,$(1),$(source),$(call bench_module_object,$(1),$(source))))
$(call module_link,$(1),$(foreach source,$(2),$(call bench_module_object,$(1),$(source))),bench/modules)
endef

bench_shared_names := bench_smallest bench_get_put bench_heap bench_page bench_stop bench_thread bench_interrupt
bench_hooks_names := $(foreach number,1 2 3 4,bench_hooks_$(number))
bench_names := $(bench_shared_names) bench_hook $(bench_hooks_names) bench_load bench_big

$(foreach name,$(bench_shared_names),$(eval $(call bench_module,$(name),bench/modules/$(name).c)))
$(foreach name,$(bench_hooks_names),$(eval $(call bench_module,$(name),bench/tenon/bench_hooks.c)))
$(eval $(call bench_module,bench_hook,bench/tenon/bench_hook.c))
$(eval $(call bench_module,bench_load,bench/tenon/bench_load.c bench/tenon/unchecked.c))
$(eval $(call bench_module,bench_big,$(bench_big_parts:%=$(bench_generated)/bench_big_%.c)))

$(bench_big_parts:%=$(bench_generated)/bench_big_%.c): $(bench_generated)/big.made ;
$(bench_generated)/%.made: bench/modules/generate.py
	@$(PYTHON) $< $* $(@D) && touch $@

# Stripped, as everything in an image is.
$(BUILD)/bench/stage/%.ko: $(BUILD)/bench/modules/%.ko
	@mkdir -p $(@D); $(OBJCOPY) --strip-debug $< $@

# A thousand of a kind go by patterns: they have no header of their own to depend on.
bench_many_names = $(shell seq -f bench_many_%04g 0 999)

$(bench_generated)/bench_many_%.c: $(bench_generated)/many.made ;
$(BUILD)/obj/bench/many/bench_many_%.o: $(bench_generated)/bench_many_%.c $(settings)
	@mkdir -p $(@D); $(CC) $(TARGET_CFLAGS) -g0 $(call bench_flags,bench_many_$*) -c $< -o $@
$(BUILD)/obj/bench/many/bench_many_%.mod.o: $(settings)
	@mkdir -p $(@D); \
	printf '#include <kernel/module_descriptor.h>\nMODULE_DESCRIPTOR(bench_many_$*);\n' | \
		$(CC) $(TARGET_CFLAGS) -g0 $(call bench_flags,bench_many_$*) -x c -c - -o $@
$(BUILD)/bench/many/%.ko: $(BUILD)/obj/bench/many/%.o $(BUILD)/obj/bench/many/%.mod.o
	@mkdir -p $(@D); $(LD) -r -z noexecstack -o $@ $^

# Tenon's own inline functions, compiled for the host; not position-independent, so that a gs base
# leads from a module's address to a thread's counters.
bench_native := $(BUILD)/bench/native
bench_native_sources := $(sort $(wildcard bench/native/*.c))
$(bench_native): $(bench_native_sources) bench/native/loop.h kernel/include/kernel/module.h
	$(call quiet,HOST,$@)mkdir -p $(@D); $(HOSTCC) -std=gnu11 -O2 $(warning_flags) -fno-pie \
		-Ilib/include -Ikernel/include $(bench_native_sources) -static -no-pie -pthread -o $@

.PHONY: bench-files bench-many
bench-files: $(bench_names:%=$(BUILD)/bench/stage/%.ko) $(bench_native)
bench-many:
	@echo "  MODULE   bench/many (1,000 of them)"
	+@$(MAKE) -s -j$(shell nproc) BUILD=$(BUILD) $(bench_many_names:%=$(BUILD)/bench/many/%.ko)

bench: bench-files $(if $(filter-out load_many,$(ONLY)),,bench-many)
