/*
 * What a refusal says about how the module was built, and what to change. The loader says what is
 * wrong in the terms of the file; options and tools are known here. A compiler also calls functions
 * that the source never names: checks, instrumentation, arithmetic that the processor lacks. The
 * rule: the names are those that gcc and clang were seen to emit for the option, and the cure is
 * the option that makes them go away.
 */
#include "cure.h"

#include <string.h>

#include <lib/compiler.h>
#include <lib/format.h>
#include <lib/parse.h>

#include "relocation.h"

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
	for (size_t i = 0; i < ARRAY_SIZE(cures); i++)
		if (fits_any(cures[i][0], name))
			return cures[i][1];
	return NULL;
}

/* What a reason says, and the cure. The first row that fits is taken. */
static const char *const reasons[][2] = {
    {"e_ident begins with 1f 8b", "packed by gzip; unpack it with gunzip"},
    {"e_ident begins with fd 37 7a 58", "packed by xz; unpack it with unxz"},
    {"e_ident begins with 28 b5 2f fd", "packed by zstd; unpack it with unzstd"},
    {"e_ident begins with 42 5a 68", "packed by bzip2; unpack it with bunzip2"},
    {"e_ident begins with 21 3c 61 72", "an archive; link its members with ld -r"},
    {"e_ident begins with 42 43 c0 de", "LLVM bitcode, made by -flto; compile with -fno-lto"},
    {"e_ident[EI_CLASS] is", "not a 64-bit object; compile for x86-64 (-m64)"},
    {"e_ident[EI_DATA] is", "not little-endian; compile for x86-64"},
    {"e_machine is", "built for another processor; compile for x86-64"},
    {"e_type is", "not a relocatable file; link the module with ld -r, not as a program, and not "
		  "with -shared or -pie"},
    {"extended section numbering",
     "build with fewer sections (no -ffunction-sections, no -fdata-sections)"},
    {"say compressed", "link without compressing it"},
    {"both writable and executable", "keep code and data in different sections"},
    {"without addends (SHT_REL)", "an x86-64 assembler makes SHT_RELA"},
    {"there is no machine code",
     "compiled with -flto; compile with -fno-lto, or link with gcc -r -flinker-output=nolto-rel"},
    {" symbols, the limit is", "strip --strip-unneeded leaves those that are needed"},
    {"no symbol table", "strip modules with --strip-debug only"},
    {"position-independent code",
     "compile with -fno-pic -fno-pie -mcmodel=kernel, and without -fno-plt"},
    {"is COMMON", "compile with -fno-common"},
    {"thread-local", "use DEFINE_PER_CPU in place of __thread"},
    {"is an IFUNC", "use an ordinary function or a pointer"},
    {"constructors and destructors",
     "call the function from module_init or module_exit, without __attribute__((constructor)), "
     "and create and delete C++ static objects there"},
    {"): value ", "compile with -mcmodel=kernel"},
    {"this kernel has ABI", "build it again with this kernel's headers"},
    {"this kernel is \"", "build it again with this kernel's headers"},
    {"more than one descriptor", "one NAME.mod.c belongs in a module"},
    {"name 'kernel'", "give the module another"},
    {"in the part of the module that stays", "do not export what is __init"},
    {") does not lie in the module", "export only what the module itself defines"},
    {"there is no type ", "declare it with module_param"},
    {"an array of 0 elements", "give it at least 1"},
    {" buffers of type string", "use an array of charp"},
    {"the variable has ", "give both the same type"},
    {"its variable or count", "it must not be const or __initdata"},
};

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

/* Behind "has type ". */
static bool relocation_type(const char *reason, uint64_t *type)
{
	static const char before[] = " has type ";
	const char *at = strstr(reason, "relocation ");

	at = at ? strstr(at, before) : NULL;
	if (!at)
		return false;
	at += sizeof(before) - 1;
	return !parse_integer(at, strcspn(at, ","), 0, UINT32_MAX, type);
}

bool reason_cure(const char *reason, char *text, size_t size)
{
	char name[SYMBOL_SHOWN];
	const char *cure;
	uint64_t type;

	if (reason_symbol(reason, name, sizeof(name)) && (cure = symbol_cure(name))) {
		format_text(text, size, "%s %s", name, cure);
		return true;
	}
	if (relocation_type(reason, &type)) {
		relocation_cure((uint32_t)type, text, size);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (!strstr(reason, reasons[i][0]))
			continue;
		format_text(text, size, "%s", reasons[i][1]);
		return true;
	}
	return false;
}
