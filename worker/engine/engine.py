"""One grading, from two connections to a report.

Who runs where: the engine lives in the caller's process (command line, Celery child) and never
imports torch. Per grading it connects to the guest zygote, sends the Job, and gives that very
connection to the examiner together with the Exam; from then on keeper and examiner talk without us.

      engine ── Job ──► keeper, in the guest zygote's box
        │                 ▲ Open, Kill │ Loaded, Opened, Ended
        └── Exam + that socket ──► examiner ── LoadReport, CaseDone …, Done ──► engine

Whatever goes wrong on this side of the trust line is our fault: the report's status is then
``internal_error``, with the reason for staff, and it is no score.
"""

import logging
import socket
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from grader import model
from grader.model import bounds
from worker.engine import facts
from worker.engine.listening import Heard, Progress, Running, Telling, listen
from worker.engine.sources import Sources
from worker.engine.zygotes import Zygotes
from worker.sandbox import box, door, extras, policy
from worker.sandbox.box import Zygote
from worker.sandbox.cgroup import Group, Groups
from worker.sandbox.errors import SandboxError, ZygoteGone
from worker.wire import message, patience
from worker.wire.channel import Channel
from worker.wire.errors import ChannelClosed, WireError
from worker.wire.exam import Exam, FromExaminer
from worker.wire.limits import EXAMINER_LIMIT_BYTES

EXAMINER = "examiner"
# How often it is looked whether a zygote that ends is gone.
LOOK_SECONDS = 0.05

log = logging.getLogger("chainrule.engine")


@dataclass(frozen=True)
class EngineSettings:
    """How this machine grades.

    ``cgroups``: bound each box by a control group where that is possible. ``examiner_bytes``: memory for a
    grading's tests and what they are answered.
    """

    cgroups: bool = True
    examiner_bytes: int = EXAMINER_LIMIT_BYTES


class Connectable(Protocol):
    """A zygote as far as a grading needs it."""

    @property
    def path(self) -> str | Path:
        """Where it listens: no two zygotes listen at the same place, one after the other neither."""

    def connect(self) -> socket.socket:
        """Return a new connection: one grading; raises ZygoteGone, or SandboxError when none is taken."""


class Source(Protocol):
    """Where an engine's zygotes come from."""

    def get(self, *names: str, gone: Collection[str] = ()) -> tuple[Connectable, ...]:
        """Return the zygotes of these names; raises SandboxError when one can't be had.

        ``gone``: where some listened that could not be reached; those are started anew, once for everybody.
        """

    def process_ids(self) -> tuple[int, ...]:
        """Return the process ids of those that run and are ours."""

    def close(self) -> None:
        """End those that are ours."""


