"""The modules that come with the kernel: what each shows from outside, and that it comes and goes."""
import re

from boot import boot
from machine import says
from renamed import chain


@boot(smp=2, quick=True)
@boot(smp=2, debug=True)
def demo(t):
    with t.same_memory():
        t.succeeds("load hello who=Ada", r"hello: hello, Ada", "^hello: loaded$")
        t.check(t.run("hello") == ["hello, Ada"], "hello")
        t.succeeds("load counter")
        t.check([t.run("cat /dev/counter") for _ in range(3)] == [["1"], ["2"], ["3"]], "counter")
        t.succeeds("load ticker ms=20")
        t.succeeds("load consumer", "^consumer: loaded$")
        t.check(t.run("consumer") == ["42"], "consumer")
        rows = t.lsmod()
        t.check(rows["provider"]["used_by"] == "consumer", f"{rows['provider']}")
        t.check(list(rows)[:5] == ["consumer", "provider", "ticker", "counter", "hello"],
                f"newest first: {list(rows)}")
        ticks(t)
        t.fails("unload provider", "EBUSY", "consumer")
        t.succeeds("unload consumer", "^consumer: unloaded$")
        t.succeeds("unload provider hello", "provider: unloaded|hello: unloaded")
        t.succeeds("unload counter")
        t.succeeds("unload ticker")
    t.fails("cat /dev/counter", "ENOENT")


def ticks(t):
    first = int(t.run("cat /dev/ticker")[0])
    for _ in range(500):
        if int(t.run("cat /dev/ticker")[0]) > first + 2:
            return
    t.check(False, "the ticker does not tick")


@boot()
def counter_restarts(t):
    for _ in range(3):
        t.succeeds("load counter")
        t.check(t.run("cat /dev/counter; cat /dev/counter") == ["1", "2"], "from 1 after each load")
        t.succeeds("unload counter")


@boot()
def information(t):
    lines = t.succeeds("modinfo hello")
    fields = dict(re.match(r"(\w+): +(.*)", line).groups() for line in lines if ":" in line)
    for name in ("filename", "name", "version", "description", "author", "license", "depends", "vermagic",
                 "parm"):
        t.check(name in fields, f"modinfo hello: no {name}")
    t.check(fields["name"] == "hello" and fields["parm"] == "who:the name to greet (charp)", f"{fields}")
    t.check("parmtype" not in fields, f"a line of its own for the type: {fields}")
    t.check(fields["depends"] == "", "hello depends on nothing")
    t.succeeds("modinfo /modules/consumer.ko", "^depends: +provider$")
    lines = t.succeeds("modinfo parameters", "^parm: +p_array:array of int$", "^parm: +p_int:int$")
    t.check(len({line.split(":")[1] for line in lines if line.startswith("parm:")}) ==
            sum(line.startswith("parm") for line in lines), f"a parameter has two lines: {lines}")


@boot(smp=2)
def kmod_names(t):
    with t.same_memory():
        t.check(t.run("insmod /modules/hello.ko who=x") == [], "insmod is silent")
        t.fails("insmod /modules/hello.ko", "EEXIST")
        t.check(t.run("rmmod hello") == [], "rmmod is silent")
        t.fails("rmmod hello", "ENOENT")
        t.fails("insmod /modules/consumer.ko", "ENOENT", "provider_answer")
        t.check(t.run("modprobe consumer") == [], "modprobe is silent")
        t.run("lsmod", "^consumer ", "^provider ")
        t.fails("modprobe -r ''", "ENOENT", "^modprobe: : no such module")
        t.fails("modprobe name_taken", "EEXIST", "^modprobe: name_taken: init returned EEXIST")
        t.check(t.run("modprobe -r consumer") == [], "modprobe -r is silent")
        t.check("consumer" not in t.lsmod(), "consumer is there")
        t.run("modprobe -r provider")
    t.run("dmesg", "hello: hello, x")


@boot(smp=2)
def dry_runs(t):
    with t.same_memory():
        t.succeeds("load -n hello", "^hello: would load$")
        t.check("hello" not in t.lsmod(), "load -n left it")
        t.check(not any("hello, world" in line for line in t.logged), "load -n ran it")
        t.succeeds("load hello")
        t.succeeds("unload -n hello", "^hello: would unload$")
        t.succeeds("hello")
        t.succeeds("load consumer")
        t.fails("unload -n provider", "EBUSY", "consumer")
        t.succeeds("unload consumer provider hello")


@boot(smp=2)
def dashes_are_underscores(t):
    t.succeeds("unload ps2-keyboard", "^ps2_keyboard: unloaded$")
    t.succeeds("load ps2-keyboard", "^ps2_keyboard: loaded$")


@boot(smp=2)
def consoles_go(t):
    """Without its console module the serial line is written by the kernel itself."""
    t.succeeds("unload -w 60 fb_console")
    t.succeeds("load fb_console")
    t.send("unload -w 60 serial_console; load serial_console\r")
    t.wait_for(r"serial_console: loaded\n(?:.*\n)*tenon> \Z")
    t.succeeds("true")
    t.succeeds("unload ps2_keyboard; load ps2_keyboard")


