#pragma once

/* The answer. Context: any. */
int provider_answer(void);
