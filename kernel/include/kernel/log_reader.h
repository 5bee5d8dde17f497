#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/log_ring.h>

/*
 * The log, for whoever shows it. Copies the record at *@cursor (0: the oldest) and moves the cursor
 * on; false when there is none yet. Records that were overwritten meanwhile are skipped. Context:
 * any.
 */
bool log_read(uint64_t *cursor, struct log_record *record);
