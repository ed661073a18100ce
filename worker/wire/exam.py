"""What engine and examiner say to each other about one submission's exam.

engine   → examiner   Exam + keeper's socket, SuiteFiles
examiner → engine     NeedSuite, SuiteBroken, Running, LoadReport, Begun, CaseDone, Done
"""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from worker.wire.limits import EXAMINER_LIMIT_BYTES
from worker.wire.message import Ending, Finding, Message, Note, Part, Running, Values

MOST_OTHERS = 12
"""Mistakes that give the same numbers and are told of at most; people are shown the first few."""

MOST_TERMS = 64
LONGEST_NAME = 200

Power = Annotated[int, Meta(ge=-9, le=9)]
Number = Annotated[float, Meta(ge=-1e9, le=1e9)]


class ScriptPlan(Part, frozen=True):
    """An old-style script: the function it counts for and how many verdicts it prints (0: unknown)."""

    function: str
    verdicts: int = 0


class Exam(Message, frozen=True):
    """One submission to be examined; travels with the keeper's socket.

    ``measure``: say of every case how much of its allowance was used. ``only``: ask the tests of these
    functions alone; all of them if it is empty. ``optional``: the file need not be submitted.
    ``examiner_bytes``: memory for the tests and what they are answered, on top of what is there already.
    """

    suite: str
    functions: tuple[str, ...]
    module: str
    seed: int
    device: str = "cpu"
    isolation: str = "submission"
    test_seconds: float = 5.0
    total_seconds: float = 60.0
    import_seconds: float = 10.0
    output_bytes: int = 64 * 1024
    memory_bytes: int = 1 << 30
    examiner_bytes: int = EXAMINER_LIMIT_BYTES
    scripts: dict[str, ScriptPlan] = msgspec.field(default_factory=dict)
    breach: str = "function"
    autograd: str = "allow"
    measure: bool = False
    only: tuple[str, ...] = ()
    optional: bool = False


class NeedSuite(Message, frozen=True):
    """The examiner does not hold this suite version yet."""


class SuiteFiles(Message, frozen=True):
    """The files of the suite version the exam asked for."""

    files: dict[str, bytes]


class SuiteBroken(Message, frozen=True):
    """The hidden tests can't be collected: the instructor's file and line."""

    file: str
    line: int
    text: str


class LoadReport(Message, frozen=True):
    """What the keeper said about loading the submission; ``code`` is ok or a load code."""

    code: str
    values: Values = msgspec.field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    output: str = ""
    ending: Ending | None = None
    seconds: float = 0.0


class Begun(Message, frozen=True):
    """A test begins; ``total`` is the number of tests of the session."""

    test: str
    function: str
    total: int


class CaseDone(Message, frozen=True):
    """One case, as soon as its test ended. ``deviation``: the greatest of its comparisons, in allowances."""

    id: str
    name: str
    function: str
    verdict: str
    code: str
    values: Values = msgspec.field(default_factory=dict)
    parts: tuple[str, ...] = ()
    weight: float = 1.0
    visibility: str = ""
    description: str = ""
    output: str = ""
    seconds: float = 0.0
    deviation: float | None = None


# A code or a word of a vocabulary, and a name that stands in a sentence: one line, and not long. The decoder
# refuses anything else. What a page takes for markup may be in a name (a case can be called ``x < 0``).
CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
Code = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_]*\Z", max_length=64)]
Word = Annotated[str, Meta(pattern=r"\A[a-z0-9_]*\Z", max_length=64)]
Name = Annotated[str, Meta(pattern=rf"\A[^{CONTROL}]*\Z", max_length=LONGEST_NAME)]


class Term(Part, frozen=True):
    """A word of the vocabulary, and the name that it is said of; without a word the name alone."""

    word: Word
    of: Name = ""


Terms = Annotated[tuple[Term, ...], Meta(max_length=MOST_TERMS)]


class Other(Part, frozen=True):
    """A known mistake that gives the same numbers."""

    mistake: Code
    places: Terms = ()
    operation: Name = ""


class Diagnosis(Part, frozen=True):
    """What accounts for failed cases of a function: a code of the catalogue of mistakes and values, no text.

    The fields are those of ``grader.model.Diagnosis``.
    """

    kind: str
    code: Code
    function: str
    cases: tuple[str, ...]
    sure: str
    places: Terms = ()
    operation: Name = ""
    traits: Terms = ()
    factor: tuple[Power, Power, Number] | None = None
    within: Word = ""
    others: Annotated[tuple[Other, ...], Meta(max_length=MOST_OTHERS)] = ()
    names: Annotated[tuple[tuple[Name, Name], ...], Meta(max_length=MOST_TERMS)] = ()
    nodes: tuple[Name, ...] = ()
    because: str = ""


class Done(Message, frozen=True):
    """Every case has been sent. ``why`` tells what cut the exam short, if anything of ours did; ``starved``:
    the machine had no processor for the box.

    ``caught`` is what the autograd trap caught, ``forbidden`` the functions which that costs, each with the
    values of the fact: also cases that were told before count for them as forbidden. ``notes`` are for staff.
    """

    versions: dict[str, str] = msgspec.field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    caught: tuple[Finding, ...] = ()
    forbidden: dict[str, Values] = msgspec.field(default_factory=dict)
    seconds: float = 0.0
    why: str = ""
    starved: bool = False


ToExaminer: TypeAlias = Exam | SuiteFiles
FromExaminer: TypeAlias = NeedSuite | SuiteBroken | Running | LoadReport | Begun | CaseDone | Done
