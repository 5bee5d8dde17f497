/*
 * The ending of one registration: kernel/bus/registration.c, with the sweeps of sweep.c and failing.c
 * and with calls and spans of call.c. The entry belongs to the consumer and stands in an interface
 * of the provider. What is done with a spinlock held is one step, and so is what is done in a stop.
 * The names are those of the C code.
 *
 * Parties: a thread of the consumer registers the entry, unregisters it or forgets that, and frees its
 * memory at once when it is told that the entry has ended; the consumer fails and is swept; the
 * provider fails and is swept; callers come and go, keep a span open, or do not come back. The
 * consumer is gone once its sweep is over and no thread is in it.
 *
 * Safety, by assertions: no step touches the entry when its memory is free, or the consumer when it
 * is gone; an entry is ended once; after a sweep it is in no list.
 *
 * That every ending ends: each process does a finite number of things, and a process that is not at
 * its end in the end waits for ever, which is an invalid end.
 *
 * A call that does not come back keeps an entry only as long as its owner has not failed: STUCK.
 * A sweep may fault over the entry that it has claimed, and never lets it go: DAMAGE. Then it stays
 * in its lists, its owner is damaged and does not go, and no party waits for it.
 *
 * quick configuration module-and-consumer: CONSUMER=1 PROVIDER=0 CALLERS=1 STUCK=1 DAMAGE=0
 * quick configuration module-and-provider: CONSUMER=0 PROVIDER=1 CALLERS=1 STUCK=0 DAMAGE=0
 * configuration both-fail: CONSUMER=1 PROVIDER=1 CALLERS=1 STUCK=1 DAMAGE=0
 * configuration damage: CONSUMER=1 PROVIDER=1 CALLERS=1 STUCK=0 DAMAGE=1
 * configuration both-fail-two-callers: CONSUMER=1 PROVIDER=1 CALLERS=2 STUCK=0 DAMAGE=0
 */

#define NONE 0
#define RESERVED 1
#define ACTIVE 2
#define CLOSED 3

#define NOBODY 0
#define MODULE 1
#define SWEEP_CONSUMER 2
#define SWEEP_PROVIDER 3

byte state = NONE; /* of the entry */
bit linked;	   /* it is in both lists */
byte claimant = NOBODY;
bit freed;	   /* ghost: its memory is free */

bit consumer_failed, consumer_closed, consumer_gone;
bit provider_failed, provider_claimed; /* the second: its interface has a claimant */
bit consumer_damaged;
byte sections;	   /* CPUs in a preemption-off section that is more than one step */
byte leavers;

bit record[CALLERS], cut[CALLERS]; /* call records, and those cut off the entry */
bit span[CALLERS];		   /* open spans: they lead to the entry */
byte spans;

bit waits_left[4], waits_released[4]; /* by party: in registration_left, registration_released */
byte inside = 1 + CALLERS;	      /* threads that may still be in the consumer */
hidden byte each;

inline touch() { assert(!freed) }
inline touch_consumer() { assert(!consumer_gone) }

/* wait_event: in the queue first, then the condition; a wake takes all out of the queue. */
#define wait_event(queue, condition)                                                               \
	do                                                                                         \
	:: queue[me] = 1;                                                                          \
	   if                                                                                      \
	   :: atomic { (condition) -> queue[me] = 0; break }                                       \
	   :: else -> (queue[me] == 0)                                                             \
	   fi                                                                                      \
	od

inline wake_left() {
	d_step { for (each : 0 .. 3) { waits_left[each] = 0 } each = 0 }
}
inline wake_released() {
	d_step { for (each : 0 .. 3) { waits_released[each] = 0 } each = 0 }
}

/* registration_claim_of and _in: the oldest entry that no other party is at, or there is none. Once
 * its owner is damaged that is not waited for, nor is it looked at for an interface's sweep. */
inline claim() {
	do
	:: waits_released[me] = 1;
	   d_step {
		if
		:: linked && !(me == SWEEP_PROVIDER && consumer_damaged) ->
			touch(); touch_consumer();
			if :: claimant == NOBODY -> claimant = me; claimed = 1 :: else fi
		:: else -> none_left = 1
		fi;
		if :: consumer_damaged && !claimed -> none_left = 1 :: else fi
	   };
	   if
	   :: claimed || none_left -> waits_released[me] = 0; break
	   :: else -> (waits_released[me] == 0)
	   fi
	od
}

/* In a stop: no section is under way, and this is one step. */
inline cut_spans() {
	for (each : 0 .. CALLERS - 1) {
		if :: span[each] -> span[each] = 0; spans-- :: else fi
	}
	each = 0
}
inline cut_calls() {
	for (each : 0 .. CALLERS - 1) {
		if :: record[each] -> cut[each] = 1 :: else fi
	}
	each = 0
}
inline count_calls(count) {
	count = 0;
	for (each : 0 .. CALLERS - 1) {
		if :: record[each] && !cut[each] -> count++ :: else fi
	}
	each = 0
}

