"""The rules of docs/guide.md, one after the other: what is right works, what breaks one is refused or
ends without harm to anybody else, and while modules leave, whoever meets them at any point gets an
answer. Each test ends with the memory that it began with."""
import re

from boot import boot

ROUNDS = 1000


def answer(t, word, errno):
    t.check(t.run(f"rules {word}") == [errno], f"rules {word}")


def state(t, name):
    """By its own line of lsmod: what runs in the background may print between the others."""
    for line in t.run("lsmod"):
        row = re.match(rf"{name} +\d+ +\d+ +(\w+) ", line)
        if row:
            return row.group(1)
    return "not loaded"


def until_state(t, name, wanted):
    """For what happens in a thread that nobody waits for."""
    for _ in range(500):
        if state(t, name) == wanted:
            return
    t.check(False, f"{name} does not become {wanted}")


def begin(t, command, module, references):
    """Runs it in the background, and waits until as many references are held as then should be."""
    t.run(f"{command} & true")
    for _ in range(500):
        if re.search(rf"^{module} +\d+ +{references} ", "\n".join(t.run("lsmod")), re.MULTILINE):
            return
    t.check(False, f"{command}: {module} does not get {references} references")


def until_absent(t, name):
    """It is being taken out by a job in the background; who still finds it waits inside, there too."""
    for _ in range(500):
        if any("(ENOENT)" in line for line in t.run(f"{name} & true")):
            return
    t.check(False, f"{name} is still there")


def race(t, *sides, limit=300):
    """Runs the sides at once, each on a CPU of its own, and returns what was logged or refused."""
    start = len(t.text)
    line = " & ".join(f"{{ on {cpu} {{ {side} }} }} > /dev/null" for cpu, side in enumerate(sides))
    t.run(f"{line} & wait", silence=limit)
    came = t.text[start:]
    t.check("unhandled" not in came and "panic" not in came, "the kernel has suffered")
    return came


def longest_stop(t):
    t.run("load rules_bench > /dev/null")
    t.note(t.run("rules_bench stops")[0])
    t.succeeds("unload rules_bench")


# Rule 1: owners.

@boot(smp=2, quick=True)
@boot(smp=2, debug=True)
def rule_1_registration(t):
    """Owner, callbacks and caller are looked at."""
    with t.same_memory():
        t.fails("load rules init_text=1", "EINVAL", "init text")
        t.succeeds("load rules")
        answer(t, "wild", "EINVAL")
        answer(t, "missing", "EINVAL")
        answer(t, "foreign", "EPERM")
        answer(t, "forged", "EINVAL")
        answer(t, "unused", "EINVAL")
        answer(t, "wilder", "EINVAL")
        answer(t, "stray", "ENODEV")
        answer(t, "twice", "EINVAL")
        answer(t, "myself", "EDEADLK")
        t.succeeds("unload rules")


@boot(smp=2)
@boot(smp=2, debug=True)
def rule_1_dependencies(t):
    """A callback may be that of a module one depends on, and that may register for one; not vice versa."""
    with t.same_memory():
        t.succeeds("load rules_borrower")
        t.check(t.run("borrowed; arranged") == ["lent", "own"], "both ways")
        t.fails("unload rules_lender", "EBUSY", "rules_borrower")
        t.succeeds("unload rules_borrower rules_lender")
        t.fails("load rules_borrower wrong=1", "EINVAL", "rules_lender: command: run is outside")
        t.run("unload rules_lender")


@boot(smp=4, alone=True, limit=900, silence=300)
def rule_1_race_of_registering(t):
    """Entries come and go on every CPU, by a module that comes and goes, while others call them."""
    t.run("load rules_busy; unload rules_busy; load rules_bench; unload rules_bench")
    with t.same_memory():
        race(t, f"repeat {ROUNDS} {{ load rules_busy; unload rules_busy }}",
             f"repeat {ROUNDS} {{ busy_0; busy_1 }}", f"repeat {ROUNDS} {{ busy_2; busy_3; lsmod -v }}")
        t.run("unload rules_busy > /dev/null")
        longest_stop(t)
    t.check("cannot be registered" not in t.text, "a name was not given back")


@boot(smp=4)
@boot(smp=4, debug=True)
def rule_1_removal_waits(t):
    """When an entry has been taken out nobody is in it; until then nobody new comes."""
    t.succeeds("load rules_away")
    with t.same_memory():
        begin(t, "away & away", "rules_away", 2)
        t.run("away_remove & true")
        until_absent(t, "away")
        t.run("gate open; wait", "removed with 0 inside")
        t.succeeds("away; gate shut")


# Rule 2: starting and leaving.

def nobody_comes_in(t):
    t.fails("doors", "ENOENT")
    t.fails("cat /dev/doors", "ENOENT")
    t.succeeds("gate ring")


