/*
 * The stop of kernel/smp/stop.c, with the calls of smp/ipi.c and the deferred TLB flush: each locked
 * operation and each read of a shared word is one step here, and so is each halt. The names are
 * those of the C code.
 *
 * Safety, by assertions: while the function runs no other CPU is inside (runs threads or handlers);
 * a CPU answers only a stop that still misses an answer; no CPU touches memory with a flush owed
 * (`stale`: a mapping is gone that its TLB may still have).
 *
 * That a stop always ends: every action below is taken from a finite budget and no loop goes on
 * without one, so each run comes to an end; and the
 * only ends that are allowed are those in which every CPU is idle or runs threads with nothing
 * asked of it. A stop or a call that waits for ever is an invalid end.
 *
 * One CPU is as another, so with three of them it is enough to try each choice of what they do once.
 *
 * quick configuration two: CPUS=2 ACTIONS=1 TIMERS=1 MAY=77
 * quick configuration stop-call-sleep: CPUS=3 ACTIONS=1 TIMERS=1 MAY=421
 * configuration two-twice: CPUS=2 ACTIONS=2 TIMERS=2 MAY=77
 * configuration stop-stop-stop: CPUS=3 ACTIONS=1 TIMERS=1 MAY=111
 * configuration stop-stop-call: CPUS=3 ACTIONS=1 TIMERS=1 MAY=211
 * configuration stop-stop-sleep: CPUS=3 ACTIONS=1 TIMERS=1 MAY=411
 * configuration stop-call-call: CPUS=3 ACTIONS=1 TIMERS=1 MAY=221
 * configuration stop-sleep-sleep: CPUS=3 ACTIONS=1 TIMERS=1 MAY=441
 */

#define IDLE 1
#define ASKED 2
#define PARKED 4
#define FLUSH 8

#define ASLEEP 128

/* What a CPU may do: the digit of MAY that is its own, CPU 0 has the last. */
#define STOPS 1
#define SHOOTS 2
#define SLEEPS 4
#define may(what) ((((me == 0 -> MAY : (me == 1 -> MAY / 10 : MAY / 100)) % 10) & what) != 0)

byte word[CPUS];    /* the words */
byte tickets, turn;
byte waiters[CPUS * ACTIONS + 1];
byte initiator;
byte missing;
bit flush;
bit running;        /* the function runs */
byte timers = TIMERS; /* how often a timer may still end a sleep */

byte inbox[CPUS];   /* call_inbox: bit n for caller n */
byte waiting[CPUS]; /* of the request */

bit irr_wake[CPUS]; /* interrupts that are pending */
bit irr_call[CPUS];
bit irr_stop[CPUS];
bit want[CPUS];     /* the bit of the preempt count */
bit breath[CPUS];   /* the CPU runs before it answers the next stop, until a timer fires */

bit inside[CPUS];   /* ghost: runs threads or handlers */
bit stale[CPUS];    /* ghost: a flush is owed */
hidden byte each;   /* of loops within one step */

inline touch() { assert(!running && !stale[me]) }

inline idle_flush_owed()
{
	if
	:: word[me] & FLUSH ->
		d_step { word[me] = word[me] & ~FLUSH; stale[me] = 0 }
	:: else
	fi
}

/* ipi_serve_calls: each bit that was taken out of the inbox is a caller that waits. */
inline serve_calls()
{
	d_step { taken = inbox[me]; inbox[me] = 0 };
	idle_flush_owed(); /* of a call */
	do
	:: taken != 0 ->
		d_step {
			touch();
			if
			:: taken & 1 -> caller = 0
			:: else -> if :: taken & 2 -> caller = 1 :: else -> caller = 2 fi
			fi;
			taken = taken & ~(1 << caller);
			waiting[caller]--;
			asleep = waiting[caller] == ASLEEP
		};
		if
		:: asleep -> d_step { irr_wake[caller] = 1; asleep = 0; caller = 0 }
		:: else -> caller = 0
		fi
	:: else -> break
	od
}

/* One interrupt of those that the CPU's task priority lets through, acknowledged and handled. */
inline handle_class_f()
{
	if
	:: atomic { irr_wake[me] -> irr_wake[me] = 0 }
	:: atomic { irr_call[me] -> irr_call[me] = 0 }; serve_calls()
	fi
}

#define stop_is_due() (word[me] & ASKED && !breath[me])

inline handle_stop()
{
	d_step {
		touch();
		if
		:: stop_is_due() -> want[me] = 1
		:: else
		fi
	}
}

inline handle()
{
	if
	:: handle_class_f()
	:: atomic { irr_stop[me] -> irr_stop[me] = 0 }; handle_stop()
	:: atomic { breath[me] -> breath[me] = 0 }; handle_stop() /* end_breath */
	fi
}

inline wait_for_release()
{
	do
	:: word[me] & PARKED ->
		serve_calls(); /* parked */
		handle_class_f() /* ends the halt */
	:: else -> break
	od
}

inline go_on() { d_step { inside[me] = 1; touch() } }

inline idle_enter()
{
	d_step { word[me] = word[me] | IDLE; inside[me] = 0 }
}

inline idle_leave()
{
	word[me] = word[me] & ~IDLE;
	if
	:: word[me] & PARKED -> wait_for_release()
	:: else
	fi;
	idle_flush_owed(); /* of the sleep */
	go_on()
}

inline stop_answer()
{
	d_step { word[me] = word[me] ^ (ASKED | PARKED); inside[me] = 0 };
	d_step { assert(missing > 0); missing--; last = missing == 0 };
	if
	:: last -> d_step { irr_wake[initiator] = 1; last = 0 }
	:: else
	fi;
	wait_for_release();
	idle_flush_owed(); /* of the stop */
	go_on()
}

