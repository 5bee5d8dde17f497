"""What a module hands over: text of a module is shown as text in every line that names it."""
import re

from boot import boot

ODD = "odd\\nname\\xe2\\x80\\xae"
ODD_THREAD = "odd\\nthread\\xe2\\x80\\xae"


@boot(smp=2)
@boot(smp=2, debug=True)
def names_are_escaped(t):
    with t.same_memory():
        t.succeeds("load odd_names")
        lines = t.run("lsmod -v") + t.run("threads")
        t.check(any(f" notifier {ODD} at " in line for line in lines), f"notifier: {lines}")
        t.check(any(f"thread {ODD_THREAD} " in line for line in lines), f"holder: {lines}")
        t.check(any(ODD_THREAD in line and "thread " + ODD_THREAD not in line for line in lines),
                f"threads: {lines}")
        t.succeeds("unload odd_names", f"left behind: notifier {re.escape(ODD)} made at ")
    t.check("\u202e" not in t.text, "a character that turns the direction of text")
