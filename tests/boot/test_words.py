"""What refusals and reports say: a compiler's option is named with its cure. Each option is compiled for
real, by each compiler that is here and knows it; nothing is expected of a name alone.
"""
import os
import re
import subprocess

from boot import boot
import compiled

BUILD = os.environ["TENON_BUILD"]

# A good module, in which the usual options find something to do.
COMMON = """
#include <kernel/module.h>
MODULE_LICENSE("MIT");
long table[4];
static long sum_of(const char *text)
{
	char copy[100];
	for (int i = 0; i < 100; i++)
		copy[i] = text[i];
	return copy[(unsigned char)text[0] % 100];
}
long (*volatile summed)(const char *text) = sum_of;
int add(int a, int b);
int add(int a, int b) { return a + b; }
long multiply(long a, long b);
long multiply(long a, long b) { return a * b - table[a]; }
static int begin(void) { printk("begun %d\\n", add(1, 2)); return 0; }
module_init(begin);
static void end(void) { }
module_exit(end);
"""

MORE = {
    "int128": "__int128 quotient(__int128 a, __int128 b); __int128 quotient(__int128 a, __int128 b) { return a / b; }",
    "bounds": "extern long __start_gathered[], __stop_gathered[]; long count(void);"
              "__attribute__((section(\"gathered\"), used)) static long one = 1;"
              "long count(void) { return __stop_gathered - __start_gathered; }",
    "popcount": "int ones(unsigned long a); int ones(unsigned long a) { return __builtin_popcountl(a); }",
    "float": "double product(double a, double b); double product(double a, double b) { return a * b; }",
    "thread_local": "__thread int own; int *address(void); int *address(void) { return &own; }",
    "byte": "asm(\".byte elsewhere\"); char elsewhere;",
    "word": "asm(\".word elsewhere\"); char elsewhere;",
    "jump": "asm(\".text\\n.byte 0xeb, elsewhere - .\"); char elsewhere;",
    "far": "asm(\".text\\n.long table + 16\");",
}

# The option, or a name of MORE; the compiler; errno; words; more options.
OPTIONS = (
    ("-fstack-protector-all", "gcc clang", "ENOENT", "__stack_chk_.* -fno-stack-protector"),
    ("-fstack-protector-strong -mstack-protector-guard=global", "gcc", "ENOENT", "-fno-stack-protector"),
    ("-pg", "gcc clang", "ENOENT", "mcount comes from -pg"),
    ("-pg -mfentry", "gcc clang", "ENOENT", "__fentry__ comes from -pg.* without -mfentry"),
    ("-fsanitize=undefined", "gcc clang", "ENOENT", "__ubsan_.* -fno-sanitize=all"),
    ("-fsanitize=kernel-address", "gcc", "ENOENT", "__asan_.* -fno-sanitize=all"),
    ("-fsanitize=address", "gcc", "ENOENT", "__asan_.* -fno-sanitize=all"),
    ("-fsanitize=thread", "gcc", "ENOENT", "__tsan_.* -fno-sanitize=all"),
    ("-fsanitize-coverage=trace-pc", "gcc clang", "ENOENT", "-fsanitize-coverage"),
    ("-finstrument-functions", "gcc clang", "ENOENT", "__cyg_profile_func_.* -finstrument-functions"),
    ("-ftrapv", "gcc", "ENOENT", "v[sd]i3 comes from -ftrapv"),
    ("--coverage", "gcc clang", "ENOENT", "comes from --coverage"),
    ("-fprofile-generate", "gcc", "ENOEXEC", "comes from --coverage or -fprofile-generate"),
    ("-fprofile-generate", "clang", "ENOENT", "comes from --coverage or -fprofile-generate"),
    ("-fno-plt", "gcc clang", "ENOEXEC", "without -fno-plt"),
    ("-fpic -mcmodel=small", "gcc clang", "ENOEXEC", "-fno-pic"),
    ("-fsplit-stack", "gcc", "ENOENT", "__morestack comes from -fsplit-stack"),
    ("-mfunction-return=thunk-extern", "gcc", "ENOENT", "__x86_return_thunk comes from -mfunction-return"),
    ("-flto", "gcc", "ENOEXEC", "compiled with -flto.*-fno-lto"),
    ("int128", "gcc clang", "ENOENT", "__divti3 comes from __int128"),
    ("popcount", "gcc", "ENOENT", "__popcountdi2 comes from a __builtin"),
    ("float", "clang", "ENOENT", "__muldf3 comes from floating-point"),
    ("bounds", "gcc clang", "ENOENT", "__st(art|op)_gathered is the bound of a section"),
    ("thread_local", "gcc clang", "ENOEXEC", "DEFINE_PER_CPU"),
    ("byte", "gcc clang", "ENOEXEC", "R_X86_64_8.* has 8 or 16 bits for an address"),
    ("word", "gcc clang", "ENOEXEC", "R_X86_64_16.* has 8 or 16 bits for an address"),
    ("jump", "gcc clang", "ENOEXEC", "R_X86_64_PC8.* has 8 or 16 bits for an address"),
    ("far", "gcc clang", "ENOEXEC", r"R_X86_64_32.*value table\+16 does not fit"),
)

PLUS_PLUS = """
extern "C" {
struct module_descriptor;
int printk(const char *format, ...);
int init_module(void);
void cleanup_module(void);
}
struct counted { counted(int); ~counted(); int value; };
counted::counted(int n) : value(n) { printk("made\\n"); }
counted::~counted() { }
int init_module(void) { BODY return 0; }
void cleanup_module(void) { }
"""