@boot(smp=4)
@boot(smp=4, debug=True)
def rule_2_starting_and_leaving(t):
    """In init and exit nobody comes in from outside; a module's own business runs."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        t.run("load rules_doors & true")
        until_state(t, "rules_doors", "loading")
        nobody_comes_in(t)
        t.fails("unload rules_doors", "EBUSY", "loading")
        t.run("gate open; wait", "in init its own ran; from outside 0")
        t.run("doors; cat /dev/doors; gate ring; doors", "from outside 1", "from outside 5")
        t.succeeds("gate shut")
        t.run("unload rules_doors & true")
        until_state(t, "rules_doors", "unloading")
        nobody_comes_in(t)
        t.fails("unload rules_doors", "EBUSY", "unloading")
        t.run("gate open; wait", "in exit its own ran; from outside 0")
        t.succeeds("gate shut")
    t.succeeds("load holder unload_in_init=1")
    t.succeeds("unload holder")
    t.check("held while it was" not in t.text, "try_module_get was true while starting or leaving")


@boot(smp=4, alone=True, limit=900, silence=300)
def rule_2_race_of_starting_and_leaving(t):
    """Callers by every way in, all the time: none of them meets init or exit, and all meet what is live."""
    t.succeeds("load rules_gate; gate open")
    t.run("load rules_doors; doors; cat /dev/doors; unload rules_doors; gate ring")
    with t.same_memory():
        came = race(t, f"repeat {ROUNDS} {{ load rules_doors; unload rules_doors }}",
                    f"repeat {ROUNDS} {{ doors; gate ring }}", f"repeat {ROUNDS} {{ cat /dev/doors; doors }}",
                    f"repeat {ROUNDS} gate ring")
        t.run("unload rules_doors > /dev/null")
        counts_seen = [int(n) for n in re.findall("its own ran; from outside (\\d+)", came)]
        lives = [int(n) for n in re.findall("rules_doors: live, from outside (\\d+)", came)]
        t.check(len(counts_seen) >= ROUNDS and not any(counts_seen), "somebody came in from outside")
        t.check(sum(lives) > 0, "nobody came in while it was live")
        t.note(f"{sum(lives)} calls in {len(lives)} lives")


# Rule 3: spans.

@boot(smp=4)
@boot(smp=4, debug=True)
def rule_3_spans(t):
    """A mount and an open file hold their module by name; cut off they answer ENODEV."""
    t.run("load tmpfs; mount tmpfs /m; umount /m; unload tmpfs; load rules; unload rules")
    with t.same_memory():
        t.succeeds("load tmpfs")
        t.succeeds("mount tmpfs /m; mkdir /m/d; write /m/d/f text")
        t.fails("unload tmpfs", "EBUSY", "filesystem /m .*tmpfs.c:\\d+.* since")
        t.check(t.lsmod()["tmpfs"]["refs"] == 1, "one reference, whatever is done in between")
        t.succeeds("umount /m")
        t.succeeds("mount tmpfs /m; write /m/f text")
        t.succeeds("unload -f tmpfs", "forced out")
        for command in ("cat /m/f", "ls /m", "stat /m/f", "rm /m/f", "mkdir /m/x"):
            t.fails(command, "ENODEV")
        t.succeeds("umount /m")
        t.fails("cat /m/f", "ENOENT")


@boot(smp=4)
def rule_3_failure(t):
    """When a module fails, what is open of it answers ENODEV."""
    t.succeeds("load rules")
    begin(t, "cat /dev/rules_slow > /dev/null", "rules", 1)
    t.fails("unload rules", "EBUSY", "/dev/rules_slow")
    t.run("rules work")
    until_state(t, "rules", "failed")
    t.run("wait", silence=120)
    t.check("cat: /dev/rules_slow: no such device (ENODEV)" in t.text, "what the reader gets")
    t.succeeds("unload -f rules")
    t.fails("cat /dev/rules_slow", "ENOENT")


@boot(smp=4)
def rule_3_opened_while_it_is_taken_away(t):
    """The thread that takes an entry away waits for the call in it; what that has opened keeps the entry,
    and its name, which no other entry gets meanwhile."""
    t.succeeds("load rules_gate; load late_span")
    begin(t, "late_span open", "late_span", 2)
    t.run("late_span remove & true")
    until_absent(t, "cat /dev/late_span")
    t.fails("late_span rival", "EEXIST", "late_span: the name is taken by late_span")
    t.run("gate open; wait", r"late_span: .*\(EBUSY\)")
    t.succeeds("late_span remove")
    t.fails("cat /dev/late_span", "ENOENT")
    t.succeeds("late_span rival")
    t.succeeds("unload late_span; unload rules_gate")


@boot(smp=4, alone=True, limit=900, silence=300)
def rule_3_race_of_mounting(t):
    """Mounts, opens and reads meet a filesystem and a device that leave, gently and by force."""
    warm = "load tmpfs; mount tmpfs /a; write /a/f x; cat /a/f; umount /a; unload tmpfs; " \
           "load counter; cat /dev/counter; unload counter; load rules_bench; unload rules_bench"
    t.run(warm)
    with t.same_memory():
        came = race(t, f"repeat {ROUNDS} {{ load tmpfs; unload tmpfs }}",
                    f"repeat {ROUNDS} {{ mount tmpfs /a; write /a/f x; cat /a/f; umount /a }}",
                    f"repeat {ROUNDS} {{ load counter; unload counter }}",
                    f"repeat {ROUNDS} cat /dev/counter")
        t.note("gently: " + counts(came))
        came = race(t, f"repeat {ROUNDS} {{ load tmpfs; unload -f tmpfs }}",
                    f"repeat {ROUNDS} {{ mount tmpfs /b; write /b/f x; cat /b/f; umount /b }}")
        t.note("by force: " + counts(came))
        t.run("umount /a > /dev/null; umount /b > /dev/null; unload tmpfs counter > /dev/null; "
              "unload tmpfs > /dev/null; unload counter > /dev/null")
        longest_stop(t)
    t.check("fault:" not in t.text, "somebody has met what was gone")


def counts(text):
    seen = [f"{name} {text.count(f'({name})')}" for name in ("EBUSY", "ENODEV", "ENOENT")]
    return "answers " + ", ".join(seen)


# Rule 4: frequent calls.

def hook_sums(t):
    passed, refused = (int(line.split()[1]) for line in t.run("hook_source"))
    return passed, refused


@boot(smp=4)
def rule_4_hooks(t):
    with t.same_memory():
        t.succeeds("load hook_count")
        t.succeeds("load hook_drop every=2")
        for _ in range(500):
            if hook_sums(t)[1] > 0 and int(t.run("hook_count")[0]) > 0:
                break
        t.check(hook_sums(t)[1] > 0, "no message is refused")
        t.check(int(t.run("hook_count")[0]) > 0, "no message is counted")
        t.fails("unload hook_source", "EBUSY", "hook_drop|hook_count", "hook_drop|hook_count")
        t.succeeds("unload hook_drop")
        refused = hook_sums(t)[1]
        t.run("stop")
        t.check(hook_sums(t)[1] == refused, "it is called after it has gone")
        t.succeeds("unload hook_count hook_source")


def counts_messages(t):
    for _ in range(500):
        if int(t.run("hook_count")[0]) > 0:
            return
    t.check(False, "no message is counted")


@boot(smp=2)
@boot(smp=2, debug=True)
def rule_4_of_a_module(t):
    """Chains are kept by a module, which hook points hold."""
    with t.same_memory():
        t.succeeds("load hook_count")
        t.fails("unload hook", "EBUSY", "module hook_source depends on it")
        t.fails("unload -f hook", "EBUSY", "module hook_source depends on it")
        t.succeeds("unload hook_count hook_source; unload hook; load hook_count", "^hook_count: loaded$")
        counts_messages(t)
        t.succeeds("unload hook_count hook_source")


@boot(smp=4)
@boot(smp=4, debug=True)
def rule_4_written_over(t):
    """What a module writes over in its hook later is not looked at: it leaves as any; the chain is kept for the others."""
    t.succeeds("load hook_count")
    with t.same_memory():
        t.succeeds("load hook_lost; hook_lost; unload hook_lost")
    t.check(state(t, "hook_source") == "live" and "panic" not in t.text, "it ends hook_lost alone")
    for _ in range(3):
        counts_messages(t)
        t.succeeds("unload hook_count; load hook_count")
    t.check(hook_sums(t)[0] > 0, "messages pass")


@boot(smp=4, alone=True, limit=900, silence=300, debug=True)
def rule_4_chains(t):
    """A chain that is walked stays as it is; under `debug` what is freed is poisoned, so it would show."""
    t.succeeds("load rules_stages")
    with t.same_memory():
        t.note(t.succeeds(f"stages chain {ROUNDS}", r"^0, looks [1-9]\d*$")[0])


@boot(smp=4, alone=True, limit=900, silence=300)
@boot(smp=4, alone=True, limit=900, silence=300, debug=True)
def rule_4_race_of_hooks(t):
    """Hooks come and go while messages are pushed from every CPU."""
    t.run("load hook_count; load hook_drop; unload hook_count hook_drop hook_source; "
          "load rules_bench; unload rules_bench")
    with t.same_memory():
        t.succeeds("load hook_source burst=20")
        before = hook_sums(t)
        came = race(t, f"repeat {ROUNDS} {{ load hook_count; unload hook_count }}",
                    f"repeat {ROUNDS} {{ load hook_drop every=3; unload hook_drop }}")
        after = hook_sums(t)
        t.check("(E" not in came, "somebody was refused")
        t.check(after[1] > before[1], "no hook has met a message")
        t.note(f"{after[0] - before[0]} passed, {after[1] - before[1]} refused meanwhile")
        t.succeeds("unload hook_source")
        longest_stop(t)


# Rule 5: exception 1.

@boot(smp=4, alone=True, limit=900, silence=300)
@boot(smp=4, alone=True, limit=900, silence=300, debug=True)
def rule_5_interrupts(t):
    """Handlers of a shared line go while it fires at 10 kHz; after that they do not run any more."""
    t.run("load rules_irq; load rules_irq_shared; unload rules_irq_shared rules_irq; "
          "load rules_bench; unload rules_bench")
    with t.same_memory():
        t.succeeds("load rules_irq")
        t.succeeds("on 1 rules_irq churn 2000", r"seen [1-9]\d*, by both [1-9]\d*, late 0,")
        came = race(t, f"repeat {ROUNDS} {{ load rules_irq_shared; unload rules_irq_shared }}",
                    "rules_irq churn 1000")
        t.check("(E" not in came, "somebody was refused")
        t.succeeds("rules_irq moved", "late 0,")
        t.note(t.run("rules_irq", "late 0,")[0])
        t.run("irqs", r"first")
        t.succeeds("unload rules_irq")
        longest_stop(t)
    t.check("masked" not in t.text, "the line was taken for broken")


# Rules 6 and 7: unsafe interfaces.

@boot(smp=2)
@boot(smp=2, debug=True)
def rule_6_unsafe_interface(t):
    t.run("load last_speaker; unload -f last_speaker")
    with t.same_memory():
        t.fails("load last_speaker_exit", "ENOEXEC", "last_words_interface.*exit|exit.*last_words_interface")
        t.succeeds("load last_speaker")
        t.run("lsmod -v", "^last_speaker ", "^  flags: .*unsafe")
        t.fails("unload last_speaker", "EPERM", "unsafe")
        t.fails("load last_speaker_exit", "ENOEXEC")
        t.check(state(t, "last_speaker") == "live", "it works on unharmed")
        t.succeeds("unload -f last_speaker")
        t.run("lsmod -v", "^tainted: .*last_speaker")


@boot(smp=2)
def rule_6_is_called(t):
    """It is what a panic runs last, while it is there."""
    t.succeeds("load last_speaker; unload -f last_speaker; load rules_held")
    t.succeeds("load last_speaker")
    t.send("held lock\r")
    t.wait_for("last_speaker: farewell")
    t.finish(99)


@boot(smp=2)
def rule_6_is_forgotten_with_its_interface(t):
    """power, which has the interface, fails and goes, and so does what would speak: a panic calls nothing of both."""
    t.succeeds("load panics; load wild_words; load last_speaker")
    t.run("wild_words exit", "power: failed")
    t.succeeds("unload -f last_speaker")
    until_state(t, "power", "failed")
    t.succeeds("unload -f power")
    t.mark = len(t.text)
    t.send("panics lock\r")
    t.wait_for("panic: ")
    t.finish(99)
    t.check("while reporting" not in t.text and "farewell" not in t.text, t.text[t.mark:])


@boot(smp=2)
def rule_6_is_not_called_when_gone(t):
    t.succeeds("load last_speaker; unload -f last_speaker; load rules_held")
    t.mark = len(t.text)
    t.send("held lock\r")
    t.wait_for("panic: ")
    t.finish(99)
    t.check("farewell" not in t.text, "a panic calls what is gone")
    t.check(len(re.findall("^panic:", t.text, re.MULTILINE)) == 1, "and fails in it")


@boot(smp=4, alone=True, limit=900, silence=300)
def rule_6_race_of_forcing(t):
    """Two CPUs load and force out what uses an unsafe interface, with an init that succeeds and one that
    does not."""
    t.run("load last_speaker; unload -f last_speaker; load last_speaker fail=1; unload -f last_speaker")
    with t.same_memory():
        race(t, f"repeat {ROUNDS} {{ load last_speaker; unload -f last_speaker }}",
             f"repeat {ROUNDS} {{ load last_speaker fail=1; unload -f last_speaker }}")
        t.run("unload -f last_speaker > /dev/null")
    t.succeeds("load last_speaker")


@boot(smp=2)
@boot(smp=2, debug=True)
def rule_7_init_failed_after_use(t):
    """It cannot be undone: the module stays, useless and safe, and says why."""
    t.run("load last_speaker fail=1; unload -f last_speaker")
    with t.same_memory():
        t.fails("load last_speaker fail=1", "EIO", r"^\[.*last_speaker: failed: init has failed, but .*unsafe",
                "stays")
        t.check(state(t, "last_speaker") == "failed", "its state")
        t.fails("unload last_speaker", "EPERM", "init failed")
        t.fails("load last_speaker", "EEXIST")
        t.succeeds("unload -f last_speaker")
    t.succeeds("load last_speaker")


# Rule 8: reserve and activate.

def everything(t, wanted):
    """Every interface that has the set's entry shows it, or none does."""
    results = {"staged": "ENOENT", "cat /dev/staged": "ENOENT", "mount staged /s": "ENODEV"}
    for command, errno in results.items():
        if wanted:
            t.succeeds(command)
        else:
            t.fails(command, errno)
    t.succeeds("gate ring; stages log")
    for _ in range(500):
        came = t.run("stages")
        if came == ["told 1 hooked 1 interrupted 1 written 1"] or not wanted:
            break
    seen = int(wanted)
    t.check(came == [f"told {seen} hooked {seen} interrupted {seen} written {seen}"], f"{came}")
    t.succeeds("stages type")
    for _ in range(500 if wanted else 5):
        typed = t.run("ls /t") == ["seen/"]
        if typed:
            break
    t.check(typed == wanted, "what was typed")