class Engine:
    """Grades submissions with the zygotes of this machine; safe to share between threads.

    ``zygotes``: those of another process (``worker.engine.sharing``) instead of its own.
    """

    def __init__(self, settings: EngineSettings | None = None, zygotes: Source | None = None) -> None:
        self._settings = settings or EngineSettings()
        self._groups = _find_groups(self._settings)
        self._zygotes = zygotes or own_zygotes()
        self._packages = extras.installed()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the zygotes and everything that runs in them."""
        self._zygotes.close()

    def process_ids(self) -> tuple[int, ...]:
        """Return the process ids of the running zygotes, for measurements."""
        return self._zygotes.process_ids()

    def prepare(self, assignment: model.Assignment, device: str = "cpu") -> None:
        """Start what grading this assignment needs, examiner and guests side by side."""
        names = (name for each in assignment.loaded for name in zygote_names(each.forbidden, device))
        self._zygotes.get(*dict.fromkeys(names))

    def grade(
        self,
        submission: model.Submission,
        suite: model.Suite,
        *,
        seed: int,
        device: str = "cpu",
        progress: Progress | None = None,
        running: Running | None = None,
        measure: bool = False,
        only: tuple[str, ...] = (),
    ) -> model.Report:
        """Run the suite on the submission and return the facts.

        Each entry of the assignment is a sitting of its own, in a box with its own policy. ``progress`` is
        called with each case as it ends, ``running`` with each cell of a notebook that begins; ``measure``:
        cases know their deviation; ``only``: nothing but the tests of these functions is run.
        Raises SandboxError when this machine can't grade at all; a fault within one grading is a report
        with status ``internal_error``.
        """
        plans = facts.sittings(submission, suite, seed, device, measure=measure, only=only)
        sat = [self._sit(each, suite, device, progress, running) for each in plans]
        return bounds.cut(_report(submission, suite, seed, device, sat))

    def _sit(
        self,
        plan: facts.Sitting,
        suite: model.Suite,
        device: str,
        progress: Progress | None,
        running: Running | None,
    ) -> "_Sat":
        """Have one entry loaded and examined; anew where a zygote is gone or the box was starved."""
        wanted = extras.wanted(plan.job.files, self._packages)
        names = zygote_names(plan.entry.forbidden, device, packages=wanted)
        limits = plan.entry.limits
        telling = Telling(progress, running)
        gone: tuple[str, ...] = ()
        until = time.monotonic() + patience.tries(limits.import_seconds, limits.total_seconds)
        for number in range(1, patience.TRIES + 1):
            zygotes = self._zygotes.get(*names, gone=gone)
            sat = self._try(plan, suite, zygotes, telling, until)
            lost = _gone(zygotes) if sat.heard.cut_off and not sat.heard.starved else ()
            if not (lost or sat.heard.hung_up or sat.heard.starved) or time.monotonic() >= until:
                break
            sat.heard.why += f" ({number} of {patience.TRIES} tries)"
            log.warning("a grading begins again: %s", sat.heard.why)
            gone += lost
        return sat

    def _try(
        self,
        plan: facts.Sitting,
        suite: model.Suite,
        zygotes: Sequence[Connectable],
        telling: Telling,
        until: float,
    ) -> "_Sat":
        examiner, guest = zygotes
        limits = plan.entry.limits
        exam = msgspec.structs.replace(plan.exam, examiner_bytes=self._settings.examiner_bytes)
        began = time.monotonic()
        until = min(until, began + patience.engine(limits.import_seconds, limits.total_seconds))
        heard, peak_bytes = Heard(Sources(plan.job.files)), 0
        try:
            with self._group(plan.job.limits) as group:
                try:
                    with _introduce(guest, examiner, plan.job, exam, group) as channel:
                        listen(channel, suite, until, heard, telling)
                finally:
                    peak_bytes = group.usage().peak_bytes if group else 0
        except (SandboxError, WireError, OSError) as error:
            heard.hung_up = isinstance(error, ChannelClosed | ZygoteGone)
            heard.lose(str(error), cut_off=heard.hung_up)
        return _Sat(plan.entry, heard, model.Timing(time.monotonic() - began, heard.load.seconds, peak_bytes))

    @contextmanager
    def _group(self, limits: message.BoxLimits) -> Iterator[Group | None]:
        if self._groups is None:
            yield None
            return
        with self._groups.make(limits.memory_bytes, limits.processes) as group:
            yield group


def zygote_names(forbidden: model.Forbidden, device: str, *, packages: bool = False) -> tuple[str, str]:
    """Return the names of the examiner and the guest that grade a file of which this is forbidden.

    packages  whether it imports some of worker.sandbox.extras
    """
    guest = "trapped" if forbidden.autograd is model.Autograd.FORBID else "plain"
    suffix = "" if device == "cpu" else "-cuda"
    return EXAMINER + suffix, guest + suffix + ("-packages" if packages else "")


def _gone(zygotes: Sequence[Connectable]) -> tuple[str, ...]:
    """Return where zygotes listened that nobody can reach any more; one that is ending may take a moment."""
    until = time.monotonic() + patience.EXIT
    while True:
        gone = tuple(str(each.path) for each in zygotes if not door.is_open(str(each.path)))
        if gone or time.monotonic() >= until:
            return gone
        time.sleep(LOOK_SECONDS)


def own_zygotes() -> Zygotes:
    """Return zygotes of this process; none is started yet."""
    return Zygotes(_launch)


def _launch(name: str) -> Zygote:
    chosen = POLICIES[name]
    return box.start(box.examiner(chosen) if name.startswith(EXAMINER) else box.guest(chosen))


_GUESTS = (policy.TRAPPED, policy.TRAPPED_CUDA, policy.PLAIN, policy.PLAIN_CUDA)
POLICIES = {
    chosen.name: chosen
    for chosen in (
        policy.EXAMINER,
        policy.EXAMINER_CUDA,
        *_GUESTS,
        *(each.with_packages() for each in _GUESTS),
    )
}


def _find_groups(settings: EngineSettings) -> Groups | None:
    """Return where control groups can be made; None degrades to limits per process, as doctor says."""
    found = Groups.find() if settings.cgroups else None
    return found if isinstance(found, Groups) else None


@contextmanager
def _introduce(
    guest: Connectable, examiner: Connectable, job: message.Job, exam: Exam, group: Group | None
) -> Iterator[Channel[FromExaminer]]:
    """Send the job to a keeper, and the keeper's socket with the exam to the examiner."""
    descriptors = group.descriptors if group else ()
    job = msgspec.structs.replace(job, cgroup_descriptors=len(descriptors))
    with Channel[FromExaminer](examiner.connect(), FromExaminer) as channel:
        with Channel[message.FromKeeper](guest.connect(), message.FromKeeper) as keeper:
            keeper.send(job, seconds=patience.SEND, descriptors=descriptors)
            channel.send(exam, seconds=patience.SEND, descriptors=(keeper.fileno(),))
        yield channel


@dataclass(frozen=True)
class _Sat:
    """What a sitting gave."""

    entry: model.Entry
    heard: Heard
    timing: model.Timing


def _report(
    submission: model.Submission, suite: model.Suite, seed: int, device: str, sat: Sequence[_Sat]
) -> model.Report:
    """Return the report of all sittings; how loading went is that of the assignment's first entry."""
    heard = [each.heard for each in sat]
    first = next((each.heard for each in sat if each.entry.file == suite.assignment.entry), Heard())
    why = next((each.why for each in heard if each.why), "")
    return model.Report(
        assignment=suite.assignment.slug,
        suite=suite.digest,
        submission=submission.digest,
        device=device,
        seed=seed,
        status=model.Status.INTERNAL_ERROR if why else model.Status.GRADED,
        cases=tuple(case for each in heard for case in each.cases),
        load=first.sources.fact(model.Fact(first.load.code, first.load.values)),
        findings=tuple(one for each in heard for one in each.findings),
        diagnoses=tuple(one for each in heard for one in each.diagnoses),
        notes=tuple(
            facts.note(noted, each.sources) for each in heard for noted in (*each.notes, *each.load.notes)
        ),
        output="".join(each.load.output for each in heard),
        versions={"chainrule": version("chainrule")}
        | {k: v for each in heard for k, v in each.versions.items()},
        limits=suite.assignment.limits,
        timing=_together([each.timing for each in sat]),
        why=why,
    )


def _together(timings: Sequence[model.Timing]) -> model.Timing:
    return model.Timing(
        sum(each.total_seconds for each in timings),
        sum(each.import_seconds for each in timings),
        max((each.peak_memory_bytes for each in timings), default=0),
    )
