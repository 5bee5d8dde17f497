#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSTRUCTION_LONGEST 15u /* bytes; Intel SDM vol. 2, 2.3.11 */

/*
 * Does the instruction at @bytes (@length of them can be read) work on x87, MMX, SSE or AVX
 * registers? By its opcode alone (Intel SDM vol. 2, appendix A, tables ), for reports: a
 * few instructions of general registers that share these opcodes (movbe, crc32, BMI) count as well.
 */
bool instruction_is_float(const uint8_t *bytes, size_t length);