@boot(smp=4)
@boot(smp=4, debug=True)
def rule_8_reserve_and_activate(t):
    """On every interface: what is reserved is not there, and a set comes as one or not at all."""
    t.succeeds("unload -w 60 fb_console ps2_keyboard; load tmpfs; mount tmpfs /t; load rules_stages")
    t.succeeds("stages reserve; stages activate")
    everything(t, True)  # the session of the screen keeps what its first line takes
    t.succeeds("umount /s; rm /t/seen; stages back; unload rules_stages; load rules_stages")
    with t.same_memory():
        t.succeeds("stages reserve")
        t.run("lsmod -v", "command staged at .* .reserved.$")
        everything(t, False)
        t.succeeds("stages activate")
        everything(t, True)
        t.succeeds("umount /s; rm /t/seen; stages back; unload rules_stages; load rules_stages")
        t.fails("staged", "ENOENT")
        t.succeeds("stages reserve")
        t.fails("stages short", "EINVAL")
        everything(t, False)
        t.succeeds("stages back")
    t.succeeds("load fb_console; load ps2_keyboard")


@boot(smp=4, alone=True, limit=900, silence=300)
def rule_8_race_of_sets(t):
    """Nobody on another CPU sees one half of a set active and the other not, or what has gone."""
    t.succeeds("load rules_stages")
    with t.same_memory():
        came = t.succeeds(f"stages race {2 * ROUNDS}", r"^0, looks \d+, both [1-9]\d*, halves 0, late 0$")
        t.note(came[0])


