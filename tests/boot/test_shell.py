"""The shell's language, its commands' outcome, and its line editing (contract section 3)."""
import re

from boot import boot
from machine import says


@boot(smp=2, quick=True)
@boot(smp=2, debug=True)
def language(t):
    says(t, "echo one  two", "one two")
    says(t, "echo 'one  two' \"three  $?\"", "one  two three  0")
    says(t, "echo '$?'", "$?")
    says(t, "echo a;echo b", "a", "b")
    says(t, "echo a ; ; echo b;", "a", "b")
    says(t, "{ echo a; echo b }", "a", "b")
    says(t, "{echo a;echo b}", "a", "b")
    says(t, "echo a#b # rest", "a#b")
    says(t, "# nothing")
    says(t, "")
    says(t, "repeat 3 echo x", "x", "x", "x")
    says(t, "repeat 2 { echo x; echo y }", "x", "y", "x", "y")
    says(t, "repeat 2 repeat 2 echo x", "x", "x", "x", "x")
    says(t, "repeat 0 echo x")
    says(t, "echo a > /dev/null")
    says(t, "{ echo a; echo b } > /dev/null")
    says(t, "on 1 echo x", "x")
    says(t, "echo $?", "0")


@boot(smp=2)
def status(t):
    says(t, "false")
    says(t, "echo $?", "EPERM")
    says(t, "echo $?", "0")
    says(t, "true")
    says(t, "echo $?", "0")
    says(t, "foo", "shell: foo: no such command (ENOENT)")
    says(t, "echo $?", "ENOENT")
    says(t, "{ false; true }")
    says(t, "echo $?", "EPERM")
    says(t, "{ true; false; foo } > /dev/null", "shell: foo: no such command (ENOENT)")
    says(t, "echo $?", "EPERM")
    says(t, "repeat 3 false; echo $?", "EPERM")
    answer = t.run("repeat 2 { foo; echo on }")
    t.check(answer.count("on") == 2, f"a group goes on after a failure: {answer}")
    for command in ("load -x", "load", "echo 'open", "echo a >", "{ echo a", "} echo", "repeat x true",
                    "on 99 true", "on x true", "true }", "repeat -1 true"):
        t.fails(command, "EINVAL")
    t.run("load -x", r"^load: -x: usage: .* \(EINVAL\)$")


@boot(smp=2)
def failing_silently(t):
    """A command that does not say why it fails: the shell says which one that was, once."""
    strange = "shell: silent: returned neither 0 nor a negative errno (EINVAL)"
    why = {"errno": "shell: silent: failed and does not say why (EIO)", "positive": strange, "unknown": strange}
    t.succeeds("load silent")
    says(t, "silent")
    for word, line in why.items():
        says(t, f"silent {word}; echo $?", line, line[line.rindex("(") + 1:-1])
        says(t, f"silent {word} > /dev/null", line)
        says(t, f"failnth 1 silent {word}", line, "failnth: not reached (0 operations)")
    says(t, "{ silent errno; silent } > /dev/null; echo $?", why["errno"], "EIO")
    t.succeeds("unload silent")


@boot(smp=2)
def output_written_over(t):
    """A command that writes over the streams that it was given is named, and the shell goes on."""
    with t.same_memory():
        t.succeeds("load wild_words")
        for line in ("wild_words -out", "wild_words -errors", "wild_words -out > /dev/null"):
            t.run(f"{line}; echo still", "wild_words: wrote over its output", "^still$")
        t.succeeds("unload wild_words")
    t.check("shell: failed" not in t.text, "the shell has failed")


