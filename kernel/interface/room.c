/*
 * The interfaces of this room: each is a file of its own and is registered here. Interface hook has
 * no entry in this list, since each hook point is an interface that its own module registers.
 */
#include <interface/room.h>

#include <kernel/irq.h>
#include <kernel/last_words.h>
#include <kernel/log_reader.h>
#include <kernel/source.h>

void interface_init(void)
{
	interface_register(&source_interface);
	interface_register(&irq_interface);
	interface_register(&last_words_interface);
	interface_register(&log_reader_interface);
}