# Rule 9: unload, all ways.

@boot(smp=4)
@boot(smp=4, debug=True)
def rule_9_dry_run_and_wait(t):
    t.succeeds("load rules_gate; load rules_sleeper")
    with t.same_memory():
        begin(t, "sleeper", "rules_sleeper", 1)
        t.fails("unload -n rules_sleeper", "EBUSY", "call: command sleeper, run, by thread .* on CPU",
                r"has registered command sleeper at .*rules_sleeper.c:\d+")
        t.fails("unload -w 1 rules_sleeper", "ETIMEDOUT", "call: command sleeper")
        t.check(state(t, "rules_sleeper") == "live", "live again")
        begin(t, "sleeper", "rules_sleeper", 2)
        t.fails("unload rules_sleeper", "EBUSY", "call: command sleeper", "call: command sleeper")
        t.run("unload -w 60 rules_sleeper & true")
        until_state(t, "rules_sleeper", "unloading")
        t.fails("sleeper", "ENOENT")
        t.run("gate open; wait", "^rules_sleeper: unloaded$")
        t.succeeds("gate shut; load rules_sleeper")
        t.succeeds("unload -n rules_sleeper", "would unload")
        t.check(state(t, "rules_sleeper") == "live", "asking has changed it")
        begin(t, "sleeper", "rules_sleeper", 1)
        t.run("gate open; wait; gate shut")
        t.status("0")


