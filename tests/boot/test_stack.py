"""What a thread's share of a CPU and of its stack is, and what becomes of a module that leaves it."""
from boot import boot


@boot(smp=2)
@boot(smp=2, debug=True)
def nothing_starves(t):
    """Beside a busy thread of high priority and one of low the normal one goes on too."""
    t.succeeds("load busy_priorities")
    t.succeeds("busy_priorities", "^each priority went on$")
    t.succeeds("unload busy_priorities")