@boot(smp=2)
def failing_on_purpose(t):
    """What load.every_operation_failed does not see: the words of failnth, groups, and its status."""
    says(t, "failnth 1 true", "failnth: not reached (0 operations)")
    says(t, "failnth 1 false", "failnth: not reached (0 operations)")
    says(t, "echo $?", "EPERM")
    t.run("failnth 1 foo", r"^shell: foo: no such command \(ENOENT\)$", r"^failnth: not reached")
    says(t, "echo $?", "ENOENT")
    t.fails("failnth 1 irqs", "ENOMEM", r"^failnth: injected at heap_alloc_at$")
    t.fails("failnth 1 failnth 1 true", "EBUSY", r"^failnth: not reached")
    for words in ("", "0 true", "x true", "-1 true"):
        t.fails(f"failnth {words}", "EINVAL", r"^shell: .*: usage: failnth N COMMAND")
    t.fails("failnth 1", "EINVAL", r"^shell: 1: a command is missing \(EINVAL\)$")
    t.run("failnth 2 { true; irqs; irqs; echo on }", r"^Irq", r"^irqs: .*ENOMEM\)$", "^on$", "^failnth: injected at")
    says(t, "echo $?", "ENOMEM")
    says(t, "failnth 9 { true; echo a } > /dev/null")
    t.succeeds("irqs")


UNDONE = (
    ("load counter", "unload counter"), ("load ticker", "unload ticker"), ("load hook_drop", "unload hook_drop hook_source"),
    ("load per_cpu_data", "unload per_cpu_data"), ("insmod /modules/hello.ko who=x", "rmmod hello"),
    ("mount tmpfs /else", "umount /else"), ("mkdir /tmp/folder", "rm /tmp/folder"), ("write /tmp/file text", "rm /tmp/file"),
    ("cat /modules/modules.index", ""), ("ls -l /modules", ""),
    ("unload -w 1 hello_not_there", ""), ("modprobe -r consumer", "modprobe consumer"), ("unload consumer provider", "load consumer"),
    ("lsmod -v", ""), ("modinfo consumer", ""), ("load -n consumer", ""), ("threads", ""), ("dmesg", ""), ("unload -n provider", ""),
)


@boot(smp=2)
@boot(smp=2, debug=True)
def every_operation_of_commands_failed(t):
    """As load.every_operation_failed, for what else takes memory: it says so and leaves nothing."""
    t.run("load tmpfs; mount tmpfs /tmp; load consumer")
    for command, undo in UNDONE:
        t.run(f"{command}; {undo}")
        before = t.meminfo()
        for n in range(1, 1000):
            lines = t.run(f"failnth {n} {command}")
            failed = t.run("echo $?") != ["0"]
            if any("not reached" in line for line in lines):
                break
            if not failed:
                t.run(undo)
            elif "/tmp/file" in undo:
                t.run(undo)  # it is made before it is written to
            t.check(t.meminfo() == before, f"{n} of {command}: {lines}: {before}, then {t.meminfo()}")
        t.run(undo)
        t.check(t.meminfo() == before, f"{command}: {before}, then {t.meminfo()}")


@boot(smp=2)
def and_or(t):
    """`&&` and `||` join a list from left to right; `&` takes the whole list; a group's status counts lists."""
    says(t, "true && echo a", "a")
    says(t, "false && echo a")
    says(t, "echo $?", "EPERM")
    says(t, "true || echo a")
    says(t, "false||echo b", "b")
    says(t, "false && echo a || echo b", "b")
    says(t, "true || echo a && echo b", "b")
    says(t, "false || foo || echo $?", "shell: foo: no such command (ENOENT)", "ENOENT")
    says(t, "{ false; true } && echo no || echo yes", "yes")
    says(t, "{ false || true } && echo yes", "yes")
    says(t, "false && echo no; echo next", "next")
    says(t, "true && { echo a; echo b } > /dev/null && echo c", "c")
    says(t, "repeat 2 { true && echo x || echo y }", "x", "x")
    says(t, "echo '&&' \"||\" a", "&& || a")
    says(t, "false && echo a & wait; echo $?", "0")
    says(t, "true && echo back & wait", "back")
    for command in ("&& true", "true &&", "true || ; true", "true & && true", "{ true && }", "true |"):
        t.fails(command, "EINVAL")