@boot(smp=4)
@boot(smp=4, debug=True)
def rule_9_force(t):
    """Force goes only if nobody is inside, whether the bus knows of it or not; and says what it did."""
    t.succeeds("load rules_gate; load rules_sleeper; unload -f rules_sleeper")
    with t.same_memory():
        t.succeeds("load rules_sleeper")
        begin(t, "sleeper", "rules_sleeper", 1)
        t.fails("unload -f rules_sleeper", "EBUSY", "call: command sleeper")
        t.succeeds("gate open; wait; gate shut")
        t.succeeds("unload -f rules_sleeper", "forced out")

        t.succeeds("load rules_sleeper")
        begin(t, "gate begin sleeper", "rules_sleeper", 1)
        t.fails("unload -f rules_sleeper", "EBUSY", "call: command sleeper, complete")
        t.succeeds("gate open; wait; gate shut; unload -f rules_sleeper")

        t.succeeds("load rules_sleeper own=1")
        t.fails("unload -f rules_sleeper", "EBUSY", "1 holder", r"thread sleeper .made at .*rules_sleeper.c:\d+")
        t.succeeds("gate open")
        until_gone(t, "unload -f rules_sleeper")
        t.succeeds("gate shut")

        t.succeeds("load rules_sleeper bare=1")
        begin(t, "gate call", "rules_gate", 2)
        for options in ("-f", "-n -f"):
            t.fails(f"unload {options} rules_sleeper", "EBUSY", "1 holder",
                    "thread .* is in it, or may return into it")
        t.check(state(t, "rules_sleeper") == "live", "a refusal changes nothing")
        t.run("gate open; wait", "was inside, unseen")
        t.succeeds("gate shut")
        t.succeeds("unload -f rules_sleeper", "forced out")
    t.run("lsmod -v", "^tainted: forced unload of rules_sleeper")


def until_gone(t, command):
    """The thread that is inside has yet to leave."""
    for _ in range(500):
        lines = t.run(command)
        if not any("(EBUSY)" in line for line in lines):
            t.status("0")
            return
    t.check(False, f"{command}: never")


def stops_of(t, command):
    """How many stops of the machine it takes."""
    def so_far():
        return int(re.search(r"stops=(\d+)", t.run("rules_bench stops")[0])[1])
    before = so_far()
    t.succeeds(command)
    return so_far() - before


def looked_up(t, count):
    """ns of a look-up: of the first of so many entries, of the last, of one that is absent; and of the load."""
    loading = int(re.search(r"^time: (\d+) us", "\n".join(t.run(f"time load names_probe count={count}")),
                            re.MULTILINE)[1])
    lines = t.run("names_probe")
    rows = [re.fullmatch(r"names: \w+: (\d+) ns, 0 wrong", line) for line in lines[:3]]
    t.check(all(rows), f"{lines}")
    t.check(lines[3] == "names: found with the lock held: 42", lines[3])
    t.succeeds("unload names_probe")
    return [int(row[1]) for row in rows] + [loading]


@boot(smp=1, accel="tcg", qemu=["-icount", "shift=0,sleep=off"])
def rule_1_names_are_found_at_once(t):
    """With ten entries or four thousand, and with no lock. The clock counts instructions."""
    t.run("load names_probe; unload names_probe")
    with t.same_memory():
        few, many = looked_up(t, 10), looked_up(t, 4000)
    t.note(f"{few[:3]} ns of 10, {many[:3]} of 4,000; loading {few[3]} and {many[3]} us")
    t.check(all(4 * b <= 5 * a for a, b in zip(few[:3], many)), "a look-up costs more when there are many")
    t.check(many[3] <= 30000, "registering takes longer with each that is there already")


@boot(smp=4)
@boot(smp=4, debug=True)
def rule_1_names_go_while_they_are_looked_up(t):
    """The entry's memory is freed by its owner's exit as soon as it is unregistered, while another CPU
    looks its name up, with delays between finding and getting it."""
    t.run("load names_user; unload names_user names_probe")
    with t.same_memory():
        t.succeeds("load names_probe")
        start = len(t.text)
        t.run("{ on 1 names_probe 4000 7 } & on 0 { repeat 300 { load names_user; unload -w 60 names_user } } "
              "> /dev/null; wait", silence=300)
        right, absent, wrong = map(int, re.search(r"names: (\d+) right, (\d+) absent, (\d+) wrong",
                                                  t.text[start:]).groups())
        t.note(f"{right} right, {absent} absent, {wrong} wrong")
        t.check(wrong == 0 and right > 50 and absent > 50, "wrong, or the calls did not meet it")
        t.succeeds("unload names_probe")


@boot(smp=4)
def rule_9_several_take_no_more_stops_than_one(t):
    t.succeeds("load rules_bench; load consumer; load hello; load counter; load ticker")
    one = stops_of(t, "unload hello")
    t.check(stops_of(t, "unload counter consumer provider ticker") == one == 2, "one decides, one takes the pages")
    t.succeeds("load consumer")
    t.check(stops_of(t, "modprobe -r consumer") == 2, "with what it needed")


