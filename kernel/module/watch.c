/*
 * What a watchdog asks: which call a thread is in. A call record may go at any moment but while
 * the machine is stopped.
 */
#include <kernel/bus.h>
#include <kernel/statistics.h>

#include <bus/call.h>
#include <sched/thread.h>

const struct call *thread_call_stopped(uint32_t id)
{
	const struct thread *thread;

	list_for_each(thread, &thread_list, all)
		if (thread->id == id)
			return call_innermost(thread);
	return NULL;
}