@boot(smp=4)
def background(t):
    says(t, "wait")
    t.run("{ echo back } & echo front; wait", "front|back", "front|back")
    answer = t.run("repeat 5 echo one & repeat 5 echo two & wait; echo done")
    t.check(sorted(answer) == ["done"] + ["one"] * 5 + ["two"] * 5, f"{answer}")
    t.check(answer[-1] == "done", "wait came back before the rest")
    with t.same_memory():
        t.run("on 1 repeat 50 true & on 2 repeat 50 true & on 3 repeat 50 true & wait", silence=60)


@boot(smp=2)
def line_without_a_thread(t):
    """Typed lines run on one thread and keep what the first one took; a line that goes on in the background has it, and
    the next one gets another."""
    def runs():
        return [line.split()[0] for line in t.run("threads") if line.split()[1] == "job/serial"]

    first = runs()
    t.check(len(first) == 1, f"{first}")
    with t.same_memory():
        t.run("echo one; echo " + 80 * "word ")
        t.check(runs() == first, f"{first}, then {runs()}")
        t.mark = len(t.text)
        t.send("{ repeat 20000 true; echo finished }\r")
        t.wait_for(r"finished \}\n")
        t.send("\x03")
        t.wait_for(r"^tenon> \Z")
        t.run("wait", silence=300)
        t.check(len(runs()) == 1, f"{runs()}")


@boot(smp=4, silence=30)
@boot(smp=4, silence=30, debug=True)
def wait_beside_the_end_of_its_line(t):
    """A `wait` in the background takes jobs off that are done, but not the line in front of it, which ends meanwhile."""
    with t.same_memory():
        for _ in range(100):
            t.run("wait & wait & wait & wait & true")
        for _ in range(500):  # a wait does not wait for others that wait
            if sum("job/serial" in line for line in t.run("threads")) == 1:
                break


@boot(smp=2, silence=30)
@boot(smp=2, silence=30, debug=True)
def wait_in_a_pipe(t):
    """It does not wait for the line that waits for it; after Ctrl-C nothing of the line stays."""
    t.succeeds("load rules_gate")
    with t.same_memory():
        for line in ("wait | cat", "{ sleep 0.1 & wait } | cat", "wait | wait", "{ { wait | cat } | cat } | cat",
                     "wait | cat & wait | cat", "{ wait & wait } | cat & wait"):
            says(t, f"{line}; echo done; wait", "done")
        for line in ("wait", "wait | cat", "{ wait | cat } | cat"):
            t.run("gate shut; gate begin echo &")
            t.mark = start = len(t.text)
            t.send(f"{line}; echo no\r")
            t.wait_for(r"echo no\n")
            t.send("\x03")
            t.wait_for(r"^\^C\n(?:.*\n)*tenon> \Z")
            t.run("gate open; wait")
            t.check("\nno\n" not in t.text[start:], line)


@boot()
def time(t):
    answer = t.run("time echo x")
    t.check(answer[0] == "x" and re.fullmatch(r"time: \d+ us", answer[1]), f"{answer}")
    t.run("time { echo a; echo b }", "a", "b", r"^time: \d+ us$")
    t.run("uptime")
    t.run("stop", r"^stop: \d+ us$")