inline wait_until_left() {
	seen = leavers;
	do
	:: consumer_failed -> break
	:: else ->
		atomic { (sections == 0) -> d_step { count_calls(calls) } };
		if
		:: calls == 0 -> break
		:: else ->
			wait_event(waits_left, leavers != seen || consumer_failed);
			seen = leavers
		fi
	od;
	if
	:: consumer_failed ->
		atomic { (sections == 0) -> d_step { touch(); cut_calls(); cut_spans() } }
	:: else
	fi;
	seen = 0; calls = 0
}

inline finish() {
	d_step {
		touch(); touch_consumer(); assert(linked && claimant == me);
		linked = 0; state = NONE; claimant = NOBODY
	};
	wake_released() /* of finish */
}

inline release() {
	d_step { touch(); touch_consumer(); claimant = NOBODY };
	wake_released() /* of release */
}

/* For sweeps, which have claimed it. */
inline registration_end() {
	d_step { touch(); state = CLOSED };
	wait_until_left();
	if
	:: spans > 0 -> atomic { (sections == 0) -> d_step { touch(); cut_calls(); cut_spans() } }
	:: else
	fi;
	finish()
}

inline sweep() {
	do
	:: none_left = 0; claimed = 0;
	   claim();
	   if
	   :: claimed && DAMAGE -> /* sweep_in_call */
		consumer_damaged = 1;
		wake_released() /* of damage */;
		break
	   :: claimed -> registration_end()
	   :: else -> break
	   fi
	od;
	assert(!linked || consumer_damaged)
}

/* Registers, unregisters until that is not refused, frees. */
active proctype module_thread() {
	byte me = MODULE, seen, calls;
	bit ended, refused;

	atomic {
		if
		:: consumer_closed || consumer_failed || provider_claimed || provider_failed ->
			goto over
		:: else -> linked = 1; state = RESERVED; claimant = me
		fi
	};
	if
	:: skip -> /* entering succeeds: activate */
		d_step { touch(); state = ACTIVE };
		release();
		if
		:: goto over /* its exit forgets the entry */
		:: skip
		fi
	:: skip -> /* entering refuses */
		registration_end();
		goto free
	fi;
	do
	:: d_step { /* try_claim */
		touch();
		if
		:: state == NONE -> ended = 1
		:: state != NONE && claimant == NOBODY -> claimant = me
		:: state != NONE && claimant != NOBODY && consumer_damaged -> refused = 1
		:: else
		fi
	   };
	   if
	   :: ended -> break
	   :: refused -> goto over
	   :: !ended && !refused && claimant == me ->
		if
		:: d_step { spans > 0 -> skip };
			release();
			wait_for_span: (spans == 0) /* the user tries again later */
		:: d_step { spans == 0 -> touch(); state = CLOSED };
			wait_until_left();
			if
			:: d_step { spans > 0 -> touch(); state = ACTIVE };
				release();
				wait_again: (spans == 0)
			:: d_step { spans == 0 -> skip };
				finish();
				break
			fi
		fi
	   :: else ->
		wait_event(waits_released, claimant == NOBODY || consumer_damaged)
	   fi
	od;
free:
	freed = 1;
over:
	inside--
}

active proctype consumer_fails() {
	byte me = SWEEP_CONSUMER, seen, calls;
	bit none_left, claimed;

	if :: CONSUMER == 0 -> goto over :: else fi;
	atomic { (sections == 0) -> d_step { consumer_failed = 1; cut_spans() } };
	wake_left(); /* its callers are not waited for any more */
	consumer_closed = 1;
	sweep();
end_held: /* by a call that does not come back */
	(inside == 0);
	if :: consumer_damaged -> goto over :: else fi;
	d_step { assert(!linked); consumer_gone = 1; freed = 1 };
over:
	skip
}

active proctype provider_fails() {
	byte me = SWEEP_PROVIDER, seen, calls;
	bit none_left, claimed;

	if :: PROVIDER == 0 -> goto over :: else fi;
	atomic { (sections == 0) -> provider_failed = 1 };
	provider_claimed = 1;
	sweep();
over:
	skip
}

active [CALLERS] proctype caller() {
	byte number;
	bit going, opened;

	d_step { number = _pid - 3; }
	atomic { /* begin, under the interface's lock: the record is pushed before the look */
		if
		:: linked && state == ACTIVE && !consumer_failed -> touch(); record[number] = 1
		:: else -> goto over
		fi
	};
	if
	:: atomic { /* span_open */
		if
		:: !cut[number] && !consumer_failed ->
			touch(); span[number] = 1; spans++; opened = 1
		:: else
		fi
	   }
	:: STUCK -> end_stuck: false
	:: skip
	fi;
	sections++; /* call_end */
	d_step {
		if
		:: !cut[number] -> touch(); going = (state == CLOSED)
		:: else
		fi
	};
	record[number] = 0;
	sections--;
	if
	:: going -> leavers++; wake_left()
	:: else
	fi;
	if
	:: opened ->
		d_step { /* span_close, with preemption off */
			if
			:: span[number] -> touch(); touch_consumer(); span[number] = 0; spans--
			:: else
			fi
		}
	:: else
	fi;
over:
	inside--
}
