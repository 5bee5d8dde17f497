"""The rules of the bus: what breaks one is refused, or ends without harm to anybody else."""
from boot import boot


def answer(t, word, errno):
    t.check(t.run(f"rules {word}") == [errno], f"rules {word}")


@boot(smp=2, quick=True)
@boot(smp=2, debug=True)
def registration(t):
    """Owner, callbacks and caller are looked at; reserved is not there, a set comes at once."""
    with t.same_memory():
        t.fails("load rules init_text=1", "EINVAL", "init text")
        t.succeeds("load rules")
        answer(t, "wild", "EINVAL")
        answer(t, "missing", "EINVAL")
        answer(t, "foreign", "EPERM")
        answer(t, "forged", "EINVAL")
        answer(t, "unused", "EINVAL")
        answer(t, "myself", "EDEADLK")
        answer(t, "reserve", "0")
        t.fails("rules_a", "ENOENT")
        answer(t, "activate", "0")
        t.check(t.run("rules_a; rules_b") == ["rules_a runs", "rules_b runs"], "both are active")
        answer(t, "back", "0")
        answer(t, "reserve", "0")
        answer(t, "one", "0")
        answer(t, "activate", "EINVAL")
        t.check(t.run("rules_a") == ["rules_a runs"], "one is active")
        t.fails("rules_b", "ENOENT")
        answer(t, "back", "0")
        t.succeeds("unload rules")


def becomes_failed(t):
    """It faults in a thread that nobody waits for."""
    for _ in range(100):
        if any(line.split()[:1] == ["rules"] and "failed" in line.split() for line in t.run("lsmod")):
            return
    t.check(False, "it does not become failed")


def fails_and_goes(t, command, errno=None):
    t.succeeds("load rules")
    if errno:
        t.fails(command, errno, "fault: .* in rules at rules:")
        t.check(t.lsmod()["rules"]["state"] == "failed", "its state")
    else:
        t.run(command)
        becomes_failed(t)
    t.fails("rules back", "ENOENT")
    t.fails("unload rules", "EPERM")
    t.succeeds("unload -f rules")


@boot(smp=2)
@boot(smp=2, debug=True)
def containment(t):
    """A fault in a callback, a thread or a work ends that one; the module fails and can be forced out."""
    with t.same_memory():
        fails_and_goes(t, "cat /dev/rules_fault", "ENOTRECOVERABLE")
        fails_and_goes(t, "rules thread")
        fails_and_goes(t, "rules work")
        t.succeeds("load rules")
        t.run("rules preempt", "rules: rules run returned with preemption off")
        t.succeeds("unload rules")


@boot(smp=4)
def spans(t):
    """An open file holds its module by name; when that fails, the file answers ENODEV."""
    t.succeeds("load rules")
    t.run("cat /dev/rules_slow > /dev/null & true")
    t.fails("unload rules", "EBUSY", "/dev/rules_slow")
    t.run("rules work")
    becomes_failed(t)
    t.run("wait", silence=120)
    t.check("cat: /dev/rules_slow: no such device (ENODEV)" in t.text, "what the reader gets")
    t.succeeds("unload -f rules")
    t.fails("cat /dev/rules_slow", "ENOENT")


@boot(smp=2)
def unsafe_interface(t):
    t.fails("load last_speaker_exit", "ENOEXEC", "last_words_register_at")
    t.succeeds("load last_speaker")
    t.fails("unload last_speaker", "EPERM")
    t.fails("load last_speaker_exit", "ENOEXEC")
    t.succeeds("unload -f last_speaker")
    t.fails("load last_speaker fail=1", "EIO", "stays")
    t.check(t.lsmod()["last_speaker"]["state"] == "failed", "its state")
    t.succeeds("unload -f last_speaker")
