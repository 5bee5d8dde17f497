#pragma once

#include <mm/tlb.h>

/* Page tables fill a batch through these; their lock guards it meanwhile. */
void tlb_batch_add(struct tlb_batch *batch, uint64_t address, size_t pages);
void tlb_batch_add_frame(struct tlb_batch *batch, uint64_t physical);
void tlb_batch_add_table(struct tlb_batch *batch, uint64_t physical);
