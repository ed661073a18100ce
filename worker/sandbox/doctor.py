"""Tries every wall in a real box and says which hold on this machine.

A probe is a small attack (probes.py). That it fails proves something only if it succeeds where its
wall is missing, so tests take each wall away alone and expect ``holds=False`` here.
"""

import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from worker.sandbox import box, policy, probes, view
from worker.sandbox.box import Zygote
from worker.sandbox.cgroup import Group, Groups
from worker.sandbox.errors import SandboxError
from worker.sandbox.policy import Policy, Wall
from worker.sandbox.probe_table import LIMITS, PROBES, Probe, Stand
from worker.wire import metering, patience
from worker.wire.channel import Channel
from worker.wire.errors import WireError
from worker.wire.message import FromKeeper, Job, Loaded, LoadFailed

ANSWER_SECONDS = 30.0
CLOCK_SLACK_SECONDS = 2.0
_HELD = "tested: refused"
_BEGUN = "the attack begins"
_MARK = "found: "
_FILE = "from worker.sandbox.probes import *\nprint({begun!r}, flush=True)\nprint({mark!r} + {attack})\n"
Answer = Loaded | LoadFailed


@dataclass(frozen=True)
class WallReport:
    """One wall as it was measured.

    name      of the wall
    guards    what it is for
    holds     what the probe found
    measured  the result of the probe, in words
    cure      how to fix it
    needed    without it nothing should be graded
    lost      what is lost without it
    """

    name: str
    guards: str
    holds: bool
    measured: str
    cure: str
    needed: bool
    lost: str


def inspect(
    chosen: Policy = policy.TRAPPED,
    *,
    only: Iterable[Wall] = tuple(Wall),
    groups: Groups | str | None = None,
) -> tuple[WallReport, ...]:
    """Run the probes of the walls named, in boxes of this policy.

    ``groups`` are the control groups to use (default: those of this machine, if any). Where no box
    can be had at all, no wall holds, and each report names the cure.
    """
    wanted = frozenset(only)
    with _Clinic(chosen, Groups.find() if groups is None else groups) as clinic:
        reports = [clinic.report(probe) for probe in PROBES if probe.wall in wanted]
    return (*reports, *(_card_reports() if wanted == frozenset(Wall) else ()))


def _card_reports() -> tuple[WallReport, ...]:
    """Say, where there is a card, which walls a box with a card goes without."""
    if not view.CARD.exists():
        return ()
    missing = ", ".join(sorted(policy.NOT_WITH_A_CARD))
    lost = "the driver's system calls are allowed, and the autograd trap is weaker"
    report = WallReport(
        name="boxes with a card",
        guards="submissions graded on the card have the same walls as others",
        holds=False,
        measured=f"disabled, because the driver needs them after the lock-down: {missing}; {lost}",
        cure="Grade on the CPU where the assignment allows it.",
        needed=False,
        lost=lost,
    )
    return (report,)


