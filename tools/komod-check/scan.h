#pragma once

/*
 * Warns on standard error when the code of the file @path uses registers that the kernel does not
 * keep for modules: SSE, AVX, MMX and x87. Asks objdump (or what $OBJDUMP names); where that is not
 * there, nothing is said. @shown is the path as it is printed.
 */
void scan_for_float(const char *path, const char *shown);