@boot(smp=2)
@boot(smp=2, debug=True)
def session(t):
    """sleep, history and source; a line that is too long is refused, not cut."""
    with t.same_memory():
        says(t, "sleep 0; sleep 0.01; echo over", "over")
        for command in ("sleep", "sleep x", "sleep -1", "sleep 1.x", "sleep 1 2", "history 1", "source"):
            t.fails(command, "EINVAL")
        t.check(t.run("history")[-1].endswith("  history"), "the last line that was typed is the last of it")
        t.fails("source /nosuch", "ENOENT")
    t.succeeds("load tmpfs; mount tmpfs /t")
    says(t, "{ echo 'echo a'; echo; echo '# b'; echo 'false || echo c > /dev/null; foo' } > /t/script")
    says(t, "source /t/script", "a", "shell: foo: no such command (ENOENT)")
    says(t, "echo $?", "ENOENT")
    says(t, "echo 'source /t/self' > /t/self")
    t.fails("source /t/self", "ELOOP")
    says(t, "echo '{ echo x' > /t/open; source /t/open", "shell: {: unclosed { (EINVAL)")
    says(t, "{ echo 'echo in' > /t/in; source /t/in > /t/out }; cat /t/out", "in")
    with t.same_memory():
        t.run("source /t/script; source /t/self > /dev/null")
    t.mark = len(t.text)
    t.send("echo " + "x" * 600 + "; echo no\r")
    t.wait_for(r"^shell: line: longer than 511 characters; not run: .* \(E2BIG\)\ntenon> \Z")
    says(t, "echo $?", "E2BIG")


@boot(smp=2)
def log(t):
    """dmesg by level, with its name, cleared."""
    t.run("load hello; unload hello")
    says(t, "dmesg -l info | grep -c 'hello, world'", "1")
    says(t, "dmesg -l err,warn | grep -c 'hello, world'", "0")
    says(t, "dmesg -x -l info | grep -vc '^info  : .[0-9]'", "0")
    says(t, "dmesg -c | grep -c goodbye", "1")
    says(t, "dmesg | wc -l", "0")
    t.run("load hello; dmesg -C; unload hello")
    says(t, "dmesg | wc -l", "1")
    says(t, "dmesg -C | wc", "      0       0       0")
    for option in ("-l", "-l loud", "-T", "-n 3", "-q"):
        t.fails(f"dmesg {option}", "EINVAL")


@boot(smp=2)
def one_module(t):
    """`lsmod -v NAME` is about that one."""
    t.succeeds("load consumer")
    lines = t.run("lsmod -v provider")
    t.check(lines[0].startswith("Module ") and lines[1].startswith("provider "), f"{lines}")
    t.check(all(line.startswith("  ") for line in lines[2:-1]) and lines[-1].startswith("tainted: "), f"{lines}")
    t.check(t.run("lsmod -v nosuch") == ["lsmod: nosuch: is not loaded (ENOENT)"], "not said")
    t.check(len(t.run("lsmod -v serial-console")) > 2, "dashes are underscores")
    t.fails("lsmod provider", "EINVAL")


@boot(smp=2)
def redirection(t):
    t.succeeds("load counter")
    says(t, "echo 41 > /dev/counter")
    says(t, "cat /dev/counter", "42")
    says(t, "echo 9>/dev/counter;cat /dev/counter", "10")
    says(t, "cat /dev/counter > /dev/null")
    says(t, "cat /dev/counter", "12")
    t.fails("echo x > /modules/hello.ko", "EROFS")
    t.fails("echo x > /nowhere/file", "ENOENT")
    t.fails("echo x > /dev/nothing", "ENOENT")
    t.succeeds("unload counter")


@boot()
def files(t):
    t.run("ls /", "modules|dev", "modules|dev")
    t.run("ls /modules", "hello.ko")
    t.run("ls /dev", "null")
    t.succeeds("cat /modules/modules.index", "^provider_answer provider$")
    t.fails("cat /none", "ENOENT")
    t.fails("cat /modules", "EISDIR")
    t.fails("ls /none", "ENOENT")
    t.fails("cat", "EINVAL")
    t.succeeds("stat /modules/hello.ko")
    t.succeeds("ls /dev/../modules/.")


