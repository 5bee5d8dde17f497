/*
 * Look-up by name beside everything that takes an entry out: kernel/bus/names.c, with close_entry and
 * wait_until_left of registration.c, begin and call_end of call.c. Two modules have one entry each in one
 * bucket of the open table. What is done with names_lock held excludes other changes and no look-up, so
 * each store to a link that look-ups read is one step. What is done in a stop is one step that waits until
 * no section with preemption off is under way. The names are those of the C code.
 *
 * Parties: each module's thread registers its entry, the module becomes live, the thread closes the
 * entry and frees its memory at once; the owner is drained meanwhile, and may become live again (an
 * unload that is given up), or fails. Look-ups come at any time, take a call and end it.
 *
 * Safety, by assertions: no look-up and no call touches an entry whose memory is free, and none holds
 * a drained owner; no look-up goes round and round.
 *
 * quick configuration drained: LOOKUPS=1 DRAINS=1 REVIVES=0 FAILS=0
 * quick configuration given-up: LOOKUPS=1 DRAINS=1 REVIVES=1 FAILS=0
 * configuration two-lookups: LOOKUPS=2 DRAINS=1 REVIVES=0 FAILS=0
 * configuration everything: LOOKUPS=1 DRAINS=1 REVIVES=1 FAILS=1
 */

#define N 2
#define HEAD N
#define NOWHERE 3 /* what memory that has not been written leads to */

#define NONE 0
#define ACTIVE 1
#define CLOSED 2

byte next[3] = HEAD, previous[3] = HEAD; /* links of the open table's bucket */
byte state[N];
bit named[N]; /* in the open or the hidden table */
bit open[N];  /* in the open one */
bit live[N], drained[N] = 1, failed[N];
byte refs[N];
bit freed[N]; /* ghost: its memory is free */

bit locked;    /* names_lock */
byte sections; /* CPUs with preemption off, holders of the lock among them */

bit record[LOOKUPS], cut[LOOKUPS];
byte called[LOOKUPS]; /* the entry of the record */
hidden byte each;

inline touch(entry) { assert(!freed[entry]) }

inline lock() { atomic { (!locked) -> locked = 1; sections++ } }
inline unlock() { d_step { locked = 0; sections-- } }

inline link_last(entry) {
	last = previous[HEAD];
	next[entry] = HEAD;
	previous[entry] = last;
	previous[HEAD] = entry;
	next[last] = entry
}

inline unlink(entry) {
	previous[next[entry]] = previous[entry];
	next[previous[entry]] = next[entry]
}

/* The tables as they must be after a change of `drained`; in a stop. */
inline move_stopped(entry) {
	if
	:: named[entry] && open[entry] && drained[entry] -> unlink(entry); open[entry] = 0
	:: named[entry] && !open[entry] && !drained[entry] -> link_last(entry); open[entry] = 1
	:: else
	fi
}

inline count_calls(entry) {
	calls = 0;
	for (each : 0 .. LOOKUPS - 1) {
		if :: record[each] && !cut[each] && called[each] == entry -> calls++ :: else fi
	}
	each = 0
}
inline cut_calls(entry) {
	for (each : 0 .. LOOKUPS - 1) {
		if :: record[each] && called[each] == entry -> cut[each] = 1 :: else fi
	}
	each = 0
}

inline names_add(entry) {
	next[entry] = NOWHERE;
	lock();
	d_step { named[entry] = 1; open[entry] = !drained[entry] };
	if
	:: open[entry] -> link_last(entry)
	:: else
	fi;
	unlock()
}

inline names_remove(entry) {
	lock();
	if
	:: open[entry] -> unlink(entry)
	:: else
	fi;
	d_step { named[entry] = 0; open[entry] = 0 };
	unlock()
}

active [N] proctype module_thread() {
	byte me = _pid, last, calls;

	if
	:: skip -> /* in init, and the module becomes live: publish */
		names_add(me);
		state[me] = ACTIVE;
		atomic { (sections == 0) -> d_step {
			live[me] = 1; drained[me] = 0; move_stopped(me); last = 0 } }
	:: skip -> /* later */
		atomic { (sections == 0) -> d_step { live[me] = 1; drained[me] = 0 } };
		names_add(me);
		state[me] = ACTIVE
	fi;
	state[me] = CLOSED; /* close_entry */
	names_remove(me);
	do /* wait_until_left */
	:: drained[me] || failed[me] -> break
	:: else ->
		atomic { (sections == 0) -> d_step { count_calls(me) } };
		if
		:: calls == 0 -> break
		:: else -> (drained[me] || failed[me] || refs[me] == 0)
		fi
	od;
	if
	:: failed[me] ->
		atomic { (sections == 0) -> d_step { cut_calls(me) } };
		atomic { (sections == 0 && refs[me] == 0) -> freed[me] = 1 } /* a forced unload */
	:: else -> freed[me] = 1
	fi
}

active [N] proctype leaves() {
	byte me = _pid - N, last;
	byte drains = DRAINS, revives = REVIVES, fails = FAILS;

end_here:
	do
	:: atomic { (drains > 0 && sections == 0 && live[me] && refs[me] == 0) -> d_step {
		drains--; live[me] = 0; drained[me] = 1; move_stopped(me); last = 0 } }
	:: atomic { (revives > 0 && sections == 0 && drained[me] && drains < DRAINS) -> d_step {
		revives--; live[me] = 1; drained[me] = 0; move_stopped(me); last = 0 } }
	:: atomic { (fails > 0 && sections == 0 && live[me]) -> d_step {
		fails--; live[me] = 0; failed[me] = 1 } }
	od
}

active [LOOKUPS] proctype look_up() {
	byte number, node = HEAD, steps;
	bit holds;

	d_step { number = _pid - 2 * N };
	sections++; /* call_begin_by_name */
	node = next[HEAD];
	do
	:: node == HEAD -> break
	:: node != HEAD ->
		d_step { assert(node != NOWHERE); touch(node); steps++; assert(steps <= N) };
		if
		:: skip -> /* the name is the one that is wanted: begin */
			d_step { touch(node); called[number] = node; record[number] = 1 };
			if
			:: d_step { state[node] == ACTIVE -> touch(node) };
				if
				:: d_step { live[node] -> refs[node]++; holds = 1 }; break
				:: d_step { !live[node] -> record[number] = 0 }
				fi
			:: d_step { state[node] != ACTIVE -> touch(node); record[number] = 0 }
			fi
		:: skip
		fi;
		d_step { touch(node); node = next[node] }
	od;
	sections--;
	steps = 0;
	if
	:: holds ->
		assert(!drained[node]);
		sections++; /* call_end */
		if
		:: !cut[number] -> touch(node)
		:: else
		fi;
		d_step { record[number] = 0; cut[number] = 0 };
		d_step { assert(!drained[node]); refs[node]-- };
		sections--
	:: else
	fi
}
