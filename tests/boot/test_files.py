"""Files are a module (docs/adr/0011-files-are-a-module.md): what is there without it, how it goes and comes, and
what its faults and those of filesystems take along."""
from boot import boot
from test_ending import force_out, is_well, logged
from test_rules import state

MISSING = "no module reads files now: load files"


@boot(boot_set="watchdog terminal serial_console initrd fw_cfg power shell".split())
@boot(boot_set="watchdog terminal serial_console initrd fw_cfg power shell".split(), debug=True)
def left_out_of_the_boot_set(t):
    """The prompt comes, and what needs files says that they are missing."""
    logged(t, rf"initrd: not loaded: needs files: no file /modules/files\.ko: {MISSING} \(ENOENT\)")
    with t.same_memory():
        t.check(t.run("load hello") == [f"load: hello: no file /modules/hello.ko: {MISSING} (ENOENT)"], "by name")
        t.check(t.run("load /hello") == [f"load: /hello: {MISSING} (ENOSYS)"], "by path")
        t.fails("echo text > /dev/null", "ENOSYS", "no module takes output to files now: load files")
        t.fails("ls /", "ENOENT")
    t.check(set(t.lsmod()) == {"watchdog", "terminal", "serial_console", "power", "shell"}, f"{t.lsmod()}")


@boot(smp=2)
@boot(smp=2, debug=True)
def out_and_in(t):
    """Held by name, it stays; with nothing that needs it, it goes, and comes back from the boot set."""
    t.fails("unload files", "EBUSY", "module initrd depends on it")
    t.fails("unload -f files", "EBUSY", "module initrd depends on it")
    with t.same_memory():
        t.succeeds("unload initrd fw_cfg text sys files", "^files: unloaded$")
        t.fails("mounts", "ENOENT")
        t.fails("load /modules/hello.ko", "ENOSYS")
        t.succeeds("load files", "^files: loaded$")
        t.check(t.run("ls /") == ["dev/"], "what is there")
        t.succeeds("unload files")
        t.succeeds("load initrd", "^initrd: loaded$")
        t.succeeds("load fw_cfg", "^fw_cfg: loaded$")
        t.succeeds("load text", "^text: loaded$")
        t.succeeds("load sys", "^sys: loaded$")
        is_well(t)


@boot(smp=2)
def held_by_output(t):
    """Output to a file holds both the filesystem and this module while it is open."""
    t.succeeds("load tmpfs; mount tmpfs /t")
    with t.same_memory():
        t.fails("unload -n files > /t/f", "EBUSY")
        t.check(t.run("{ unload -n tmpfs; true } > /t/f; rm /t/f")[0].startswith("unload: tmpfs: in use"), "tmpfs")
        t.check(any("sink /t/f (files at " in line for line in t.run("unload -n files > /t/f; rm /t/f")), "by name")


