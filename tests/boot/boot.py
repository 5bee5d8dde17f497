"""How a boot test is declared, and which machine it gets.

    from boot import boot

    @boot(smp=4)
    @boot(smp=4, debug=True)
    def hello(t):
        t.run("load hello", "hello: hello, world", "^hello: loaded$")

Each @boot makes one test of the function; t is a Machine that has reached its prompt.
"""
import dataclasses
import typing

tests = []


@dataclasses.dataclass
class Config:
    """A machine, as it is described at the head of a test."""
    smp: int = 2
    mem: str = "256M"
    machine: str = "q35"
    machine_options: list = dataclasses.field(default_factory=list)
    cpu: str = "max"
    accel: str = "tcg,thread=multi"
    firmware: str = "bios"
    debug: bool = False
    words: str = ""  # of the kernel's command line, besides `debug`
    serial: bool = True
    vga: typing.Optional[str] = None
    exit_device: bool = True  # isa-debug-exit
    bare: bool = False  # no default devices
    usb_stick: bool = False  # the image as a disk, not as a CD
    rc: typing.Optional[str] = None  # text for the shell, through fw_cfg
    qemu: typing.Any = dataclasses.field(default_factory=list)  # words, or a function that returns them
    boot_set: typing.Optional[list] = None  # modules that GRUB loads; None: the usual
    platform: typing.Any = None  # a stand_in.platform.Platform: no firmware, no GRUB
    archive: bool = True  # /modules is there
    build: str = ""  # the kernel and its modules come from this folder in the build folder
    test_modules: bool = True  # ... and holds tests/modules too
    files: typing.Optional[typing.Callable] = None  # () -> {name in /modules: path}
    silence: float = 90  # seconds without output that count as a hang
    limit: float = 600  # seconds for one wait
    alone: bool = False  # nothing else runs beside it
    to_prompt: bool = True  # the test begins at the first prompt
    quick: bool = False  # part of make test-quick
    name: str = ""  # besides the function's

    @property
    def command_line(self):
        return " ".join((["debug"] if self.debug else []) + self.words.split())

    def label(self):
        shown = [self.name] if self.name else []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in ("smp", "mem", "machine", "cpu", "firmware") and value != field.default:
                shown.append(f"{field.name}={value}")
        shown += ["debug"] if self.debug else []
        return f"[{','.join(shown)}]" if shown else ""


@dataclasses.dataclass
class Test:
    name: str
    function: typing.Callable
    config: Config

    @property
    def weight(self):
        """How many of the runner's places it takes."""
        return 2 if self.config.alone or self.config.smp > 4 else 1


def boot(**settings):
    config = Config(**settings)

    def declare(function):
        module = function.__module__.removeprefix("test_")
        tests.append(Test(f"{module}.{function.__name__}{config.label()}", function, config))
        return function
    return declare
