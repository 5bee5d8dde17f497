#pragma once

/* Takes over the exceptions. Early; before it, each is a panic with its bare name. */
void fault_init(void);
