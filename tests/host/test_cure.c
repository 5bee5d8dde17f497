/* Names that gcc 12 and clang 14 emit for an option, and what is said of each. */
#include "cure.h"
#include "elf_reason.h"

static const struct {
	const char *name;
	const char *words; /* NULL: it says nothing */
} rows[] = {
    {"__stack_chk_fail", "-fno-stack-protector"},
    {"__stack_chk_guard", "-fno-stack-protector"},
    {"mcount", "without -pg"},
    {"mcount_of_mine", NULL},
    {"__fentry__", "without -mfentry"},
    {"__asan_init", "-fno-sanitize=all"},
    {"__ubsan_handle_add_overflow", "-fno-sanitize=all"},
    {"__tsan_func_entry", "-fno-sanitize=all"},
    {"__msan_param_tls", "-fno-sanitize=all"},
    {"__hwasan_load1_noabort", "-fno-sanitize=all"},
    {"__sanitizer_cov_trace_pc", "-fsanitize-coverage"},
    {"__start___sancov_guards", "-fsanitize-coverage"},
    {"__cyg_profile_func_enter", "-finstrument-functions"},
    {"__gcov_merge_add", "--coverage"},
    {"llvm_gcda_start_file", "--coverage"},
    {"__llvm_profile_runtime", "-fprofile-generate"},
    {"__morestack", "-fno-split-stack"},
    {"__x86_return_thunk", "-mfunction-return"},
    {"__x86_indirect_thunk_rax", "-mindirect-branch"},
    {"__memcpy_chk", "-U_FORTIFY_SOURCE"},
    {"__tls_get_addr", "DEFINE_PER_CPU"},
    {"__addvdi3", "-fwrapv"},
    {"__mulvsi3", "-fwrapv"},
    {"__addvti3", "-fwrapv"},
    {"__divti3", "__int128"},
    {"__udivmodti4", "__int128"},
    {"__umodti3", "__int128"},
    {"__adddf3", "floating-point"},
    {"__ltdf2", "floating-point"},
    {"__fixdfdi", "floating-point"},
    {"__fixunsdfsi", "floating-point"},
    {"__floatunsisf", "floating-point"},
    {"__extendsfdf2", "floating-point"},
    {"__multf3", "floating-point"},
    {"__muldc3", "floating-point"},
    {"__popcountdi2", "__builtin"},
    {"__atomic_load_16", "at most 8 bytes"},
    {"__gxx_personality_v0", "-fno-exceptions"},
    {"__cxa_allocate_exception", "-fno-exceptions"},
    {"__cxa_begin_catch", "-fno-exceptions"},
    {"_Unwind_Resume", "-fno-exceptions"},
    {"_ZTVN10__cxxabiv120__si_class_type_infoE", "-fno-rtti"},
    {"__dynamic_cast", "-fno-rtti"},
    {"__cxa_guard_acquire", "-fno-threadsafe-statics"},
    {"__cxa_atexit", "C++ static object"},
    {"__cxa_pure_virtual", "pure virtual"},
    {"_Znwm", "operator new"},
    {"_ZdaPv", "operator new or delete"},
    {"_Z6printkPKcz", "extern \"C\""},
    {"__start_mine", "bound of a section"},
    {"__stop_mine", "bound of a section"},
    {"", NULL},
    {"printk", NULL},
    {"_printk", NULL},
    {"__fix", NULL},
    {"__divti", NULL},
    {"divti3", NULL},
    {"__stack", NULL},
    {"atexit_mine", NULL},
};

TEST(names)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *cure = symbol_cure(rows[i].name);

		if ((cure == NULL) != (rows[i].words == NULL))
			test_fail(__FILE__, __LINE__, "%s: %s", rows[i].name,
				  cure ? cure : "nothing");
		else if (cure != NULL)
			CHECK_SAYS(cure, rows[i].words);
	}
}

/* The longest name there can be, of what matches * again and again. */
TEST(a_name_of_stars_own)
{
	char name[512];

	memset(name, '_', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK_STR(symbol_cure(name), NULL);
}

static void names_symbol(const char *reason, const char *wanted)
{
	char name[20];
	bool found = reason_symbol(reason, name, sizeof(name));

	CHECK_STR(found ? name : NULL, wanted);
}

TEST(symbols_of_reasons)
{
	names_symbol("undefined symbol mcount", "mcount");
	names_symbol("needs a for symbol b: undefined symbol mcount", "mcount");
	names_symbol("undefined symbol foo: /modules/a.ko should export it", "foo");
	names_symbol("symbol 3 (x) is thread-local; use DEFINE_PER_CPU", "x");
	names_symbol("section 21 (.symtab): symbol 55 (x) is thread-local; use", "x");
	names_symbol("undefined symbol ", "");
	names_symbol("undefined symbol a_name_of_20_letters", NULL);
	names_symbol("undefined symbol a_name_of_19_lette", "a_name_of_19_lette");
	names_symbol(") is thread-local (", "");
	names_symbol("no memory", NULL);
	names_symbol("", NULL);
}