@boot(smp=2)
def tables(t):
    t.run("lsmod", r"^Module +Size +Refs +State +Used by$", r"^shell +\d+ +\d+ +live +-")
    t.run("cpus", r"^0 ", "^1 ")
    t.run("threads", "shell")
    t.run("irqs", r"^NMI +\d+ +\d+")
    names = [line.split()[0] for line in t.run("meminfo")]
    for name in ("free_pages", "heap_bytes", "heap_objects", "module_pages", "modules",
                 "registrations", "threads", "timers"):
        t.check(name in names, f"meminfo has no {name}")
    for name in ("load", "unload", "lsmod", "modinfo", "insmod", "rmmod", "modprobe", "dmesg", "meminfo",
                 "cpus", "threads", "irqs", "ls", "cat", "rm", "mkdir", "stat", "stop", "lock",
                 "failnth", "echo", "true", "false", "clear", "exit", "poweroff", "reboot", "uptime", "help"):
        t.run(f"help {name}", name)
        t.status("0")
    t.fails("help nothing", "ENOENT")


@boot()
def editing(t):
    """Keys of a line: backspace, arrows, home, end, history, completion, Ctrl-U, Ctrl-C."""
    def typed(keys, expected):
        t.mark = len(t.text)
        t.send(keys + "\r")
        t.wait_for("^" + re.escape(expected) + r"\n(?:.*\n)*tenon> \Z")

    typed("echo axb\x7f\x7fb", "ab")
    typed("cho ab\x1b[D\x1b[Dx\x01e", "xab")
    typed("echo end\x01\x05!", "end!")
    typed("\x1b[A", "end!")
    typed("garbage\x15echo clean", "clean")
    t.mark = len(t.text)
    t.send("half a line\x03")
    t.wait_for(r"\ntenon> \Z")
    typed("echo on", "on")
    t.mark = len(t.text)
    t.send("unl\thel")
    t.wait_for("unload hel")
    t.send("\x15")
    t.mark = len(t.text)
    t.send("load hel\t\r")
    t.wait_for(r"hello: loaded\n(?:.*\n)*tenon> \Z")
    t.mark = len(t.text)
    t.send("cat /modules/modules.ind\t\r")
    t.wait_for(r"^provider_answer provider\n(?:.*\n)*tenon> \Z")


@boot(smp=2, silence=30)
@boot(smp=2, silence=30, debug=True)
def candidates_without_end(t):
    """Tab asks for so many and says that it has cut the list; Ctrl-C ends a slow one, and its line."""
    t.succeeds("load completes")
    with t.same_memory():
        for prefix, listed in (("o", "other\n" * 100), ("x", "")):
            t.mark = len(t.text)
            t.send(f"endless {prefix}\t")
            t.wait_for(rf"\n{listed}\.\.\.\n(?:.*\n)*tenon> endless {prefix}\Z")
            t.send("\x03")
            t.wait_for(r"^tenon> \Z")
        t.mark = len(t.text)
        t.send("slowly o\t")
        t.wait_for(r"completes: asked$")
        t.send("\x03")
        t.wait_for(r"^tenon> \Z")
        says(t, "echo here", "here")
    t.succeeds("unload completes")


@boot(smp=2)
def interrupt(t):
    """Ctrl-C gives the prompt back; the command goes on in the background."""
    t.mark = len(t.text)
    t.send("{ repeat 200000 true; echo finished }\r")
    t.wait_for(r"finished \}\n")
    t.send("\x03")
    t.wait_for(r"^tenon> \Z")
    says(t, "echo here", "here")
    t.mark = len(t.text)
    t.send("wait\r")
    t.wait_for(r"^finished\n(?:.*\n)*tenon> \Z", silence=300)


@boot()
def hostile_words(t):
    t.fails("unload ''", "ENOENT")
    t.fails("unload " + "a" * 300, "EINVAL")
    t.fails("load " + "a" * 56, "EINVAL")
    t.fails("load " + "a" * 55, "ENOENT")
    t.fails("load nothing_of_that_name", "ENOENT")
    t.fails("load /modules", "EISDIR")
    t.fails("load /modules/none.ko", "ENOENT")
    t.fails("unload nothing", "ENOENT")
    t.fails("load", "EINVAL")
    t.fails("unload", "EINVAL")
    t.fails("modinfo nothing", "ENOENT")
    says(t, "echo '\x1b'[31mred".replace("\x1b", ""), "[31mred")
    t.run("echo " + "x" * 200, "x" * 200)


