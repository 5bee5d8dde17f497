#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The log, for whoever shows it. */
#define LOG_RECORD_MAX 512

struct log_record {
	uint64_t time;	/* ns */
	unsigned level; /* 0 to 7 */
	size_t length;
	char text[LOG_RECORD_MAX]; /* no newline; not NUL-terminated */
};

/*
 * Copies the record at *@cursor (0: the oldest) and moves the cursor on; false when there is none
 * yet. Records that were overwritten meanwhile are skipped. Context: any.
 */
bool log_read(uint64_t *cursor, struct log_record *record);