@boot(smp=2, limit=900, alone=True)
def every_module_a_thousand_times(t):
    """Each module but the shell, in and out; the figures at the end are those of the beginning. A console
    that has just come is sent the log: who takes it out at once waits for that call."""
    for name in MODULES:
        present = name in t.lsmod()
        once = f"unload -w 60 {name}; load {name}" if present else f"load {name}; unload {name}"
        t.run(once)
        with t.same_memory():
            t.run(f"{{ repeat 1000 {{ {once} }} }} > /dev/null", silence=300)
            t.status("0")
        t.check((name in t.lsmod()) == present, name)


MODULES = ("hello counter ticker provider serial_console fb_console ps2_keyboard initrd fw_cfg "
           "power watchdog").split()


@boot(smp=2)
def screen(t):
    """Text reaches the screen: a picture of it is not of one colour, and changes with the log."""
    before = picture(t, "before")
    t.run("load hello; unload hello")
    for _ in range(100):
        if picture(t, "after") != before:
            break
        t.quiet(0.2)
    after = picture(t, "after")
    t.check(len(set(after[20:])) > 1, "a screen of one colour")
    t.check(before != after, "the screen does not change")


def picture(t, name):
    path = f"{t.folder.name}/{name}.ppm"
    t.monitor("screendump", filename=path)
    with open(path, "rb") as file:
        return file.read()


@boot(firmware="uefi")
def screen_of_uefi(t):
    screen(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def options_of_kmod(t):
    """What kmod's tools are given, as far as it means something here; the rest is refused with the reason."""
    t.run("load consumer; modprobe -r consumer; modprobe -D consumer")
    with t.same_memory():
        says(t, "modprobe -D consumer", "insmod /modules/provider.ko", "insmod /modules/consumer.ko")
        says(t, "modprobe -R consumer.ko", "consumer")
        says(t, "modprobe -nv hello who=you", "insmod /modules/hello.ko who=you")
        says(t, "modprobe -v consumer", "insmod /modules/provider.ko", "insmod /modules/consumer.ko")
        says(t, "modprobe -v consumer")
        t.fails("modprobe --first-time consumer", "EEXIST")
        t.fails("modprobe -rn provider", "EBUSY", "consumer")
        says(t, "modprobe -rnv consumer", "rmmod consumer", "rmmod provider")
        says(t, "modprobe -rv consumer.ko", "rmmod consumer", "rmmod provider")
        says(t, "modprobe -a hello consumer; rmmod -v hello.ko consumer provider", "hello: unloaded", "consumer: unloaded",
             "provider: unloaded")
        says(t, "modprobe -q nosuch; echo $?", "ENOENT")
        says(t, "modprobe -rq nosuch; echo $?", "ENOENT")
        t.fails("modprobe -a nosuch hello", "ENOENT", "^modprobe: nosuch: ")
        says(t, "rmmod -w 5 hello; load hello.ko; rmmod -f -w hello.ko", "hello: loaded")
        says(t, "modinfo -F depends consumer.ko", "provider")
        says(t, "modinfo -l hello consumer", "MIT", "MIT")
        t.run("modinfo -d hello", "^Says hello")
        t.run("modinfo -p hello", r"^who:.* \(charp\)$")
        says(t, "modinfo -n hello", "/modules/hello.ko")
        says(t, "modinfo -0 -a hello | wc -lc", "      0      15")
        says(t, "modinfo -F nothing hello")
        for line, why in (("insmod -f /modules/hello.ko", "would not run"), ("modprobe -C x hello", "configuration"),
                          ("rmmod -s hello", "one log"), ("modinfo -b / hello", "configuration|folder"),
                          ("modprobe --dump-modversions hello", "versions")):
            t.fails(line, "EINVAL", why)
        for line in ("modprobe", "modprobe -x hello", "modprobe -", "rmmod", "rmmod -x hello", "modinfo", "modinfo -F",
                     "modinfo -x hello", "insmod", "modprobe --remove-holders hello"):
            t.fails(line, "EINVAL")


@boot(smp=2, files=lambda: chain(150, "hello"))
def depends_of_a_long_chain(t):
    """However many it needs in a row, all are told, the last first, and none takes the stack."""
    names = ["hello"] + [f"chain_link_{i:03}" for i in reversed(range(150))]
    with t.same_memory():
        says(t, "modprobe -D chain_link_000", *[f"insmod /modules/{name}.ko" for name in names])
        says(t, "modprobe -D chain_link_000 | wc -l", "151")
        t.run("load chain_link_149")
        says(t, "modprobe -nv chain_link_147", "insmod /modules/chain_link_148.ko", "insmod /modules/chain_link_147.ko")
        t.succeeds("modprobe -r chain_link_149")


@boot(smp=2)
def known_parameters(t):
    """An unknown one is answered by those that there are."""
    with t.same_memory():
        t.fails("load hello whom=you", "EINVAL", "unknown parameter whom ", "^  it has who, of type charp$")
        t.check(len(t.run("load parameters x=1")) > 10, "all")
        t.fails("load provider x=1", "EINVAL", "unknown parameter x")
