"""The listings of docs/guide.md are loaded, and do what the page says."""
import re

import compiled
from boot import boot


@boot(smp=4)
@boot(smp=2, debug=True)
def what_is_right(t):
    with t.same_memory():
        t.succeeds("load guide_first")
        t.check(t.run("guide_first") == ["it works"], "the command")
        t.succeeds("unload guide_first")
        t.fails("guide_first", "ENOENT")

        t.succeeds("load guide_greeter")
        t.fails("guide_greet polite", "ENOENT")
        t.succeeds("load guide_polite")
        t.check(t.run("guide_greet polite") == ["greeter says 42"], "the greeter")
        t.fails("unload guide_greeter", "EBUSY", "guide_polite")
        t.succeeds("modprobe -r guide_polite")
        t.fails("unload guide_greeter", "ENOENT")

        t.succeeds("load guide_answer")
        t.check(t.run("guide_own") == ["42"], "by hand")
        t.fails("unload guide_own", "EBUSY", "guide_answer")
        t.succeeds("unload guide_answer")
        t.fails("guide_own", "ENOENT")
        t.succeeds("unload guide_own")

        t.succeeds("load guide_word")
        t.check(t.run("cat /dev/guide_word") == ["word"], "the node")
        t.succeeds("unload guide_word")

        t.succeeds("load guide_pair")
        t.check(t.run("guide_left; guide_right") == ["guide_left", "guide_right"], "both")
        t.succeeds("unload guide_pair")

        t.succeeds("load guide_hook")
        t.fails("unload hook_source", "EBUSY", "guide_hook")
        t.succeeds("unload guide_hook hook_source")

        t.succeeds("load guide_tick")
        t.run("irqs", "^8 .*guide_tick")
        t.succeeds("unload guide_tick")
        t.check(not any("guide_tick" in line for line in t.run("irqs")), "the handler has gone")

        t.succeeds("load guide_worker")
        for _ in range(500):
            if re.fullmatch(r"works [1-9]\d* turns [1-9]\d*", t.run("guide_worker")[0]):
                break
        t.run("guide_worker", r"works [1-9]\d* turns [1-9]")
        t.succeeds("unload guide_worker")
    t.check("left behind" not in t.text, "exit has forgotten something")


@boot(smp=4)
@boot(smp=2, debug=True)
def what_is_wrong(t):
    with t.same_memory():
        t.fails("load guide_gone", "EINVAL", "run is in init text")
        t.succeeds("load guide_forgetful")
        place = r"guide_forgetful: left behind: .*guide_forgetful\.c:\d+; removed"
        t.succeeds("unload guide_forgetful", place, place)

        t.succeeds("load guide_last")
        t.fails("unload guide_last", "EPERM")
        t.succeeds("unload -f guide_last")

        t.succeeds("load guide_wild")
        t.fails("guide_wild", "ENOTRECOVERABLE")
        t.succeeds("unload -f guide_wild")
        t.succeeds("load guide_first")
        t.succeeds("unload guide_first")


def copied():
    with open("modules/hello/hello.c", encoding="utf-8") as file:
        return {"first.ko": compiled.module("first", file.read())}


@boot(smp=2, files=copied)
def the_first_module_of_the_readme(t):
    """A copy of the template under another name says and registers that, beside the template."""
    with t.same_memory():
        t.succeeds("load hello; load first", r"\] first: hello, world$", "^first: loaded$")
        t.check(t.run("first; hello") == ["hello, world", "hello, world"], "both commands")
        t.succeeds("unload hello first", r"\] first: goodbye$")
