"""A worker: Celery's main process with the zygotes, the sweep and the pool of one machine.

      main process ── zygotes (worker.engine.sharing.Host), housekeeping, consumer
         ├── pool process: one grading at a time, attached to the zygotes
         └── …as many as there are slots

Nothing here imports torch or runs foreign code. Everything ends with the main process: the kernel kills the
pool with it, and the zygotes end with their lifelines. Signals: TERM finishes what runs; QUIT and INT wait
a little for it, then return it to the queue (see grader.queue.stop_limits); told twice, it ends at once.
"""

import logging
import os
import signal
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from billiard import active_children
from celery import Celery, signals
from celery.platforms import SecurityWarning
from celery.worker import state

from grader.config import Settings
from grader.database.db import Database
from grader.database.tables.words import QUEUES
from grader.errors import ChainruleError
from grader.queue import broker, clocks, stop_limits
from grader.queue.breaker import Breaker
from grader.queue.plan import WorkPlan
from grader.queue.sending import CelerySender, Resting
from worker.engine import Attached, Host, own_zygotes
from worker.engine.zygotes import Zygotes
from worker.sandbox.errors import SandboxError
from worker.service.housekeeping import Ears, Hearing, Housekeeping, Identity, Sweep, sweep_in_time
from worker.service.quitting import Watch
from worker.service.tasks import HARD_LIMIT_SECONDS, Desk, register

GRADINGS_PER_PROCESS = 200

log = logging.getLogger("chainrule.worker")


def make_app(settings: Settings, plan: WorkPlan, desk: Desk) -> Celery:
    """Return the application of a worker."""
    app = broker.make_app(settings)
    on_redis = broker.kind(settings.broker) != broker.FILE
    app.conf.update(
        task_acks_late=True,
        task_acks_on_failure=True,
        task_acks_on_timeout=True,
        task_reject_on_worker_lost=True,
        task_retry_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=on_redis,
        worker_soft_shutdown_timeout=plan.patience_seconds,
        worker_enable_soft_shutdown_on_idle=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_max_tasks_per_child=GRADINGS_PER_PROCESS,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=on_redis,
    )
    if on_redis:
        # A message not acknowledged for so long is delivered again: well above the hard limit, or a grading
        # that still runs would be delivered twice.
        app.conf.broker_transport_options["visibility_timeout"] = 2 * HARD_LIMIT_SECONDS
    register(app, desk)
    return app


def work(
    settings: Settings,
    plan: WorkPlan,
    inspect: Callable[[], dict[str, Any]],
    zygotes: Zygotes | Attached | None = None,
) -> int:
    """Take gradings from the queue until a signal ends it; returns the exit code.

    ``inspect`` tries the walls of the sandbox and returns what to say about them, or raises; the zygotes
    (its own, if none are given) start meanwhile, since either takes seconds. Raises ChainruleError when they
    don't: who can't grade takes nothing from the queue, where others or a later start would find it.
    """
    # Whoever started us in the background may have left these ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    zygotes = zygotes or own_zygotes()
    with Host(zygotes) as host:
        with ThreadPoolExecutor(1) as aside:
            warm = aside.submit(_warm, zygotes, plan.device)
            facts = inspect()
        warm.result()
        _wait_for_clock(settings)
        desk = Desk(settings, plan.name, str(host.path))
        worker = _worker(make_app(settings, plan, desk), plan, desk)
        with _housekeeping(settings, plan, facts) as housekeeping:
            seconds = plan.patience_seconds + stop_limits.POOL.seconds
            os.register_at_fork(after_in_child=Watch.forget)
            Watch(seconds, partial(_leave, housekeeping))
            signals.worker_ready.connect(_interrupt_as_quit, weak=False)
            worker.start()
    return int(worker.exitcode or 0)


def _wait_for_clock(settings: Settings) -> None:
    """Take nothing while our clock is wrong. No connection stays open, since the pool is forked from here."""
    database = Database(settings.database, connections=1)

    def look() -> str | None:
        try:
            return clocks.complaint(database)
        finally:
            database.close()

    clocks.wait_until_right(look, partial(clocks.pause, settings.heartbeat_seconds))


def _warm(zygotes: Zygotes | Attached, device: str) -> None:
    """Start what most assignments need, so that the first grading waits less."""
    suffix = "" if device == "cpu" else f"-{device}"
    try:
        zygotes.get(f"examiner{suffix}", f"trapped{suffix}")
    except SandboxError as error:
        cure = error.cure or "Run chainrule doctor, and check the log above."
        raise ChainruleError(error.problem, where="sandbox", cure=cure) from error


def _worker(app: Celery, plan: WorkPlan, desk: Desk) -> Any:
    # Being root is no danger where messages are numbers, and the sandbox becomes another user by itself.
    warnings.simplefilter("ignore", SecurityWarning)
    # Weak references would let go of these at the end of this function.
    signals.setup_logging.connect(_leave_logging, weak=False)
    signals.worker_process_init.connect(lambda **_: desk.open(), weak=False)
    return app.Worker(
        hostname=plan.name,
        queues=list(plan.queues),
        concurrency=plan.slots,
        pool="prefork",
        loglevel="INFO",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        optimization="fair",
    )


def _interrupt_as_quit(**_: Any) -> None:
    """Have Ctrl-C end within the limit too: Celery would wait for all that runs."""
    signal.signal(signal.SIGINT, signal.getsignal(signal.SIGQUIT))


def _leave(housekeeping: Housekeeping) -> None:
    """Kill the pool, hand back what it was grading, and end at once."""
    log.error("the pool is killed; its gradings return to the queue")
    for each in active_children():  # one that is stuck may hold a lock on the database
        with suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGKILL)
    try:
        housekeeping.close()
    finally:
        os._exit(0)  # whatever happens there: this is what quitting in time means


def _leave_logging(**_: Any) -> None:
    """Take the place of Celery's set-up of logs: ours stands already."""


def _housekeeping(settings: Settings, plan: WorkPlan, facts: dict[str, Any]) -> Housekeeping:
    database = Database(settings.database, connections=1)
    sender = Resting(CelerySender(settings), Breaker())
    sweep = Sweep(database, sender, settings, plan.name)
    ears = Ears(_received, lambda: len(state.active_requests), plan.slots)
    return Housekeeping(
        database,
        partial(sweep_in_time, partial(clocks.complaint, database), partial(sweep, QUEUES), _end),
        Hearing(ears, sender.waiting, plan.queues),
        Identity(plan.name, plan.queues, plan.device, facts),
        settings,
        on_deaf=_end,
    )


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _received() -> int:
    return sum(state.total_count.values())
