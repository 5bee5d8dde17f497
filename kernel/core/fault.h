#pragma once

/* Takes over the exceptions. Early. */
void fault_init(void);