/* The end of a section: preempt_enable, or the way out of an interrupt. */
inline do_resched()
{
	do
	:: want[me] ->
		if
		:: stop_is_due() ->
			stop_answer();
			if /* answer_stop; how many in a row it were is left open */
			:: atomic { timers > 0 && word[me] & ASKED -> timers--; breath[me] = 1 }
			:: skip
			fi
		:: else
		fi;
		d_step { want[me] = stop_is_due() } /* settle */
	:: else -> break
	od
}

/* One round of the idle loop. The interrupt that ends the halt is acknowledged first, then
 * interrupt_dispatch leaves the idle state, then the handler runs. */
inline idle_round()
{
	idle_enter();
	if
	:: want[me] -> idle_leave()
	:: else ->
end_halt:	if
		:: atomic { irr_wake[me] -> irr_wake[me] = 0 }; idle_leave()
		:: atomic { irr_call[me] -> irr_call[me] = 0 }; idle_leave(); serve_calls()
		:: atomic { irr_stop[me] -> irr_stop[me] = 0 }; idle_leave(); handle_stop()
		:: atomic { breath[me] -> breath[me] = 0 }; idle_leave(); handle_stop()
		:: atomic { timers > 0 -> timers-- }; idle_leave()
		fi
	fi;
	do_resched()
}

/* cpu_call, of one CPU. */
inline call(other)
{
	waiting[me] = 1;
	d_step { first = inbox[other] == 0; inbox[other] = inbox[other] | (1 << me) };
	if
	:: first -> d_step { irr_call[other] = 1; first = 0 }
	:: else
	fi;
	serve_calls();
	waiting[me] = waiting[me] | ASLEEP;
	do
	:: waiting[me] != ASLEEP ->
		handle() /* ends the caller's halt */
	:: else -> break
	od;
	waiting[me] = 0;
	do_resched()
}

/* tlb_flush: those that are idle are left to flush before they touch anything. */
inline shoot_down()
{
	for (cpu : 0 .. CPUS - 1) {
		if
		:: cpu != me ->
			set_duty(FLUSH, 0);
			if
			:: idle
			:: else -> call(cpu)
			fi
		:: else
		fi
	}
	atomic { cpu = 0; idle = 0 }
}

inline set_duty(if_idle, if_busy)
{
	d_step { /* one compare-exchange */
		idle = word[cpu] & IDLE; /* seen */
		if
		:: idle ->
			word[cpu] = word[cpu] | if_idle;
			if
			:: if_idle == FLUSH -> stale[cpu] = 1
			:: else
			fi
		:: else -> word[cpu] = word[cpu] | if_busy
		fi
	}
}

/* With preemption off; a stop that is under way has this CPU. */
inline take_turn()
{
	d_step { ticket = tickets; tickets++ };
	waiters[ticket] = me;
	do
	:: turn == ticket -> ticket = 0; break
	:: else ->
		if
		:: word[me] & ASKED -> stop_answer() /* while it waits for its turn */
		:: else -> handle() /* ends the waiter's halt */
		fi
	od
}

inline give_turn()
{
	turn++;
	if
	:: tickets != turn -> irr_wake[waiters[turn]] = 1
	:: else
	fi
}

inline gather()
{
	parked = 0;
	initiator = me;
	flush = 0;
	missing = CPUS - 1;
	for (cpu : 0 .. CPUS - 1) {
		if
		:: cpu != me ->
			set_duty(PARKED, ASKED);
			if
			:: idle -> parked++
			:: else -> irr_stop[cpu] = 1
			fi
		:: else
		fi
	}
	missing = missing - parked;
	atomic { parked = 0; cpu = 0; idle = 0 };
	do
	:: missing != 0 ->
		handle() /* ends the initiator's halt */
	:: else -> break
	od
}

inline function()
{
	d_step {
		touch();
		running = 1;
		for (each : 0 .. CPUS - 1) {
			assert(each == me || (!inside[each] && (word[each] & PARKED)))
		}
	};
	if
	:: d_step { flush = 1; for (each : 0 .. CPUS - 1) { stale[each] = each != me } }
	:: skip
	fi;
	running = 0
}

/* Every flush is owed before the first CPU goes on: it may call those that are still parked. */
inline owe_flushes()
{
	for (cpu : 0 .. CPUS - 1) {
		if
		:: cpu != me -> word[cpu] = word[cpu] | FLUSH
		:: else
		fi
	}
}

inline release()
{
	if
	:: flush -> owe_flushes()
	:: else
	fi;
	for (cpu : 0 .. CPUS - 1) {
		if
		:: cpu != me ->
			d_step { idle = word[cpu] & IDLE; word[cpu] = word[cpu] & ~PARKED };
			if
			:: !idle -> irr_wake[cpu] = 1
			:: else
			fi
		:: else
		fi
	}
}

inline stop_machine()
{
	take_turn();
	gather();
	function();
	release();
	atomic { cpu = 0; idle = 0; flush = 0; initiator = 0 };
	give_turn();
	do_resched()
}

active [CPUS] proctype processor()
{
	byte me = _pid, actions = ACTIONS;
	byte cpu, caller, taken, parked, ticket;
	bit idle, asleep, last, first;

	inside[me] = 1;
	do
	:: true ->
end_runs:	if
		:: handle()
		:: want[me] -> do_resched()
		:: actions > 0 -> actions--;
			if
			:: may(STOPS) -> stop_machine()
			:: may(SHOOTS) -> shoot_down()
			:: may(SLEEPS) ->
again:				idle_round();
				if
				:: goto again
				:: skip
				fi
			fi
		fi
	od
}
