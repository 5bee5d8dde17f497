"""The contract's sections 2 and 3 from outside, what the other files leave: the serial line to the
byte, the shell's answers to the letter, and what is typed before it is asked for.
"""
import re
import threading

from boot import boot
from machine import Failure, says
from stored import stored

PASTED = 150
WIDE = "and so on, until it is about a hundred characters wide, which makes more than the queue holds"


def raw_after(t, mark):
    return bytes(t.raw[mark:])


def line_start(t):
    """What is looked for next may begin with the prompt that stands there."""
    t.mark = t.text.rfind("\n") + 1


def pasted(t, count, first=""):
    """Types more at once than any queue holds; every line is run, and nothing is lost or mixed up."""
    begin = len(t.text)
    text = first + "".join(f"echo line{i} {WIDE}\r" for i in range(count)) + "echo the end\r"
    typist = threading.Thread(target=t.send, args=(text,))
    typist.start()
    while not t.text.endswith("\nthe end\ntenon> ", begin):  # much text: no pattern is searched in all of it
        t.check(t.more(), "no more comes")
    typist.join()
    came = re.findall(rf"^line(\d+) {WIDE}$", t.text[begin:], re.MULTILINE)
    t.check(came == [str(i) for i in range(count)], f"{len(came)} of {count} lines: {came}")