@boot(smp=4)
def rule_9_several(t):
    with t.same_memory():
        t.succeeds("load rules_pair_b")
        t.fails("unload rules_pair_a", "EBUSY", "rules_pair_b")
        t.succeeds("unload rules_pair_a rules_pair_b", "rules_pair_b: exit; rules_pair_a is leaving too",
                   "rules_pair_a: exit")
        t.succeeds("load rules_pair_b; load holder; holder get")
        t.fails("unload rules_pair_a holder rules_pair_b", "EBUSY")
        t.check({"rules_pair_a", "rules_pair_b", "holder"} <= set(t.lsmod()), "all or none")
        t.succeeds("load rules")
        begin(t, "cat /dev/rules_slow > /dev/null", "rules", 1)
        t.fails("unload -n rules_pair_a holder rules", "EBUSY", "^unload: rules: in use by", "node /dev/rules_slow",
                "^  holder: in use", "1 reference by try_module_get", "^  rules_pair_a: in use",
                "module rules_pair_b depends on it")
        t.run("rules work")
        until_state(t, "rules", "failed")
        t.run("wait", silence=120)
        t.succeeds("unload -f rules")
        t.succeeds("modprobe -r rules_pair_b", "rules_pair_a is leaving too")
        t.check("rules_pair_a" not in t.lsmod(), "what it needed goes too")
        t.succeeds("load rules_pair_b")
        t.fails("modprobe -r rules_pair_a", "EBUSY", "module rules_pair_b depends on it")
        t.fails("modprobe -r --remove-holders", "EINVAL", "usage")
        t.succeeds("modprobe -r --remove-holders rules_pair_a", "rules_pair_a is leaving too", "rules_pair_a: exit")
        t.check(not {"rules_pair_a", "rules_pair_b"} & set(t.lsmod()), "with its dependants")
        t.succeeds("load hook_count; load hook_drop; modprobe -r hook_count")
        t.check({"hook_source", "hook_drop"} <= set(t.lsmod()), "what others need stays")
        t.succeeds("modprobe -r hook_drop; holder put; unload holder")
        t.check("hook_source" not in t.lsmod(), "and goes with the last")
        t.check("hook" in t.lsmod(), "what is of the boot set stays")


@boot(smp=4, alone=True, limit=900, silence=300)
def rule_9_race_of_unloading(t):
    """Plain, waiting, forced and together, against each other and against callers."""
    t.run("load rules_pair_b; unload rules_pair_b rules_pair_a; load answerer; unload answerer")
    with t.same_memory():
        race(t, f"repeat {ROUNDS} {{ load rules_pair_b; unload rules_pair_b rules_pair_a }}",
             f"repeat {ROUNDS} {{ load rules_pair_b; modprobe -r rules_pair_b }}",
             f"repeat {ROUNDS} {{ load answerer; unload -w 10 answerer }}",
             f"repeat {ROUNDS} {{ answerer; unload -n answerer }}")
        t.run("unload rules_pair_b rules_pair_a > /dev/null; unload rules_pair_a > /dev/null; "
              "unload answerer > /dev/null")
    t.check("fault:" not in t.text, "somebody has met what was gone")


# Rule 10: who holds it.

@boot(smp=4)
@boot(smp=4, debug=True)
def rule_10_holders(t):
    with t.same_memory():
        t.succeeds("load holder; holder get; holder get")
        lines = t.fails("unload holder", "EBUSY", "in use by 2 holders", "2 references by try_module_get")
        t.check(any("taken at holder:holder_run+" in line for line in lines) == t.config.debug,
                "places under debug, and only there")
        begin(t, "holder nap 5000", "holder", 3)
        t.fails("unload holder", "EBUSY", "in use by 3 holders",
                "call: command holder, run, by thread .* on CPU [0-3]", "2 references")
        t.check(t.lsmod()["holder"]["refs"] == 3, "what lsmod counts")
        t.succeeds("holder put; holder put; wait", silence=60)
        t.succeeds("unload holder")
        t.succeeds("load rules")
        begin(t, "cat /dev/rules_slow > /dev/null", "rules", 1)
        t.fails("unload rules", "EBUSY", r"node /dev/rules_slow .*rules\.c:\d+.* open since \d+\.\d{3} s")
        t.run("rules work")
        until_state(t, "rules", "failed")
        t.run("wait", silence=120)
        t.succeeds("unload -f rules")
        t.succeeds("load consumer")
        t.fails("unload provider", "EBUSY", "module consumer depends on it")
        t.succeeds("unload consumer provider")


@boot(smp=4, alone=True, limit=900, silence=300)
def rule_10_race_of_asking(t):
    """Whoever is refused while holders come and go gets a number and as many lines."""
    t.run("load holder; holder nap 0; unload -n holder; unload holder")
    with t.same_memory():
        t.succeeds("load holder; holder get")
        came = race(t, f"repeat {ROUNDS} {{ unload holder; lsmod -v }}", f"repeat {ROUNDS} holder nap 1",
                    f"repeat {ROUNDS} {{ holder get; holder put }}", f"repeat {2 * ROUNDS} holder nap 0")
        t.succeeds("holder put; unload holder")
    answers = several = 0
    for told in re.finditer(r"in use by (\d+) holders? \(EBUSY\)\r?\n((?:(?:  .*|\[.*)\r?\n)*)", came):
        wanted, lines = int(told[1]), told[2]
        bare = re.search(r"^  (\d+) references? by try_module_get", lines, re.MULTILINE)
        named = len(re.findall(r"^  call: command", lines, re.MULTILINE))
        t.check(named + (int(bare[1]) if bare else 0) == wanted, f"{wanted} holders, but: {lines}")
        answers += 1
        several += wanted > 1
    t.check(answers == ROUNDS and several > 0, f"{answers} answers, {several} with several holders")
    t.note(f"{answers} answers, {several} with several holders")