# What is in init_module, or before it; options; words.
PLUS_PLUS_ROWS = (
    ("static_object", "static counted one(1);", "", "-fno-exceptions -fno-rtti -fno-use-cxa-atexit", "ENOEXEC",
     "static object"),
    ("static_constructed", "struct only { only(int); int v; }; only::only(int n) : v(n) { printk(\"x\\n\"); } "
     "only one(1);", "", "-fno-exceptions -fno-rtti", "ENOEXEC", "C\\+\\+ static objects"),
    ("in_function", "", "static counted one(1);", "-fno-exceptions -fno-rtti -fno-use-cxa-atexit", "ENOENT",
     "-fno-threadsafe-statics|static object"),
    ("operator_new", "counted *volatile kept;", "kept = new counted(1); delete kept;", "-fno-exceptions -fno-rtti", "ENOENT", "operator new or delete"),
    ("thrown", "", "throw 1;", "-fno-rtti", "ENOENT", "-fno-exceptions|-fno-rtti"),
    ("cast", "struct a { virtual int f(); int x; }; struct b : a { int f() override { return 1; } }; "
     "int a::f() { return 0; } a *volatile any;", "if (dynamic_cast<b *>(any)) return 1;", "-fno-exceptions", "ENOENT",
     "-fno-rtti"),
    ("mangled", "int printk_of_cxx(const char *format);", "printk_of_cxx(\"x\\n\");", "-fno-exceptions -fno-rtti",
     "ENOENT", "extern \"C\""),
)


def option_rows():
    for number, (option, by, errno, words) in enumerate(OPTIONS):
        for compiler in by.split():
            if compiler not in compiled.compilers():
                continue
            more, flags = (MORE[option], ()) if option in MORE else ("", option.split())
            yield f"option_{number}_{compiler}", COMMON + more, compiler, flags, ".c", errno, words
    for name, before, inside, flags, errno, words in PLUS_PLUS_ROWS:
        text = PLUS_PLUS.replace("int init_module(void) {", before + "\nint init_module(void) {").replace("BODY", inside)
        yield f"cxx_{name}", text, "gcc", flags.split(), ".cc", errno, words


def option_files():
    return {f"{name}.ko": compiled.module(name, text, compiler, flags, suffix)
            for name, text, compiler, flags, suffix, *_ in option_rows()}


def checked(name):
    """What the checker says of a compiled module."""
    return subprocess.run([os.path.join(BUILD, "komod-check"), os.path.join(BUILD, "compiled", f"{name}.ko")],
                          capture_output=True, text=True, check=False)


def checker_disagrees(name, errno, words):
    """At build the checker names the same options: refused, or a warning where the symbol might be there."""
    done = checked(name)
    refused = done.returncode == 1
    return (errno == "ENOEXEC" and not refused) or not re.search(words, done.stdout if errno == "ENOEXEC" else done.stderr)


@boot(smp=2, files=option_files)
def options_are_named(t):
    """What an option has put into a module is refused with the option and what to do instead."""
    wrong = []
    with t.same_memory():
        for name, _, compiler, flags, _, errno, words in option_rows():
            lines = t.run(f"load /modules/{name}.ko")
            if not lines[0].endswith(f"({errno})") or not any(re.search(words, line) for line in lines):
                wrong.append(f"{compiler} {' '.join(flags)}: not {words!r} ({errno}): {lines}")
                t.run(f"unload {name}")
            if checker_disagrees(name, errno, words):
                wrong.append(f"{compiler} {' '.join(flags)}: not {words!r}: {checked(name)}")
    t.check(not wrong, "\n".join(wrong))


def good_files():
    return {"as_it_is.ko": compiled.module("as_it_is", COMMON),
            "fat_lto.ko": compiled.module("fat_lto", COMMON, "gcc", ["-flto", "-ffat-lto-objects"]),
            "large_model.ko": compiled.module("large_model", COMMON, "gcc", ["-mcmodel=large"])}


@boot(smp=2, files=good_files)
def good_options(t):
    """What these options make loads: the cure of one is not said of another."""
    with t.same_memory():
        for name in ("as_it_is", "fat_lto", "large_model"):
            t.succeeds(f"load {name}", "begun 3", f"^{name}: loaded$")
            t.succeeds(f"unload {name}")


FLOAT = """
#include <kernel/module.h>
MODULE_LICENSE("MIT");
struct quad { long a, b, c, d; };
struct quad from, to;
static int begin(void) { BODY; return 0; }
module_init(begin);
static void end(void) { }
module_exit(end);
"""
FLOATS = {"copies_by_sse": "to = from", "loads_x87": "asm volatile(\"fldz\")",
          "zeroes_avx": "asm volatile(\"vzeroupper\")", "no_instruction": "asm volatile(\"ud2\")"}
HINT = r"SSE, AVX or x87? compile with -mgeneral-regs-only"


def float_files():
    return {f"{name}.ko": compiled.module(name, FLOAT.replace("BODY", body), without=["-mgeneral-regs-only"])
            for name, body in FLOATS.items()}


@boot(smp=1, files=float_files)
@boot(smp=1, files=float_files, firmware="uefi")
def registers_that_are_not_kept(t):
    """Code of SSE, AVX and x87 faults, whatever the firmware has left on, and the report names the option."""
    for name in FLOATS:
        t.run(f"load {name}", r"\(ENOTRECOVERABLE\)$")
        report = next(line for line in t.logged if " fault: " in line)
        t.check((HINT in report) == (name != "no_instruction"), report)
        t.check(name in report, report)
        done = checked(name)
        t.check(("-mgeneral-regs-only" in done.stderr) == (name != "no_instruction"), f"{done}")
        t.succeeds(f"unload -f {name}")
