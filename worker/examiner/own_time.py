"""How long hidden tests may calculate themselves: as long as the whole grading, and are ended after that."""

import signal
import time
from types import FrameType

from worker.examiner.budget import Budget
from worker.examiner.errors import TestsHung
from worker.wire import metering, patience
from worker.wire.metering import Limit, Used


def limit_own_time(seconds: float, budget: Budget) -> None:
    """From now on raise ``TestsHung`` in the running test once the tests' own work took too long.

    seconds  of CPU time that all tests have; what the box was waited for counts elsewhere
    """
    limit = _limit(seconds, budget)

    def ring(number: int, frame: FrameType | None) -> None:
        used, wall = spent()
        if limit.breach(used, wall) is not None:
            raise TestsHung
        signal.setitimer(signal.ITIMER_REAL, limit.look_seconds(used, wall))

    def spent() -> tuple[Used, float]:
        cpu = time.process_time() - began_cpu - budget.own_seconds
        return Used(cpu), time.monotonic() - began - budget.waited_seconds + waited

    began, began_cpu, waited = time.monotonic(), time.process_time(), budget.waited_seconds
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit.look_seconds(*spent()))


def end_limit() -> None:
    """Let the process do what remains without a limit."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def _limit(seconds: float, budget: Budget) -> Limit:
    return metering.limit(seconds, patience.whole_net(seconds), metered=budget.metered)
