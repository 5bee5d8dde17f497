"""What is run: steps, each some work for one machine size. Steps of the same machine share its boots;
in each round ours and Linux's variants take turns, so that a noisy moment strikes all of them."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    figures: tuple  # the names by which ONLY= chooses it
    smp: tuple
    rounds: int
    image: str = "bench"  # of ours: bench, many, or plain (then it is the boot that is measured)
    ours: tuple = ()  # lines for the shell
    linux: tuple = ()  # jobs for its init
    archive: str = "bench"  # Linux's: bench or big
    counted: bool = False  # the clock counts instructions: exact, and for ours alone


@dataclass
class Group:
    """The steps that share boots."""
    smp: int
    image: str
    archive: str
    counted: bool
    steps: list = field(default_factory=list)

    @property
    def rounds(self):
        return max(step.rounds for step in self.steps)

    def boots(self, number):
        """Is a boot of ours measured in round @number?"""
        return any(step.image == "plain" and number < step.rounds for step in self.steps)

    def ours(self, number):
        return [line for step in self.steps if number < step.rounds for line in step.ours]

    def linux(self, number):
        return [job for step in self.steps if number < step.rounds for job in step.linux]


def command(module, *arguments):
    """Lines that load a bench module, give its command each of the arguments, and unload it."""
    return (f"load {module}", *(f"{module} {argument}".rstrip() for argument in arguments),
            f"unload {module}")


HOOKS = tuple(f"bench_hooks_{number}" for number in (1, 2, 3, 4))

HOOK_LINES = ("load bench_hook", *(f"load {name}" for name in HOOKS), "bench_hook",
              "unload bench_hook " + " ".join(HOOKS))

STEPS = [
    Step(("boot", "memory"), (1, 4), 15, image="plain", linux=("memory",)),
    Step(("load", "unload"), (1, 2, 4), 15,
         ours=command("bench_load", "load bench_smallest 20"),
         linux=("load=load,bench_smallest,20",)),
    Step(("get_put", "plain_call"), (4,), 5,
         ours=command("bench_get_put", 1, 2, 4),
         linux=tuple(f"run=bench_get_put,{callers}" for callers in (1, 2, 4))),
    Step(("hook",), (4,), 5, ours=HOOK_LINES),
    Step(("stop", "stop_busy"), (4,), 5,
         ours=command("bench_stop", 0, 1), linux=("run=bench_stop,0", "run=bench_stop,1")),
    Step(("stop", "stop_busy"), (1, 2), 3,
         ours=command("bench_stop", 0, 1), linux=("run=bench_stop,0", "run=bench_stop,1")),
    Step(("stop", "stop_busy"), (8, 16), 3,
         ours=command("bench_stop", 0, 1), linux=("run=bench_stop,0", "run=bench_stop,1")),
    Step(("switch", "wake"), (4,), 5,
         ours=command("bench_thread", ""), linux=("run=bench_thread,0",)),
    Step(("timer", "ipi"), (4,), 5,
         ours=command("bench_interrupt", ""), linux=("run=bench_interrupt,0",)),
    Step(("heap", "page"), (4,), 5,
         ours=(*command("bench_heap", 1, 2, 4), *command("bench_page", 1, 2, 4)),
         linux=tuple(f"run={name},{callers}" for name in ("bench_heap", "bench_page")
                     for callers in (1, 2, 4))),
    Step(("instructions",), (1,), 1, counted=True,
         ours=(*command("bench_load", "load bench_smallest 20"), *command("bench_heap", 1),
               *command("bench_page", 1), *HOOK_LINES)),
    Step(("instructions",), (4, 64), 1, counted=True, ours=command("bench_stop", 0)),
    Step(("load_big",), (4,), 5, archive="big",
         ours=command("bench_load", "load_big bench_big 3"),
         linux=("load=load_big,bench_big,3", "load=load_big_bare,bench_big_bare,3")),
    Step(("load_many", "lsmod"), (4,), 9, image="many",
         ours=command("bench_load", "many 1000", "away 1000")),
]


def chosen(only):
    """The steps that give the figure @only (all without it), grouped; () when it is unknown."""
    groups = {}
    for step in STEPS:
        if only and only not in step.figures:
            continue
        for smp in step.smp:
            # a plain boot of ours goes with whatever Linux does at that size
            image = "bench" if step.image == "plain" else step.image
            key = (smp, image, step.archive, step.counted)
            groups.setdefault(key, Group(*key)).steps.append(step)
    return sorted(groups.values(), key=lambda group: (group.image, group.archive, group.counted, group.smp))
