#pragma once

/* The room interface at boot, after bus_init: registers its interfaces. Context: early. */
void interface_init(void);
/* The thread that calls the log's reader, and its interrupt. 0 or -ENOMEM. Context: boot, thread.
 */
int log_reader_start(void);
