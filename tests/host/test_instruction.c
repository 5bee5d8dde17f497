/* Which instructions work on registers that the kernel does not keep: bytes as objdump has them. */
#include <lib/instruction.h>

#include "test.h"

static const struct {
	const char *bytes;
	size_t length;
	bool is_float;
} rows[] = {
    {"\x0f\x28\xc1", 3, true},		   /* movaps %xmm1,%xmm0 */
    {"\x66\x0f\x6f\x05\0\0\0\0", 8, true}, /* movdqa 0x0(%rip),%xmm0 */
    {"\xf2\x48\x0f\x2a\xc0", 5, true},	   /* cvtsi2sd %rax,%xmm0 */
    {"\x66\x0f\xef\xc0", 4, true},	   /* pxor %xmm0,%xmm0 */
    {"\x0f\x77", 2, true},		   /* emms */
    {"\x0f\xae\x15\0\0\0\0", 7, true},	   /* ldmxcsr 0x0(%rip) */
    {"\xc5\xf8\x77", 3, true},		   /* vzeroupper */
    {"\xc4\xe2\x7d\x18\x07", 5, true},	   /* vbroadcastss (%rdi),%ymm0 */
    {"\x62\xf1\x7c\x48\x28\xc1", 6, true}, /* vmovaps %zmm1,%zmm0 */
    {"\xd9\xee", 2, true},		   /* fldz */
    {"\xdb\xe3", 2, true},		   /* fninit */
    {"\x0f\x0b", 2, false},		   /* ud2 */
    {"\x0f\x01\xd0", 3, false},		   /* xgetbv */
    {"\x0f\xb0\x0f", 3, false},		   /* cmpxchg %cl,(%rdi) */
    {"\x0f\xc7\xf0", 3, false},		   /* rdrand %eax */
    {"\x48\x89\xd8", 3, false},		   /* mov %rbx,%rax */
    {"\xf0\x48\x0f\xc1\x07", 5, false},	   /* lock xadd %rax,(%rdi) */
    {"\x06", 1, false},			   /* not of 64-bit mode */
    {"\x66\x66\x66", 3, false},		   /* cut behind a prefix */
    {"\x66\x0f", 2, false},		   /* ... and behind the first byte of two */
    {"", 0, false},
};

TEST(opcodes)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint8_t *bytes = test_copy(rows[i].bytes, rows[i].length);

		if (instruction_is_float(bytes, rows[i].length) != rows[i].is_float)
			test_fail(__FILE__, __LINE__, "row %u", i);
	}
}
