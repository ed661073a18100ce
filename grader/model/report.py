"""What a grading yields: facts only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from grader.model.assignment import Limits, Visibility
from grader.model.diagnosis import Diagnosis

Values: TypeAlias = Mapping[str, bool | int | float | str | list[int | float | str] | None]


class Verdict(StrEnum):
    """How a case ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    OUTPUT_LIMIT = "output_limit"
    CRASHED = "crashed"
    FORBIDDEN = "forbidden"
    SKIPPED = "skipped"


class Status(StrEnum):
    """Where a grading stands. ``INTERNAL_ERROR`` is our fault and never a score."""

    QUEUED = "queued"
    RUNNING = "running"
    GRADED = "graded"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True)
class Finding:
    """A forbidden thing seen in the source, or that ran: kind is module, name, autograd, caught or numerical.

    autograd   in the source alone: a note for staff
    caught     autograd that the trap caught, which is what costs points
    numerical  what looks like finite differences or a complex step while it runs: a note for staff

    ``where`` is the qualified name of the innermost function or class around it, empty outside of all.
    """

    kind: str
    what: str
    file: str
    line: int
    column: int
    where: str = ""


@dataclass(frozen=True)
class Fact:
    """A feedback code and its values: what ``grader.feedback`` turns into a sentence."""

    code: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class CaseResult:
    """How one case ended. ``output`` is what the submission printed meanwhile.

    ``deviation`` is the greatest difference of its comparisons, in units of what is allowed; None where
    nothing could be subtracted or nobody asked. It is for those who prove a suite, and not kept.
    """

    id: str
    name: str
    function: str
    verdict: Verdict
    fact: Fact
    parts: tuple[str, ...] = ()
    weight: float = 1.0
    visibility: Visibility | None = None
    description: str = ""
    output: str = ""
    seconds: float = 0.0
    deviation: float | None = None


@dataclass(frozen=True)
class Timing:
    """Wall-clock seconds of a grading, and the box's peak memory."""

    total_seconds: float = 0.0
    import_seconds: float = 0.0
    peak_memory_bytes: int = 0


@dataclass(frozen=True)
class Report:
    """The facts of one grading, with everything needed to run it again."""

    assignment: str
    suite: str
    submission: str
    device: str
    seed: int
    status: Status
    cases: tuple[CaseResult, ...] = ()
    load: Fact = Fact("ok")
    findings: tuple[Finding, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    notes: tuple[Fact, ...] = ()
    output: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    timing: Timing = field(default_factory=Timing)
    why: str = ""