@boot(smp=2)
def shell_holds_itself(t):
    t.fails("unload shell", "EBUSY")
    t.succeeds("true")


@boot(firmware="bios")
@boot(firmware="uefi")
def keyboard(t):
    """The second session: keys of the PS/2 keyboard reach the shell on the screen."""
    for key in ("l", "o", "a", "d", "spc", "h", "e", "l", "l", "o", "ret"):
        t.human(f"sendkey {key}")
        t.quiet(0.2)
    t.mark = 0
    t.wait_for(r"hello: hello, world")
    t.run("lsmod", "^hello ")


def types(t, text):
    names = {" ": "spc", "\n": "ret"}
    for character in text:
        t.human(f"sendkey {names.get(character, character)} 10")
        t.listen(0.05)


def screen(t):
    """The rows of the text screen, from the VGA's memory; its characters are the even bytes."""
    words = re.findall(r"0x([0-9a-f]{4})\b", t.human("xp /2000hx 0xb8000"))
    rows = ["".join(chr(int(word, 16) & 0xff) for word in words[at:at + 80]).rstrip() for at in range(0, 2000, 80)]
    return [row for row in rows if row]


def shows(t, wanted):
    """Waits until the screen's last rows are these."""
    for _ in range(600):
        if screen(t)[-len(wanted):] == wanted:
            return
        t.listen(0.1)
    t.check(False, f"{screen(t)} do not end with {wanted}")


@boot(smp=2)
def line_of_two_rows(t):
    """On the screen a typed line that is longer than a row is edited, recalled and wiped like any other."""
    types(t, "clear\n")
    shows(t, ["tenon>"])
    words = "echo " + "abcdefghi " * 8
    types(t, words)
    whole = "tenon> " + words
    shows(t, [whole[:80], whole[80:].rstrip()])
    for _ in range(3):
        t.human("sendkey ctrl-left 10")
        t.listen(0.1)
    types(t, "x")
    changed = whole[:-30] + "x" + whole[-30:]
    shows(t, [changed[:80], changed[80:].rstrip()])
    t.human("sendkey ctrl-u 10")
    types(t, "true")
    wiped = "tenon> true" + changed[-30:]
    shows(t, [wiped.rstrip()])
    t.check(len(screen(t)) == 1, f"{screen(t)}")


@boot()
def lock(t):
    t.succeeds("load hello")
    t.succeeds("lock")
    t.fails("load counter", "EPERM")
    t.fails("unload hello", "EPERM")
    t.succeeds("hello", "hello, world")


OPTION = re.compile(r"(?<![\w-])-(?:-[a-z-]+|\w)")


@boot(smp=2)
def help_for_all(t):
    """Groups; each command has an example, and each option of its usage a line."""
    lines = t.run("help")
    groups = [line for line in lines if not line.startswith(" ")]
    for group in ("modules", "the machine", "the session", "text", "files", "power", "a line"):
        t.check(groups.count(group) == 1, f"{group}: {groups}")
    names = [line.split()[0] for line in lines if line.startswith("  ")]
    t.check(len(names) == len(set(names)), "each once")
    t.check(all(len(line) < 80 for line in lines), f"{[line for line in lines if len(line) >= 80]}: too wide for a screen")
    for name in names:
        said = t.run(f"help '{name}'")
        t.check(any("Example: " in line for line in said), f"{name} without an example: {said}")
        for option in OPTION.findall(said[0]):
            t.check(any(option in OPTION.findall(line) for line in said[1:]), f"{name} {option}: {said}")
    t.succeeds("load talker")
    t.check("talker" in [line for line in t.run("help") if not line.startswith(" ")], "a module's own group")