@boot(smp=4)
@boot(smp=1, debug=True)
def typed_ahead(t):
    pasted(t, PASTED)
    pasted(t, PASTED // 3, "unload -w 60 serial_console; repeat 60000 true\r")
    pasted(t, PASTED, "load serial_console; repeat 60000 true\r")
    t.mark = len(t.text)
    t.send("load hello; hello; unload hello\r" * 20)
    for _ in range(20):
        t.wait_for(r"^hello, world\n(\[.*\n)?hello: unloaded$")
    t.wait_for(r"^tenon> \Z")


@boot(smp=2)
def interrupted(t):
    """What was typed before Ctrl-C is run after it; the command goes on, and does not end the next."""
    t.mark = len(t.text)
    t.send("{ repeat 150000 true; echo finished }\recho ahead\r\x03")
    t.wait_for(r"\^C\ntenon> echo ahead\nahead\ntenon> \Z")
    t.run("threads", "job/serial.*\n(.*\n)*.*job/serial")
    t.run("wait", "^finished$", silence=300)
    line_start(t)
    t.send("partly typed\x03")
    t.wait_for(r"^tenon> partly typed\ntenon> \Z")
    line_start(t)
    t.send("\x03\x03")
    t.wait_for(r"^tenon> \ntenon> \ntenon> \Z")
    says(t, "echo on", "on")


FIRST = "echo first\r\n\r\n# a comment\n\techo two\nfalse\necho $?\necho \x1b[31mred\nload hello\nhello\nunload hello\n"


@boot(smp=4, rc=FIRST + "echo the end", to_prompt=False)
@boot(smp=1, rc=FIRST + "echo the end", to_prompt=False, debug=True)
@boot(smp=2, rc=FIRST + "unload -w 60 serial_console\necho the end", to_prompt=False, name="polled")
def script(t):
    """The first line too finds every command; a last line needs no line break."""
    t.wait_for(r"^the end\ntenon> \Z")
    lines = [line for line in t.text.splitlines() if not re.match(r"\[\d+\.\d{6}\] ", line)]
    lines = [line for line in lines[lines.index("tenon> echo first"):] if "serial_console" not in line]
    expected = ["tenon> echo first", "first", "tenon> ", "tenon> # a comment", r"tenon> \techo two", "two",
                "tenon> false", "tenon> echo $?", "EPERM", r"tenon> echo \x1b[31mred", r"\x1b[31mred",
                "tenon> load hello", "hello: loaded", "tenon> hello", "hello, world",
                "tenon> unload hello", "hello: unloaded", "tenon> echo the end", "the end", "tenon> "]
    t.check(lines == expected, "\n".join(lines))
    t.check(b"\x1b" not in t.raw[t.raw.index(b"tenon> "):], "an escape sequence")
    says(t, "echo interactive", "interactive")


def odd_files():
    """Files for /modules that are no modules: without a last line break, with control characters."""
    content = {"unended": b"no line break", "control": b"a\x1b[31mb\x07\x00c\xff\xc2\x9bd\xc3\xa9\n",
               "tab": b"x\ty\n", "long": ("\u20ac\u00e9" * 700 + "\n").encode()}
    return {name: stored(data) for name, data in content.items()}


@boot(smp=2, files=odd_files)
def output(t):
    """Prompts and errors begin a line, lines end in CR LF, and nobody's text controls the terminal."""
    says(t, "cat /modules/unended", "no line break")
    says(t, "cat /modules/unended; foo", "no line break", "shell: foo: no such command (ENOENT)")
    says(t, "cat /modules/unended /modules/tab", "no line breakx\ty")
    says(t, "cat /modules/control", r"a\x1b[31mb\x07\x00c\xff\xc2\x9bd" + "\u00e9")
    mark = len(t.raw)
    t.run("cat /modules/long")
    t.check(("\u20ac\u00e9" * 700).encode() in raw_after(t, mark), "a long line of UTF-8")
    t.run("load talker")
    says(t, "talker", r"a\x1b[31mb\x0dc\x07d\x9be\x7f\xff")
    t.run("talker log", r"^\[\d+\.\d{6}\] talker: \\x1b\[2J \\x0d \\x07 tail$")
    says(t, "talker fail", r"talker: sub\x1bject: rea\x0dson\nsecond line (EIO)")
    says(t, "talker part", "unfinished")
    says(t, "talker part; false; foo", "unfinished", "shell: foo: no such command (ENOENT)")
    t.run("help talker", r"^talker \\x1b\[1m$", r"^  \\x1b\[2J$")
    t.run("modinfo talker", r"^description: +red \\x1b\[31m$")
    t.run("help")
    t.run("dmesg")
    t.run("lsmod -v")
    raw = raw_after(t, t.raw.index(b"tenon> "))
    t.check(not re.search(rb"(?<!\r)\n|\r(?!\n)", raw), "a line that does not end in CR LF")
    t.check(not re.search(rb"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f]", raw), "a control character")
    t.run("clear")
    t.check(b"\x1b[2J" in t.raw, "clear clears")


@boot(smp=4)
def log_while_typing(t):
    """A log line comes above the line that is being typed, which stands there again below it."""
    t.run("load ticker; load hello")
    line_start(t)
    t.send("repeat 30 { unload hello; load hello } > /dev/null & true\r")
    for letter in "echo whole":
        t.send(letter)
        t.quiet(0.03)
    line_start(t)
    t.send("\r")
    t.wait_for(r"^tenon> echo whole\nwhole\n(.*\n)*tenon> \Z")
    t.run("wait")
    for line in t.text[t.text.index("load ticker"):].splitlines():
        t.check(re.match(r"\[\d+\.\d{6}\] \w+: |tenon> |whole$|\w+: (un)?loaded$|load ticker", line) or not line,
                f"{line!r}")


@boot(smp=2)
def completion(t):
    """Tab: the one candidate with a blank, what several share, and a list that shows the line once."""
    def tab(keys, shown):
        line_start(t)
        t.send(keys + "\t")
        t.wait_for(r"^tenon> " + shown + r"\Z")
        t.send("\x03")
        t.wait_for(r"^tenon> \Z")

    for keys, shown in (("unl", "unload "), ("load coun", "load counter "), ("unload ps2-k", "unload ps2-keyboard "),
                        ("load ps2_k", "load ps2_keyboard "), ("cat /dev/nu", "cat /dev/null "),
                        ("load /mod", "load /modules/"), ("echo x > /dev/nu", "echo x > /dev/null "),
                        ("rep", "repeat "), ("on 1 unl", "on 1 unload "), ("{ lsm", "{ lsmod "),
                        ("true;lsm", "true;lsmod "), ("help lsm", "help lsmod "), ("modprobe -r serial", "modprobe -r serial_console "),
                        ("unload -w 3 ini", "unload -w 3 initrd "), ("load /modules/hello", "load /modules/hello.ko "),
                        ("xyz", "xyz"), ("load xyz", "load xyz"), ("cat /none/x", "cat /none/x")):
        tab(keys, re.escape(shown))
    tab("cat /dev/", r"cat /dev/\n/dev/null\n/dev/zero\ntenon> cat /dev/")
    tab("re", r"re\nrepeat\nreboot\ntenon> re")


@boot(smp=1)
def line_editing(t):
    """History up and down with the draft kept, and the keys of a line."""
    def typed(keys, answer):
        t.mark = len(t.text)
        t.send(keys + "\r")
        t.wait_for("\n" + re.escape(answer) + r"\ntenon> \Z")

    up, down, left, right, home, end = ("\x1b[" + letter for letter in "ABDCHF")
    for line in ("echo one", "echo two", "echo two"):
        t.run(line)
    typed(up, "two")
    typed(up + up, "one")
    typed("echo draft" + up + up + down + down, "draft")
    typed("echo draft" + up + "\x15echo new", "new")
    typed("\x10\x10\x0e", "new")
    typed("echo bd" + left + left + "a" + right + "c" + end + "e", "abcde")
    typed("cho x" + home + "e" + end + "y", "xy")
    typed("echo abc" + left + left + "\x1b[3~", "ac")
    typed("echo one two\x17three", "one three")
    typed("echo one two" + left * 4 + "\x0b", "one")
    t.send("echo ab\x0c")
    t.quiet(0.5)
    t.check(t.raw.endswith(b"\x1b[2J\x1b[Htenon> echo ab"), f"^L: {bytes(t.raw[-40:])}")
    typed("c", "abc")


ANSWERS = (
    ("foo", "shell: foo: no such command (ENOENT)"),
    ("''", "shell: : no such command (ENOENT)"),
    ("foo 'a b'", "shell: foo: no such command (ENOENT)"),
    ("'a b'", "shell: a b: no such command (ENOENT)"),
    ("echo 'open", "shell: 'open: unclosed quote (EINVAL)"),
    ("{ true", "shell: {: unclosed { (EINVAL)"),
    ("true }", "shell: }: } without { (EINVAL)"),
    ("on 9 true", "shell: 9: no such CPU (EINVAL)"),
    ("load", "load: load: usage: load [-n] NAME|PATH [param=value ...] (EINVAL)"),
    ("load -x", "load: -x: usage: load [-n] NAME|PATH [param=value ...] (EINVAL)"),
    ("load ''", "load: : no such module (ENOENT)"),
    ("load none-such", "load: none-such: no file /modules/none_such.ko (ENOENT)"),
    ("load /modules", "load: /modules: is a directory (EISDIR)"),
    ("load /dev/null", "load: /dev/null: is not a regular file (EINVAL)"),
    ("load /none", "load: /none: no such file or directory (ENOENT)"),
    ("load hello extra", "load: hello: unknown parameter extra (EINVAL)", "  it has who, of type charp"),
    ("unload none-such", "unload: none-such: is not loaded (ENOENT)"),
    ("unload ''", "unload: : no such module (ENOENT)"),
    ("unload a/b", "unload: a/b: no such module (ENOENT)"),
    ("unload shell", "unload: shell: would unload itself: it runs in thread job/serial, which asks for it (EBUSY)"),
    ("unload -w x shell", "unload: -w: usage: unload [-n] [-w SECONDS] [-f] NAME ... (EINVAL)"),
    ("insmod hello", "insmod: hello: no such file or directory (ENOENT)"),
    ("rmmod hello", "rmmod: hello: is not loaded (ENOENT)"),
    ("modinfo none", "modinfo: none: no file /modules/none.ko (ENOENT)"),
    ("cat /none", "cat: /none: no such file or directory (ENOENT)"),
    ("cat /dev", "cat: /dev: is a directory (EISDIR)"),
    ("echo x > /modules/hello.ko", "shell: /modules/hello.ko: read-only filesystem (EROFS)"),
    ("exit 128", "exit: 128: usage: exit [0..127] (EINVAL)"),
    ("exit -1", "exit: -1: usage: exit [0..127] (EINVAL)"),
    ("exit 1x", "exit: 1x: usage: exit [0..127] (EINVAL)"),
    ("help none", "help: none: no such command (ENOENT)"),
    ("stop x", "stop: x: usage: stop (EINVAL)"),
    ("load " + "a" * 56, f"load: {'a' * 56}: the name is longer than 55 characters (EINVAL)"),
    ("load " + "a" * 55, f"load: {'a' * 55}: no file /modules/{'a' * 55}.ko (ENOENT)"),
    ("unload " + "a" * 56, f"unload: {'a' * 56}: the name is too long (EINVAL)"),
    ("unload " + "a" * 55, f"unload: {'a' * 55}: is not loaded (ENOENT)"),
    ("unload " + "a" * 300, f"unload: {'a' * 300}: the name is too long (EINVAL)"),
)


@boot(smp=2)
def answers(t):
    """One line each, with the word as it was typed, and what explains it; the status is the error's name."""
    with t.same_memory():
        for command, line, *explained in ANSWERS:
            says(t, command, line, *explained)
            says(t, "echo $?", re.search(r"\((E\w+)\)$", line).group(1))


@boot(smp=2)
def module_commands(t):
    """What loading and unloading say, and what Linux's names leave unsaid."""
    with t.same_memory():
        says(t, "load hello", "hello: loaded")
        says(t, "load hello", "load: hello: is there already, live (EEXIST)")
        says(t, "modprobe hello; echo $?", "0")
        says(t, "unload hello hello", "hello: unloaded")
        says(t, "insmod /modules/hello.ko who=x; echo $?", "0")
        says(t, "rmmod hello; echo $?", "0")
        says(t, "load consumer; unload -n provider",
             "consumer: loaded", "unload: provider: in use by 1 holder (EBUSY)", "  module consumer depends on it")
        says(t, "unload -n provider consumer", "provider: would unload", "consumer: would unload")
        says(t, "modprobe -r consumer; echo $?", "0")
        t.check("provider" not in t.lsmod(), "what only consumer needed goes with it")
        says(t, "load provider; insmod /modules/consumer.ko; consumer", "provider: loaded", "42")
        says(t, "unload consumer provider", "consumer: unloaded", "provider: unloaded")
        says(t, "load /modules/hello.ko who='a b'; hello; unload hello", "hello: loaded", "hello, a b",
             "hello: unloaded")
        says(t, "load counter; cat /dev/counter; write /dev/counter 41; cat /dev/counter; unload counter",
             "counter: loaded", "1", "42", "counter: unloaded")


@boot(smp=2)
def verbose(t):
    """lsmod -v: under each module what it is, has and is held by; no addresses, unless asked for."""
    t.run("load consumer; load hello who=me")
    lines = t.succeeds("lsmod -v")
    at = lines.index(next(line for line in lines if line.startswith("hello ")))
    mine = lines[at + 1:next(i for i in range(at + 1, len(lines)) if not lines[i].startswith("  "))]
    for pattern in (r"  flags: ", r"  registered: command hello at modules/hello/hello\.c:\d+",
                    r"  held: by nobody", r"  parameter: who=me \(charp\)", r"  section: text \d+ bytes$"):
        t.check(any(re.match(pattern, line) for line in mine), f"{pattern}: {mine}")
    size = sum(int(n) for line in mine for n in re.findall(r"section: \w+ (\d+) bytes", line))
    t.check(size == t.lsmod()["hello"]["size"], f"sections of {size} bytes")
    t.run("lsmod -v", r"^provider .*\n(  .*\n)*  held: .*consumer")
    t.check(lines[-1] == "tainted: no", lines[-1])
    with t.same_memory():
        lines = t.succeeds("load many_commands; lsmod -v")
        at, more = next((i, int(line.split()[1])) for i, line in enumerate(lines)
                        if re.fullmatch(r"  and \d+ more", line))
        t.check(lines[at - 1].startswith("  registered: command many_"), f"{lines[at - 1]}")
        shown = sum(line.startswith("  registered: command many_") for line in lines)
        t.check(shown + more >= 500, f"{shown} shown, {more} left out")
        t.check(re.match(r"  section: text \d+ bytes", lines[at + 1]), f"its sections are there: {lines[at + 1]}")
        t.succeeds("unload many_commands")
    t.run("unload -f hello")
    t.check(re.match("tainted: .*hello", t.run("lsmod -v")[-1]), "forced")


def raw_addresses(t):
    t.run("load wild; lsmod -v; wild null; lsmod -v; unload -f wild")
    t.run("load late_keeper; load late_victim; unload late_victim; late; lsmod -v")
    t.run("load forgetful leave=63; unload forgetful; irqs; threads; cpus; mounts; dmesg")
    return re.findall(r".*\b(?:0x)?[0-9a-f]{12,}\b.*", t.text)


@boot(smp=2)
def no_addresses(t):
    found = raw_addresses(t)
    t.check(not found, "\n".join(found))


@boot(smp=2, words="addresses")
def addresses(t):
    t.check(len(raw_addresses(t)) > 10, "the word shows addresses")


@boot(smp=4)
def tables(t):
    """A heading, then rows whose first column is the number or the name; lsmod has five columns."""
    for command, first, count in (("cpus", r"\d+", 4), ("threads", r"\d+", 10), ("mounts", r"/\S*", 1)):
        lines = t.succeeds(command)
        t.check(len(lines) > count and all(re.match(first + r"\s", line) for line in lines[1:]), f"{lines}")
    row = next(line.split() for line in t.run("irqs") if line.startswith("NMI"))
    t.check(len(row) == 5 and all(n.isdigit() for n in row[1:]), f"{row}")
    lines = t.run("lsmod")
    t.check(lines[0].split() == ["Module", "Size", "Refs", "State", "Used", "by"], lines[0])
    for line in lines[1:]:
        t.check(re.fullmatch(r"\w+ +\d+ +\d+ +(loading|live|unloading|failed) +\S+", line), line)
    for line in t.run("meminfo"):
        t.check(re.fullmatch(r"\w+ \d+", line), line)
    t.check(re.fullmatch(r"stop: \d+ us", t.run("stop")[0]), "stop")


@boot()
def output_has_left_before_exit(t):
    t.send("repeat 50 help; echo the very last; exit 42\r")
    t.finish(42)
    t.check(t.text.endswith("\nthe very last\n"), repr(t.text[-100:]))


@boot()
def output_has_left_before_poweroff(t):
    t.send("unload -w 60 serial_console; repeat 50 help; echo the very last; poweroff\r")
    t.finish("poweroff")
    t.check(t.text.endswith("\nthe very last\n"), repr(t.text[-100:]))


def panics(t, word):
    t.run("load panics")
    t.mark = len(t.text)
    t.send(f"panics {word}\r")
    t.finish(99)
    came = t.text[t.mark:]
    for kind in (r"^printed line (\d+) of 60, that is to leave the machine$",
                 r"^\[\d+\.\d{6}\] panics: logged line (\d+) of 60$"):
        seen = set(map(int, re.findall(kind, came, re.MULTILINE)))
        t.check(seen == set(range(1, 61)), f"{kind}: only {sorted(seen)}")
    t.check(re.search(r"^panic: .*panics", came, re.MULTILINE), "a line that begins with panic:")
    t.check(re.search(r"^  at panics:fault\+0x", came, re.MULTILINE), "its backtrace")


@boot(smp=1)
@boot(smp=4, debug=True)
def panic_in_an_interrupt(t):
    panics(t, "timer")


@boot(smp=4)
@boot(smp=2, firmware="uefi")
def panic_with_a_lock(t):
    panics(t, "lock")


@boot(exit_device=False, name="no exit device")
def exit_powers_off(t):
    t.send("exit 3\r")
    t.finish("poweroff")


@boot(exit_device=False, smp=2, name="no exit device")
def panic_halts(t):
    t.run("load panics")
    t.send("panics lock\r")
    t.wait_for(r"^panic: ")
    t.quiet(2)
    t.check(t.process.poll() is None, "QEMU ended")
    if t.human("info status").strip() != "VM status: running":
        raise Failure("it stopped")


@boot(smp=2)
def boot_set_is_kept(t):
    """load initrd works when /modules is not there."""
    with t.same_memory():
        says(t, "unload initrd", "initrd: unloaded")
        t.fails("ls /modules", "ENOENT")
        t.fails("load hello", "ENOENT")
        says(t, "load initrd", "initrd: loaded")
        t.succeeds("load hello")
        t.succeeds("unload hello")


@boot(smp=2)
def consoles_from_their_own_lines(t):
    with t.same_memory():
        says(t, "repeat 5 { unload -w 60 serial_console; load serial_console } > /dev/null")
        says(t, "unload -w 60 serial_console fb_console ps2_keyboard", "serial_console: unloaded", "fb_console: unloaded",
             "ps2_keyboard: unloaded")
        says(t, "echo polled", "polled")
        t.run("load hello; unload hello", "hello: hello, world", "hello: goodbye")
        for name in ("serial_console", "fb_console", "ps2_keyboard"):
            says(t, f"load {name}", f"{name}: loaded")
    says(t, "unload -w 5 serial_console; load serial_console", "serial_console: unloaded",
         "serial_console: loaded")


@boot(smp=4)
def background(t):
    """wait returns when all is back; a job's errors come too; a loop of one session holds nobody up."""
    with t.same_memory():
        t.run("repeat 40 { on 1 { echo a > /dev/null } & on 2 true & foo & }; wait")
        t.check(t.text.count("shell: foo: no such command (ENOENT)") == 40, "each fails once")
        answer = t.run("false & wait; echo $?")
        t.check(answer == ["0"], f"{answer}")
    says(t, "repeat 2 { unload hello; load hello } > /dev/null", "unload: hello: is not loaded (ENOENT)")
    says(t, "echo $?", "ENOENT")  # of the first failure, though the second time all went well
    t.succeeds("unload hello")
    says(t, "on 3 on 1 echo x; on 2 true > /dev/null", "x")
    t.run("on 2 time echo x > /dev/null", r"^time: \d+ us$")
    answer = t.run("time { on 3 true; on 1 false }; echo $?")
    t.check(answer[-1] == "EPERM" and answer[0].startswith("time: "), f"{answer}")