# Rule 11: the ledger. What `forgetful` forgets is in test_unload.

FORGOTTEN = {1: "irq forget", 2: "mapping of 4096 bytes", 4: "ended thread forget", 8: "filesystem forget",
             16: "gate forget", 32: "interface forget", 64: "console forget", 128: "input forget",
             256: "command forget"}


@boot(smp=2)
@boot(smp=2, debug=True)
def rule_11_ledger(t):
    t.run("load rules_forget; unload rules_forget")
    with t.same_memory():
        t.succeeds("load rules_forget leave=0; unload rules_forget")
        t.check("left behind" not in t.text, "nothing was forgotten")
        for bit, what in FORGOTTEN.items():
            t.succeeds(f"load rules_forget leave={bit}")
            t.run("unload rules_forget", "^rules_forget: unloaded$")
            warnings = [line for line in t.logged if "left behind" in line]
            t.check(len(warnings) == 1 and
                    re.search(rf"left behind: {what} made at \S*rules_forget\.c:\d+; removed", warnings[0]),
                    f"{what}: {warnings}")
        t.succeeds("load rules_forget leave=511")
        t.run("unload rules_forget", "^rules_forget: unloaded$")
        t.check(sum("left behind" in line for line in t.logged) == len(FORGOTTEN), "all of it at once")


@boot(smp=4, alone=True, limit=900, silence=300)
def rule_11_race_of_forgetting(t):
    """What is left behind is taken away while it is still busy."""
    t.run("load forgetful leave=31; unload forgetful; load rules_forget leave=511; unload rules_forget")
    with t.same_memory():
        came = race(t, f"repeat {ROUNDS} {{ load forgetful leave=31; unload forgetful }}",
                    f"repeat {ROUNDS} {{ load rules_forget leave=507; unload rules_forget }}",
                    f"repeat {2 * ROUNDS} forgetful")
        t.run("unload forgetful > /dev/null; unload rules_forget > /dev/null")
        t.check("fault:" not in came, "somebody has met what was gone")


# Rule 12: faults.

def fails_and_goes(t, command, errno=None):
    before = t.meminfo()["registrations"]
    t.succeeds("load rules")
    if errno:
        t.fails(command, errno, "fault: .* in rules at rules:")
        t.check(state(t, "rules") == "failed", "its state")
    else:
        t.run(command)
        until_state(t, "rules", "failed")
    for _ in range(500):
        if t.meminfo()["registrations"] == before:
            break
    t.check(t.meminfo()["registrations"] == before, "its registrations stay")
    t.fails("rules back", "ENOENT")
    t.fails("unload rules", "EPERM")
    t.succeeds("unload -f rules")


@boot(smp=2)
@boot(smp=2, debug=True)
def rule_12_containment(t):
    """A fault in a callback, a thread or a work ends that one; the module fails and can be forced out."""
    with t.same_memory():
        fails_and_goes(t, "cat /dev/rules_fault", "ENOTRECOVERABLE")
        fails_and_goes(t, "rules thread")
        fails_and_goes(t, "rules work")
        t.succeeds("load rules")
        t.run("rules preempt", "rules: callback rules:rules_run.* returned with preemption off")
        t.succeeds("unload rules")


@boot(smp=2)
@boot(smp=2, debug=True)
def rule_12_kinds_of_faults(t):
    with t.same_memory():
        for word in ("null", "opcode", "divide", "jump", "stack", "text", "rodata"):
            t.succeeds("load wild")
            t.fails(f"wild {word}", "ENOTRECOVERABLE", "fault: .* in wild", "wild: failed")
            row = t.lsmod()["wild"]
            t.check((row["state"], row["refs"]) == ("failed", 0), f"{word}: {row}")
            t.fails("wild null", "ENOENT")
            t.succeeds("unload -f wild")
            t.fails("unload wild", "ENOENT")
        t.succeeds("load wild; unload wild")


@boot(smp=2)
@boot(smp=2, debug=True)
def rule_12_references_are_balanced(t):
    """Who faults after it has begun a call in another module gives back what it took for it."""
    with t.same_memory():
        t.succeeds("load rules_bench_target")
        t.fails("rules_bench begun", "ENOTRECOVERABLE", "rules_bench: failed")
        t.check(t.lsmod()["rules_bench_target"]["refs"] == 0, "a reference is left")
        t.succeeds("unload rules_bench_target; unload -f rules_bench")


@boot(smp=2)
@boot(smp=2, debug=True)
def rule_12_fault_while_about_to_sleep(t):
    """Who faults in the condition that it waits for is in no queue afterwards."""
    t.succeeds("load rules_gate; load rules_sleeper")
    t.fails("sleeper fault", "ENOTRECOVERABLE")
    t.succeeds("unload -n -f rules_sleeper")  # which waits for what its failure takes away
    with t.same_memory():
        t.succeeds("gate shut; gate open; gate shut; gate open")
    t.succeeds("unload -f rules_sleeper; load rules_sleeper; sleeper; unload rules_sleeper rules_gate")


def panics(t, command, *patterns):
    t.mark = len(t.text)
    t.send(command + "\r")
    for pattern in patterns:
        t.wait_for(pattern)
    t.finish(99)


