/*
 * What an undefined symbol says about how the module was compiled. A compiler calls functions that
 * the source never names: checks, instrumentation, arithmetic that the processor lacks. The rule:
 * the names are those that gcc and clang were seen to emit for the option, and the cure is the
 * option that makes them go away.
 */
#include "cure.h"

#include <string.h>

/* Names are separated by blanks; in them * stands for any text and ? for one character. The first
 * row that fits is taken. */
static const char *const cures[][2] = {
    {"__stack_chk_*", "comes from -fstack-protector; compile with -fno-stack-protector"},
    {"mcount __fentry__ __return__", "comes from -pg; compile without -pg and without -mfentry"},
    {"__asan_* __hwasan_* __tsan_* __msan_* __ubsan_* __dfsan_* __safestack_* __cfi_*",
     "comes from -fsanitize; compile with -fno-sanitize=all"},
    {"__sanitizer_cov_* __start___sancov_* __stop___sancov_*",
     "comes from -fsanitize-coverage; compile without it"},
    {"__cyg_profile_func_*", "comes from -finstrument-functions; compile without it"},
    {"__gcov_* llvm_gcov_* llvm_gcda_* __llvm_profile_*",
     "comes from --coverage or -fprofile-generate; compile without it"},
    {"__morestack*", "comes from -fsplit-stack; compile with -fno-split-stack"},
    {"__x86_return_thunk __x86_indirect_* __llvm_retpoline_*",
     "comes from -mfunction-return, -mindirect-branch or -mretpoline; compile without it"},
    {"__*_chk", "comes from _FORTIFY_SOURCE; compile with -U_FORTIFY_SOURCE"},
    {"__tls_get_addr __emutls_*", "comes from __thread; use DEFINE_PER_CPU in its place"},
    {"__addv?i3 __subv?i3 __mulv?i3 __negv?i2", "comes from -ftrapv; compile with -fwrapv"},
    {"__*ti2 __*ti3 __*ti4", "comes from __int128 arithmetic; use 64 bits"},
    {"__*?f2 __*?f3 __*?c3 __float*?f __fix*?i",
     "comes from floating-point arithmetic; use integers"},
    {"__popcount?i2 __parity?i2", "comes from a __builtin function; write it out"},
    {"__atomic_*", "comes from an atomic access that the processor lacks; use at most 8 bytes"},
    {"__gxx_personality_* _Unwind_* __cxa_*throw* __cxa_*exception __cxa_*catch",
     "comes from C++ exceptions; compile with -fno-exceptions"},
    {"__dynamic_cast _ZTI* _ZTVN10__cxxabiv1* __cxa_bad_*",
     "comes from C++ run-time types; compile with -fno-rtti"},
    {"__cxa_guard_*",
     "comes from a static object in a C++ function; compile with -fno-threadsafe-statics"},
    {"__cxa_atexit __dso_handle atexit",
     "comes from a C++ static object; create it in module_init and delete it in module_exit"},
    {"_Znw* _Zna* _Zdl* _Zda* __cxa_pure_virtual",
     "is operator new or delete, or a pure virtual function of C++; define it in the module"},
    {"_Z*", "is a C++ name; declare functions of the kernel as extern \"C\""},
    {"__start_* __stop_*",
     "is the bound of a section, which ld -r does not define; use an array in its place"},
};

/* Does @name fit the first word of @pattern? Each * begins with no character and is given one more
 * each time that what follows it does not fit. */
static bool fits(const char *pattern, const char *name)
{
	const char *after_star = NULL, *retry = NULL;

	for (;;) {
		bool pattern_ends = *pattern == ' ' || *pattern == '\0';

		if (*pattern == '*') {
			after_star = ++pattern;
			retry = name;
		} else if (pattern_ends && *name == '\0') {
			return true;
		} else if (*name != '\0' && (*pattern == *name || *pattern == '?')) {
			pattern++;
			name++;
		} else if (retry == NULL || *retry == '\0') {
			return false;
		} else {
			pattern = after_star;
			name = ++retry;
		}
	}
}

static bool fits_any(const char *patterns, const char *name)
{
	for (;;) {
		if (fits(patterns, name))
			return true;
		patterns = strchr(patterns, ' ');
		if (patterns == NULL)
			return false;
		patterns++;
	}
}

const char *symbol_cure(const char *name)
{
	for (size_t i = 0; i < sizeof(cures) / sizeof(cures[0]); i++)
		if (fits_any(cures[i][0], name))
			return cures[i][1];
	return NULL;
}

/* A name stands behind "undefined symbol ", or in the parentheses before "is thread-local". */
bool reason_symbol(const char *reason, char *name, size_t size)
{
	static const char undefined[] = "undefined symbol ", local[] = ") is thread-local";
	const char *at = strstr(reason, undefined), *end;

	if (at) {
		at += sizeof(undefined) - 1;
		end = at + strcspn(at, ": ");
	} else {
		end = strstr(reason, local);
		if (!end)
			return false;
		for (at = end; at > reason && at[-1] != '(';)
			at--;
	}
	if ((size_t)(end - at) >= size)
		return false;
	memcpy(name, at, (size_t)(end - at));
	name[end - at] = '\0';
	return true;
}
