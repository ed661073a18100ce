"""What a grade is made of: values without behaviour beyond arithmetic on themselves.

An *assignment* asks for *functions*; its *suite* (the hidden tests) has *cases*; a *submission* is a
set of files. A *grading* runs one suite version on one submission and yields a *report*: facts only.
Points come from ``grader.scoring``, sentences from ``grader.feedback``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

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


class Visibility(StrEnum):
    """From when on a student may see something."""

    ALWAYS = "always"
    AFTER_DUE = "after_due"
    AFTER_PUBLISH = "after_publish"
    NEVER = "never"


class Autograd(StrEnum):
    """What the assignment says about automatic differentiation in the hand-in."""

    FORBID = "forbid"
    REPORT = "report"
    ALLOW = "allow"


class Breach(StrEnum):
    """What using something forbidden costs."""

    FUNCTION = "function"
    SUBMISSION = "submission"
    NOTHING = "nothing"


class Isolation(StrEnum):
    """How often a fresh session is forked even if nothing broke."""

    SUBMISSION = "submission"
    FUNCTION = "function"
    TEST = "test"


class Device(StrEnum):
    """Where an assignment may be graded."""

    CPU = "cpu"
    GPU = "gpu"
    ANY = "any"


# No assignment may give a grading more wall clock: what waits for one gives up some time after it.
LONGEST_SECONDS = 1_800


@dataclass(frozen=True)
class Limits:
    """What one grading may use; each limit's breach has a verdict of its own."""

    import_seconds: float = 10.0
    test_seconds: float = 5.0
    total_seconds: float = 60.0
    memory_bytes: int = 1 << 30
    processes: int = 64
    output_bytes: int = 64 * 1024


@dataclass(frozen=True)
class Forbidden:
    """What the hand-in must not use, and what it costs."""

    autograd: Autograd = Autograd.ALLOW
    modules: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    breach: Breach = Breach.FUNCTION


@dataclass(frozen=True)
class Shown:
    """From when on each part of a case, and the total, may be seen by the student."""

    name: Visibility = Visibility.ALWAYS
    verdict: Visibility = Visibility.ALWAYS
    message: Visibility = Visibility.ALWAYS
    output: Visibility = Visibility.NEVER
    total: Visibility = Visibility.ALWAYS


@dataclass(frozen=True)
class Function:
    """A function or method of the hand-in and what it is worth. Zero points: reported only."""

    name: str
    points: float
    bonus: bool = False


@dataclass(frozen=True)
class Script:
    """An old-style test script: the function it counts for, and how many verdicts it prints (0: unknown)."""

    function: str
    verdicts: int = 0


@dataclass(frozen=True)
class Assignment:
    """What is asked, and how it is judged.

    ``files`` may be handed in beside the entry; ``parts`` names a second view of the same cases;
    ``text`` is the file of the assignment's text.
    """

    slug: str
    title: str
    entry: str
    functions: tuple[Function, ...]
    files: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    forbidden: Forbidden = field(default_factory=Forbidden)
    shown: Shown = field(default_factory=Shown)
    device: Device = Device.ANY
    isolation: Isolation = Isolation.SUBMISSION
    scripts: Mapping[str, Script] = field(default_factory=dict)
    text: str = ""

    @property
    def module(self) -> str:
        """The name under which the entry file is imported."""
        return self.entry.removesuffix(".py").replace("/", ".")


@dataclass(frozen=True)
class Suite:
    """One version of the hidden tests: the assignment and every file that influences a verdict."""

    assignment: Assignment
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """The version: a digest of names and contents."""
        return digest_files(self.files)


@dataclass(frozen=True)
class Submission:
    """What one person handed in: file names relative to the hand-in, and their contents."""

    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """The identity: a digest of names and contents."""
        return digest_files(self.files)


@dataclass(frozen=True)
class Finding:
    """A forbidden thing seen in the source; ``kind`` is autograd, module or name.

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
    """How one case ended. ``output`` is what the submission printed meanwhile."""

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


class DiagnosisKind(StrEnum):
    """What a diagnosis says. A ``CONVENTION`` is two departures that make up for each other."""

    FAULT = "fault"
    FACTOR = "factor"
    SHAPE = "shape"
    CONVENTION = "convention"
    CONSEQUENTIAL = "consequential"
    UNKNOWN = "unknown"


class Sure(StrEnum):
    """How sure a diagnosis is: the only known mistake that gives these numbers, one of several, or none."""

    CERTAIN = "certain"
    EITHER = "either"
    DEVIATION = "deviation"


@dataclass(frozen=True)
class Diagnosis:
    """What accounts for the failed cases of one function. Its texts come from the catalogue of mistakes.

    ``where`` names the step in words, ``nodes`` those of the assignment's graph; ``others`` are titles of
    mistakes that give the same numbers; ``because`` is the function to be mended first, if not this one.
    """

    kind: DiagnosisKind
    code: str
    title: str
    what: str
    help: str
    function: str
    cases: tuple[str, ...]
    sure: Sure
    where: str = ""
    nodes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    because: str = ""


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


def digest_files(files: Mapping[str, bytes]) -> str:
    """Return a SHA-256 over names and contents, independent of their order."""
    total = hashlib.sha256()
    for name in sorted(files):
        for chunk in (name.encode(), files[name]):
            total.update(len(chunk).to_bytes(8, "little"))
            total.update(chunk)
    return total.hexdigest()
