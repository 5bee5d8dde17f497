/*
 * Types of relocations: their names, and what to change where a module has one that is not loaded.
 * The loader knows the six that it applies; all others are only known here.
 */
#include "relocation.h"

#include <string.h>

#include <lib/format.h>

/*
 * By number, behind R_X86_64_ (AMD64 ABI 4.4.1). Marked: * goes through a table, ! is thread-local,
 * < has a field too small for an address, = is for what a linker has finished, ? is not defined.
 */
static const char type_names[] =
    "NONE 64 PC32 *GOT32 PLT32 =COPY =GLOB_DAT =JUMP_SLOT =RELATIVE *GOTPCREL 32 32S <16 <PC16 <8 "
    "<PC8 !DTPMOD64 !DTPOFF64 !TPOFF64 !TLSGD !TLSLD !DTPOFF32 !GOTTPOFF !TPOFF32 PC64 *GOTOFF64 "
    "*GOTPC32 *GOT64 *GOTPCREL64 *GOTPC64 *GOTPLT64 *PLTOFF64 SIZE32 SIZE64 !GOTPC32_TLSDESC "
    "!TLSDESC_CALL !TLSDESC =IRELATIVE =RELATIVE64 ?39 ?40 *GOTPCRELX *REX_GOTPCRELX ?beyond";
#define TYPE_MARKS "*!<=?"

/* Its name, up to a blank. The last one stands for all that are beyond it. */
static const char *type_name(uint32_t type)
{
	const char *name = type_names;

	for (; type > 0 && strchr(name, ' ') != NULL; type--)
		name = strchr(name, ' ') + 1;
	return name;
}

static const char *cure_of(char mark)
{
	switch (mark) {
	case '!':
		return "is thread-local; use DEFINE_PER_CPU in place of __thread";
	case '*':
		return "goes through a global offset table; compile with -fno-pic -fno-pie "
		       "-mcmodel=kernel, and without -fno-plt";
	case '<':
		return "has 8 or 16 bits for an address; in assembly, refer to symbols of other "
		       "sections and files with 32 or 64 bits";
	case '=':
		return "only a finished program has; link the module with ld -r";
	case '?':
		return "the x86-64 ABI does not define; compile and link for x86-64";
	default:
		return "is not supported; in assembly, do not use @SIZE";
	}
}

void relocation_cure(uint32_t type, char *text, size_t size)
{
	const char *name = type_name(type), *bare = name + strspn(name, TYPE_MARKS);

	if (*name == '?')
		format_text(text, size, "type %u %s", type, cure_of(*name));
	else
		format_text(text, size, "R_X86_64_%.*s %s", (int)strcspn(bare, " "), bare,
			    cure_of(*name));
}
