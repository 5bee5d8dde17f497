#pragma once

/* The room files at boot, after bus_init: registers the interfaces node and filesystem, the root,
 * /dev, and the nodes null and zero. Context: early. */
void files_init(void);
