"""Pipes, files behind < and >>, and the commands that read text (contract section 3)."""
import re

from boot import boot
from machine import says


def files(t):
    t.succeeds("load tmpfs; mount tmpfs /t")
    t.run("{ echo pear; echo Apple; echo fig; echo apple pie; echo 10; echo 9 } > /t/f")


@boot(smp=1)
@boot(smp=4)
@boot(smp=4, debug=True)
def pipes(t):
    files(t)
    t.run("cat /t/f | sort | head -1")
    with t.same_memory():
        says(t, "cat /t/f | grep p | wc -l", "3")
        says(t, "cat < /t/f | head -n 1 | cat", "pear")
        says(t, "echo a | cat; echo b", "a", "b")
        says(t, "{ echo b; echo a } | sort", "a", "b")
        says(t, "echo x | { cat; echo y } | cat", "x", "y")
        says(t, "false | true && echo yes", "yes")
        says(t, "true | false || echo no", "no")
        says(t, "echo lost | true")
        says(t, "repeat 3 { echo a | cat }", "a", "a", "a")
        says(t, "foo | cat", "shell: foo: no such command (ENOENT)")
        says(t, "echo a | foo", "shell: foo: no such command (ENOENT)")
        says(t, "echo $?", "ENOENT")
        says(t, "echo a | cat & wait", "a")
        says(t, "on 0 { echo a | cat }", "a")
        t.fails("cat", "EINVAL")
        t.fails("sort", "ENODATA")
        t.fails("cat < /nosuch", "ENOENT")
        t.fails("cat < /dev", "EISDIR")
        t.fails("cat < /dev/null", "ENXIO")
        # What stands in front is not cut short by the end of what reads it.
        says(t, "repeat 3 { sleep 0.1; echo late >> /t/late } | true; cat /t/late; rm /t/late", *3 * ["late"])
    with t.same_memory():
        says(t, "cat /dev/zero | head -n 0; echo over", "over")  # a writer without a reader ends
        says(t, "repeat 20000 echo x | wc -l", "20000")  # much more than a pipe holds
        says(t, "repeat 1000000000 echo x | head -n 1", "x")
        says(t, "echo " + "| cat " * 40, "")
        t.run("repeat 100 { echo a | cat | cat } > /dev/null & repeat 100 { echo b | sort } > /dev/null & wait",
              silence=60)


@boot(smp=2)
def appending(t):
    t.succeeds("load tmpfs; mount tmpfs /t")
    says(t, "echo a >> /t/f; echo b >> /t/f; cat /t/f", "a", "b")
    says(t, "echo c > /t/f; { echo d; echo e } >> /t/f; cat /t/f", "c", "d", "e")
    says(t, "cat < /t/f >> /t/f; cat /t/f | wc -l", "6")
    says(t, "echo a >> /dev/null")
    t.fails("echo a >> /nosuch/f", "ENOENT")


@boot(smp=2)
@boot(smp=2, debug=True)
def commands(t):
    files(t)
    t.run("grep a /t/f")
    with t.same_memory():
        says(t, "grep apple /t/f", "apple pie")
        says(t, "grep -i ^apple /t/f", "Apple", "apple pie")
        says(t, "grep -vi p /t/f", "fig", "10", "9")
        says(t, "grep -n '^[0-9]*$' /t/f", "5:10", "6:9")
        says(t, "grep -c 'p.*e' /t/f /t/f", "/t/f:3", "/t/f:3")
        says(t, "grep '[^a-z ]' /t/f", "Apple", "10", "9")
        says(t, "grep 'e$' /t/f", "Apple", "apple pie")
        says(t, "grep nowhere /t/f")
        says(t, "echo $?", "ENOENT")
        says(t, "head -n 2 /t/f", "pear", "Apple")
        says(t, "tail -2 /t/f", "10", "9")
        says(t, "tail -n 1 /t/f /t/f", "==> /t/f <==", "9", "==> /t/f <==", "9")
        says(t, "sort /t/f", "10", "9", "Apple", "apple pie", "fig", "pear")
        says(t, "sort -n /t/f | tail -n 2", "9", "10")
        says(t, "sort -r /t/f | head -n 1", "pear")
        says(t, "cat /t/f /t/f | sort -u | wc -l", "6")
        says(t, "wc /t/f", "      6       7      30 /t/f")
        says(t, "echo abc | hexdump", "00000000  61 62 63 0a                                       |abc.|", "00000004")
        for command in ("grep", "grep -x a", "grep '[a' /t/f", "head -n x", "wc -x /t/f", "sort -", "hexdump -C /t/f"):
            t.fails(command, "EINVAL")
        for name in ("grep a", "head", "tail", "wc", "sort", "hexdump"):
            t.fails(f"{name} /nosuch", "ENOENT")
    t.succeeds("unload text")
    t.succeeds("load text")


