/* Opcodes, as far as a fault's report needs them. */
#include <lib/instruction.h>

/* 26 2e 36 3e 64 65: segments; 66 67: sizes; f0 f2 f3: lock and repeat; 40 to 4f: REX. */
static bool is_prefix(uint8_t byte)
{
	return (byte & 0xe7) == 0x26 || (byte >= 0x64 && byte <= 0x67) || byte == 0xf0 ||
	       byte == 0xf2 || byte == 0xf3 || (byte & 0xf0) == 0x40;
}

/* Opcodes that begin with 0f. */
static bool is_float_0f(uint8_t opcode)
{
	static const struct {
		uint8_t first, last;
	} ranges[] = {{0x10, 0x17}, {0x28, 0x2f}, {0x38, 0x3a}, {0x50, 0x7f},
		      {0xae, 0xae}, {0xc2, 0xc2}, {0xc4, 0xc6}, {0xd0, 0xfe}};

	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (opcode >= ranges[i].first && opcode <= ranges[i].last)
			return true;
	return false;
}

bool instruction_is_float(const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	while (at < length && is_prefix(bytes[at]))
		at++;
	if (at >= length)
		return false;
	if (bytes[at] == 0x0f)
		return at + 1 < length && is_float_0f(bytes[at + 1]);
	return (bytes[at] & 0xf8) == 0xd8 ||				    /* x87 */
	       bytes[at] == 0xc4 || bytes[at] == 0xc5 || bytes[at] == 0x62; /* VEX, EVEX */
}