@boot(smp=1)
@boot(smp=4)
@boot(smp=4, debug=True)
def cancelled(t):
    """Ctrl-C ends a command that asks, with what is left of its line; nothing goes on in the background."""
    t.succeeds("load tmpfs; mount tmpfs /t")
    t.run("repeat 3000 echo some line of text > /t/large; wait")
    t.run("echo x > /t/f")
    with t.same_memory():
        for line in ("cat /dev/zero > /dev/null", "cat /dev/zero | cat > /dev/null", "sleep 100000", "{ sleep 100000; echo no }",
                     "repeat 1000000000 true", "{ repeat 1000000000 cat /t/f } > /dev/null && echo no", "grep nothing /dev/zero",
                     "repeat 1000000000 { sleep 0.001 }; echo no", "time hexdump /dev/zero > /dev/null", "dmesg -w > /dev/null", "cp /dev/zero /dev/null"):
            t.mark = start = len(t.text)
            t.send(line + "\r")
            t.wait_for(re.escape(line) + r"\n")
            t.send("\x03")
            t.wait_for(r"^\^C\n(?:.*\n)*tenon> \Z")
            t.run("wait")
            t.check("\nno\n" not in t.text[start:], line)


@boot(smp=2)
@boot(smp=2, debug=True)
def log_followed(t):
    """dmesg -w prints what is logged while it runs, until Ctrl-C."""
    t.succeeds("load tmpfs; load hello; mount tmpfs /t; write /t/f x; dmesg -C")
    with t.same_memory():
        line = "{ sleep 0.2; unload hello > /dev/null } & dmesg -w -x -l info"
        t.mark = len(t.text)
        t.send(line + "\r")
        t.wait_for(re.escape(line) + r"\n")
        t.wait_for(r"^info  : \[\d+\.\d+\] hello: goodbye\n")
        t.send("\x03")
        t.wait_for(r"\^C\n(?:.*\n)*tenon> \Z")
        t.status("EINTR")
        t.run("wait")
        t.succeeds("load hello; dmesg -C")


@boot(smp=1, vga="none")
def log_followed_asleep(t):
    """dmesg -w and sleep sleep until there is something to do: the CPU does not switch to them again and again."""
    def switches(command):
        before, after = ([int(line.split()[3]) for line in t.run(line) if line.startswith("0 ")][0]
                         for line in ("cpus", f"{command}; cpus"))
        return after - before

    t.run("dmesg -w > /dev/null & sleep 0.2")
    count = switches("sleep 2")
    t.note(f"{count} switches")
    t.check(count < 40, f"{count} switches in two seconds")  # one each 50 ms would be 80


@boot(smp=2)
def log_followed_at_once(t):
    """What is logged while dmesg -w prints is not left until the next record comes, or a job ends."""
    line = "{ sleep 0.2; repeat 100 { load hello; unload hello } > /dev/null; sleep 1000 } & dmesg -w -x"
    t.send(line + "\r")
    for _ in range(100):
        t.wait_for(r"^info  : \[.*\] hello: goodbye\n")
    t.send("\x03")
    t.wait_for(r"\^C\n(?:.*\n)*tenon> \Z")


@boot(smp=2)
def people(t):
    """ps and free are threads and meminfo for people; they are a module."""
    t.check("procps" in t.lsmod(), "it is there")
    with t.same_memory():
        t.succeeds("unload procps")
        t.fails("ps", "ENOENT")
        t.succeeds("load procps")
    t.run("ps", r"^ +PID +STATE +TIME +THREAD$", r"^ +\d+ \w+ +\d+\.\d\d shell/serial \(shell\)$")
    t.run("free", r"^ +KiB +total +used +free +modules$", r"^ +memory +\d+ +\d+ +\d+ +\d+$")
    for command in ("ps x", "free -m"):
        t.fails(command, "EINVAL")