class _Clinic:
    """Zygotes for probes, started when first needed; most need no torch and start at once."""

    def __init__(self, chosen: Policy, groups: Groups | str) -> None:
        self._policy = chosen
        self._groups = groups
        self._guarded = view.guarded_files()
        self._open = ExitStack()
        self._cold: Zygote | None = None
        self._threshold: dict[str, str] | None = None

    def __enter__(self) -> "_Clinic":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def report(self, probe: Probe) -> WallReport:
        cure = probe.cure
        try:
            through, measured = self._try(probe)
        except WireError as error:
            through, measured = True, f"the probe did not run: {error}"
        except SandboxError as error:
            through, measured = True, f"the probe did not run: {error.problem}"
            cure = error.cure or cure
        lost = f"{measured}; {probe.lost}" if through else measured
        return WallReport(probe.wall.value, probe.guards, not through, lost, cure, probe.needed, probe.lost)

    def _try(self, probe: Probe) -> tuple[bool, str]:
        """Return whether the attack got through, and what came of it."""
        match probe.stand:
            case Stand.THRESHOLD:
                return _judge(self._at_threshold(probe.attack))
            case Stand.WARM:
                return self._autograd(probe)
            case Stand.GROUP:
                return self._in_group(probe)
            case Stand.CLOCK:
                began = time.monotonic()
                self._ask(probe)
                seconds = time.monotonic() - began
                most = _import_limit().most_seconds
                return seconds > most + CLOCK_SLACK_SECONDS, f"ended after {seconds:.1f} s of {most:.1f} s"
            case Stand.FLOOD:
                answer = self._ask(probe)
                cut = isinstance(answer, LoadFailed) and answer.code == "output_limit"
                return not cut, "stopped at the limit" if cut else "all output was accepted"
            case Stand.PAIR:
                self._ask(probe)
        return _judge(_found(self._ask(probe)))

    def _ask(self, probe: Probe, group: Group | None = None) -> Answer:
        if self._cold is None:
            self._cold = self._open.enter_context(box.start(box.guest(self._policy, warm=False)))
        return run(self._cold, probe.attack.format(guarded=self._guarded), group)

    def _autograd(self, probe: Probe) -> tuple[bool, str]:
        with box.start(box.guest(self._policy)) as zygote:
            through, measured = _judge(_found(run(zygote, probe.attack)))
            level = zygote.facts.get("trap", "none")
        weaker = level != "native"
        return through or weaker, f"{measured} (trap: {level})"

    def _in_group(self, probe: Probe) -> tuple[bool, str]:
        if Wall.CGROUP not in self._policy.walls:
            return _judge(_found(self._ask(probe)))
        if isinstance(self._groups, str):
            return True, f"no control group: {self._groups}"
        try:
            group = self._groups.make(LIMITS.memory_bytes, LIMITS.processes)
        except OSError as error:
            return True, f"no control group: {error}"
        with group:
            answer = self._ask(probe, group)
            kills = group.usage().out_of_memory_kills
        if kills and _found(answer) == "":
            return False, "stopped at the limit"
        return _judge(_found(answer) or "the limit had no effect")

    def _at_threshold(self, name: str) -> str:
        if self._threshold is None:
            self._threshold = self._cross_threshold()
        return self._threshold.get(name, "the probe gave no answer")

    def _cross_threshold(self) -> dict[str, str]:
        """Run all threshold probes in two boxes; what the second finds may be of the first."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            names = ",".join(f"{name}:{port}" for name in probes.THRESHOLD)
            with box.start(box.guest(self._policy, warm=False, probe=names)) as zygote:
                outputs = [run(zygote, "''").output for _ in range(2)]
        found: dict[str, str] = {}
        for line in "".join(outputs).split("\n"):
            if line.startswith(probes.MARK):
                name, _, text = line.removeprefix(probes.MARK).partition("=")
                found[name] = found.get(name) or text
        return found


def run(zygote: Zygote, attack: str, group: Group | None = None) -> Answer:
    """Evaluate an expression over worker.sandbox.probes in a box; returns how the import went."""
    source = _FILE.format(begun=_BEGUN, mark=_MARK, attack=attack)
    descriptors = group.descriptors if group else ()
    job = Job(
        files={"probe.py": source.encode()},
        entry="probe.py",
        seed=0,
        limits=LIMITS,
        cgroup_descriptors=len(descriptors),
    )
    with Channel[FromKeeper](zygote.connect(), FromKeeper) as keeper:
        keeper.send(job, seconds=ANSWER_SECONDS, descriptors=descriptors)
        answer = keeper.receive(seconds=ANSWER_SECONDS)
    if not isinstance(answer, Loaded | LoadFailed):
        raise WireError(f"a keeper answered {type(answer).__name__}")
    if isinstance(answer, LoadFailed) and answer.ending is not None and answer.ending.blame == "us":
        raise SandboxError(f"no box could be made: {answer.ending.why}")
    return answer


def _import_limit() -> metering.Limit:
    seconds = LIMITS.import_seconds
    return metering.limit(seconds, patience.step_net(seconds), metered=True)


def _found(answer: Answer) -> str:
    """Return what the attack says it got through to; nothing where it was ended after it had begun."""
    lines = answer.output.split("\n")
    for line in lines:
        if line.startswith(_MARK):
            return line.removeprefix(_MARK)
    ended = isinstance(answer, LoadFailed) and answer.ending is not None
    return "" if ended and _BEGUN in lines else _not_run(answer)


def _not_run(answer: Answer) -> str:
    if isinstance(answer, LoadFailed):
        return f"the probe failed: {answer.code} {dict(answer.values)}"
    return "the probe gave no answer"


def _judge(found: str) -> tuple[bool, str]:
    return bool(found), found or _HELD