@boot(smp=2)
@boot(smp=2, debug=True)
def faults(t):
    """A fault in it ends it alone: what the boot set has still loads by name, and it can be replaced."""
    t.succeeds("load files_fault")
    with t.same_memory():
        t.succeeds("files_fault", "fault: ")
        t.check(state(t, "files") == "failed", "its state")
        t.fails("load /modules/hello.ko", "ENOSYS")
        t.succeeds("unload power")
        t.succeeds("load power", "^power: loaded$")
        t.fails("echo text > /dev/null", "ENOSYS")
        t.succeeds("unload initrd fw_cfg text sys")
        force_out(t, "files")
        t.succeeds("load initrd")
        t.succeeds("load fw_cfg; load text; load sys")
        is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def false_filesystem(t):
    """What a filesystem says is not believed, and a fault in it is its own."""
    with t.same_memory():
        t.succeeds("load false_filesystem")
        for command, error in (("stat /false/kind", "EIO"), ("ls -l /false/kind", "EIO"), ("load /false/kind", "EIO"),
                               ("load /false/large", "E2BIG"), ("load /false/unmeasured", "EIO"), ("load /false/short", "EIO"),
                               ("cat /false/more", "EIO"), ("cat /false/number", "EIO"), ("stat /false/number", "EIO"),
                               ("ls /false", "EIO"), ("mount false /m", "EIO"), ("load /false/more", "EIO"),
                               ("load /false", "EISDIR"), ("echo > /false/short", "EROFS")):
            t.fails(command, error)
        t.fails("cat /false/fault", "ENOTRECOVERABLE", "fault: .* in false_filesystem at")
        t.check(state(t, "false_filesystem") == "failed" and state(t, "files") == "live", "which has failed")
        force_out(t, "false_filesystem")
    is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def results_below_an_int(t):
    """What read and write return is looked at whole: -2^32 is no success."""
    for answer in (-(1 << 32), -(1 << 32) - 5, -(1 << 63), -4095, 1 << 32):
        with t.same_memory():
            t.succeeds(f"load false_node answer={answer}")
            t.fails("cat /dev/false", "EIO", rf"false_node: read of /dev/false, \d+ bytes, returned {answer}$")
            t.fails("echo x > /dev/false", "EIO", rf"false_node: write of /dev/false, 2 bytes, returned {answer}$")
            t.succeeds("unload false_node")
    t.succeeds("load false_sink answer=-4294967296; unload initrd fw_cfg text sys files; false_sink")
    with t.same_memory():
        t.fails("echo x > /f", "EIO", r"false_sink: write to /f, 2 bytes, returned -4294967296$")
    t.succeeds("unload false_sink; load initrd; load fw_cfg; load text; load sys")
    is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def closed_twice(t):
    """The line in the log names the command, and nothing else happens."""
    t.succeeds("load closes_twice")
    with t.same_memory():
        t.succeeds("closes_twice", r"closes_twice:.* closes a file that is not open$")
        t.check("heap" not in "".join(t.logged) and "files:" not in "".join(t.logged), f"no other is blamed: {t.logged}")
    t.succeeds("unload closes_twice")
    is_well(t)


@boot(smp=2)
def one_look_up(t):
    """A load looks its path up once: the file whose size is taken is the file that is read."""
    t.succeeds("load false_filesystem")
    answer = t.run("load /false/replaced", "false_filesystem: look-up 1 of replaced")
    t.check("(ENOEXEC)" in "".join(answer), f"it is read: {answer}")
    t.check(len(t.logged) == 1, f"look-ups: {t.logged}")
    t.fails("load /dev/null", "EINVAL", "is not a regular file")


@boot(smp=2)
@boot(smp=2, debug=True)
def bookings(t):
    """A wrong booking is refused; the end of one runs in a call on the module that it belongs to."""
    t.succeeds("load booking_provider")
    t.succeeds("booking_misuse", "thing wrong is not made: its end is in a text",
               "thing wrong is not made: it is booked already")
    t.succeeds("unload booking_provider", "booking_provider: left behind: thing wrong made at")
    with t.same_memory():
        t.succeeds("load booking_user")
        t.succeeds("unload booking_user", "booking_user: left behind: thing right made at", "fault: ")
        t.check(state(t, "booking_provider") == "failed", "whose fault it is")
        force_out(t, "booking_provider")
    is_well(t)


@boot(smp=2)
@boot(smp=2, debug=True)
def room(t):
    """df says what a filesystem says of its room; sync asks each, and tells the one that fails."""
    with t.same_memory():
        t.succeeds("load tmpfs limit_kib=64; mount tmpfs /t; mkdir /t/d")
        t.succeeds("df", r"^Filesystem +1K-blocks +Used +Available +Use% +Mounted on$", r"^tmpfs +64 +0 +64 +0% /t$")
        t.succeeds("df", r"^sysfs +- +- +- +- /sys$")
        t.run("repeat 5 { meminfo >> /t/d/f }; write /t/g x")
        t.succeeds("df /t/d/f", r"^tmpfs +64 +8 +56 +13% /t$")
        t.succeeds("df /modules", r"^initrd +(\d+) +\1 +0 100% /modules$")
        t.succeeds("df /dev/null", r"^root +- +- +- +- /$")
        t.succeeds("rm /t/d/f /t/g; df /t", r"^tmpfs +64 +0 +64 +0% /t$")
        t.fails("df /t/nosuch", "ENOENT")
        t.fails("df -h", "EINVAL")
        t.succeeds("sync")
        t.fails("sync now", "EINVAL")
        t.succeeds("load false_filesystem")
        t.fails("df /false", "EIO")
        t.fails("sync", "ENOSPC", "^sync: /false: ")
        t.succeeds("unload false_filesystem; umount /t; unload tmpfs")