@boot(smp=2)
@boot(smp=2, debug=True)
def rule_12_fault_without_a_record(t):
    """Hooks, timers and interrupt handlers have no record each; a fault in one is contained all the same."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        for place, way in (("hook", "handle_message"), ("timer", "fire"), ("irq", "handle_irq"),
                           ("atomic", "fault")):
            t.succeeds("load rules_held")
            came = t.run(f"held {place}")
            until_state(t, "rules_held", "failed")
            t.check(place != "hook" or came == ["goes on"], f"the sender of the message does not go on: {came}")
            t.run("dmesg")
            t.check(f"in rules_held at rules_held:{way}" in "\n".join(t.logged), f"{place}: no report names it")
            t.succeeds("gate ring")
            fired = int(t.run("gate noted")[0].split()[1])
            t.check(fired <= 2 * (place == "timer"), f"it is armed again and again: {fired}")
            t.fails("held hook", "ENOENT")
            t.fails("unload rules_held", "EPERM")
            t.succeeds("unload -f rules_held")
        t.succeeds("load rules_held; unload rules_held; gate ring")
    t.succeeds("unload rules_gate")


@boot(smp=2)
def rule_12_fault_with_a_lock_of_the_kernels_held(t):
    """What cannot be taken back is a panic that names the module."""
    t.succeeds("load rules_held")
    panics(t, "held lock", "^panic: .*rules_held")


@boot(smp=2, name="inside")
@boot(smp=2, name="spin")
@boot(smp=2, name="inside_debug", debug=True)
@boot(smp=2, name="spin_debug", debug=True)
def rule_12_fault_with_a_lock_of_its_own_held(t):
    """The lock is given back, and the module fails."""
    t.succeeds("load rules_held")
    with t.same_memory():
        t.run(f"held {t.config.name.split('_')[0]}", "faulted with spinlock lock held since rules_held:")
        until_state(t, "rules_held", "failed")
        t.succeeds("unload -f rules_held; load rules_held")


@boot(smp=2, debug=True, name="call")
@boot(smp=2, debug=True, name="hook")
@boot(smp=2, debug=True, name="irq")
def contexts_are_checked(t):
    """Under `debug` both sides of an interface are held to its context; what breaks it is named."""
    t.succeeds("load rules_atomic")
    t.run(f"atomic {t.config.name}")
    t.check(re.search(r"rules_atomic: (notifier atomic|sleeping is forbidden)", t.text), "it is named")
    t.succeeds("atomic nothing")


@boot(smp=4, silence=120, alone=True)
def rule_12_watchdog(t):
    """Who does not come back is named, and ended by nobody; Ctrl-C gives the prompt back."""
    t.succeeds("load rules_gate; load rules_stuck; load wild exit=sleep")
    t.mark = len(t.text)
    t.send("load rules_stuck_init\r")
    t.listen(0.5)
    t.send("\x03")
    t.wait_for(r"^tenon> \Z")
    until_state(t, "rules_stuck_init", "loading")
    begin(t, "stuck", "rules_stuck", 1)
    t.run("unload wild & true")
    until_state(t, "wild", "unloading")
    start = t.mark
    for pattern in (r"watchdog: rules_stuck_init: init stuck_init has not come back .* on CPU \d",
                    r"watchdog: wild: exit wild_exit has not come back",
                    r"watchdog: rules_stuck: command stuck: run has not come back .* on CPU \d"):
        t.mark = start
        t.wait_for(pattern)
    start = len(t.text)
    t.run("gate open; stuck free")
    t.mark = start  # the load goes on in the background, and may be told after the prompt
    t.wait_for("rules_stuck_init: loaded")
    t.succeeds("unload rules_stuck_init rules_stuck")


@boot(smp=4, alone=True, limit=900, silence=300)
def rule_12_race_of_faults(t):
    """Faults on one CPU, force on another, and loads again."""
    t.run("load wild; wild opcode; unload -f wild; load rules; cat /dev/rules_fault; unload -f rules; "
          "load rules_bench; unload rules_bench")
    with t.same_memory():
        came = race(t, f"repeat {ROUNDS} {{ load wild; unload -f wild }}", f"repeat {ROUNDS} wild opcode",
                    f"repeat {ROUNDS} {{ load rules; unload -f rules }}", f"repeat {ROUNDS} cat /dev/rules_fault")
        for name in ("wild", "rules"):
            t.run(f"unload -f {name} > /dev/null")
        t.check("wild: failed" in came and "rules: failed" in came, "no fault has met them")
        t.note(f"{came.count('fault: ')} faults contained")
        longest_stop(t)


@boot(smp=4, alone=True, limit=900, silence=300)
def rule_12_race_of_faults_without_a_record(t):
    """A hook and a timer fault while two CPUs push messages through the chain and force takes them out."""
    t.run("load rules_gate; load rules_held; held hook")
    until_state(t, "rules_held", "failed")
    t.run("unload -f rules_held; load rules_bench; unload rules_bench")
    with t.same_memory():
        came = race(t, f"repeat {ROUNDS} {{ load rules_held; held timer; held hook; unload -f rules_held }}",
                    f"repeat {3 * ROUNDS} gate ring", f"repeat {3 * ROUNDS} gate ring",
                    f"repeat {ROUNDS} unload -f rules_held")
        t.run("unload -f rules_held > /dev/null")
        t.check("rules_held: failed" in came, "no fault has met it")
        t.note(f"{came.count('fault: ')} faults reported")
        longest_stop(t)
    t.succeeds("unload rules_gate")


# Figures.

@boot(smp=4, alone=True)
def figures(t):
    """What the rules cost; printed, not asserted."""
    t.succeeds("load rules_bench_target")
    for line in t.succeeds("rules_bench calls"):
        t.note(line)
    t.succeeds("unload rules_bench_target")
    t.run("repeat 9 { load rules_bench_target; rules_bench_fault; rules_bench since; "
          "unload -f rules_bench_target }")
    lines = t.run("rules_bench faults", r"^bench rules_fault_to_next_command .*value=\d+")
    t.note(lines[0])