@boot(smp=4)
def every_operation_of_a_pipe_failed(t):
    """Whatever fails, nothing is lost."""
    files(t)
    t.run("failnth 1000 source /t/f; cat /t/f | sort > /dev/null")
    t.run("echo 'cat < /t/f | sort | tail -n 3 > /t/g' > /t/script; source /t/script")
    with t.same_memory():
        for nth in range(1, 60):
            lines = t.run(f"failnth {nth} source /t/script")
            if any(re.match("failnth: not reached", line) for line in lines):
                break
        t.check(nth > 10, f"only {nth} operations")
        t.note(f"{nth - 1} operations")
        t.run("source /t/script")


@boot(smp=2)
@boot(smp=2, debug=True)
def by_the_page(t):
    """more: a page, a line, the end; through a pipe it is cat."""
    t.succeeds("load tmpfs; mount tmpfs /t")
    t.run("{ repeat 3 { echo a; echo b; echo c; echo d } } > /t/f")
    t.run("more -20 /t/f")
    with t.same_memory():
        t.check(len(t.run("more /t/f")) == 12, "less than a page")
        says(t, "more -2 /t/f | wc -l", "12")
        for keys, lines in (("q", 5), (" q", 10), ("\r\rq", 7), ("\x03", 5), ("  ", 12)):
            t.mark = start = len(t.text)
            t.send("more -5 /t/f\r")
            for key in keys:
                t.wait_for("--More--")
                t.send(key)
            t.wait_for(r"tenon> \Z")
            came = re.findall(r"^(?:--More--[\b ]*)?([abcd])$", t.text[start:], re.MULTILINE)
            t.check(len(came) == lines, f"{keys!r}: {came}")
        for command in ("more -0 /t/f", "more -x", "more -"):
            t.fails(command, "EINVAL")
        t.fails("more /nosuch", "ENOENT")


@boot(smp=2)
@boot(smp=2, debug=True)
def copied_and_moved(t):
    t.succeeds("load tmpfs; mount tmpfs /t; mkdir /t/d")
    t.run("repeat 1000 echo text > /t/a; cp /t/a /t/b; rm /t/b")
    with t.same_memory():
        t.succeeds("cp /modules/hello.ko /t/hello.ko; load /t/hello.ko; unload hello; rm /t/hello.ko")
        t.succeeds("cp /t/a /t/d; cp /t/a /t/d/b")
        says(t, "cat /t/d/a /t/d/b | wc -l", "2000")
        t.succeeds("mv /t/d/a /t/d/b /t; rm /t/b")
        says(t, "ls /t/d; wc -l /t/a", "1000 /t/a")
        t.fails("cp /t/a /t/./a", "EINVAL", "is the same file")
        t.fails("mv /t/d /t/e", "EISDIR")
        t.fails("cp /nosuch /t/e", "ENOENT")
        t.fails("cp /t/a /nosuch/e", "ENOENT")
        t.fails("cp /t/a /modules", "EROFS")
        for command in ("cp", "cp /t/a", "mv -f /t/a /t/b", "mv /t/a"):
            t.fails(command, "EINVAL")
        for nth in range(1, 40):
            if any("not reached" in line for line in t.run(f"failnth {nth} cp /t/a /t/n")):
                break
            t.fails("stat /t/n", "ENOENT")
        t.succeeds("rm /t/n")
