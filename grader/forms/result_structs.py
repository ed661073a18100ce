"""What the JSON API says, as typed forms: the server fills them in, the client checks what it gets by them.

Fields may be added; a change of meaning takes a new version in the address (``/api/v1``). What the reader
may not see is null. ``Report`` is the form of ``chainrule grade --json`` (docs/report.schema.json).
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

Content = Annotated[str, Meta(extra_json_schema={"format": "binary"})]


class Form(msgspec.Struct):
    """Base of all forms."""


class Problem(Form):
    """What went wrong, where, and what to do. ``code`` is for programs, the rest for people."""

    status: int
    code: str
    what: str
    where: str = ""
    cure: str = ""


class Failure(Form):
    """The answer to every request that was not served."""

    error: Problem


class Account(Form):
    """Whose token this is."""

    id: int
    email: str
    name: str
    is_admin: bool


class Assignment(Form):
    """What is asked, and what holds for the reader: dates with extensions, attempts, team."""

    id: int
    course: str
    slug: str
    title: str
    entry: str
    opens_at: datetime | None
    due_at: datetime | None
    late_until: datetime | None
    grace_seconds: int
    late_percent_per_day: float
    standing: str
    counts: str
    attempts_per_hour: int
    attempts_left: int | None
    next_attempt_at: datetime | None
    team: str | None


class Course(Form):
    """A course of the reader, with the assignments that they may read."""

    id: int
    slug: str
    title: str
    zone: str
    role: str
    assignments: list[Assignment]


class Courses(Form):
    """All courses of the reader."""

    courses: list[Course]


class Case(Form):
    """One case of a hidden test."""

    name: str
    part: str
    parts: list[str]
    verdict: str | None
    points: float | None
    max_points: float
    message: str | None
    help: str
    description: str
    output: str
    visibility: str
    seconds: float


class Function(Form):
    """One function, with its cases."""

    name: str
    score: float | None
    max_score: float
    bonus: bool
    counts: bool
    verdict: str | None
    summary: str
    cases: list[Case]


class Part(Form):
    """A second view of the same cases."""

    name: str
    passed: int
    total: int
    share: float


class Manual(Form):
    """A part that a person judges: ``waits`` until somebody has."""

    name: str
    score: float | None
    max_score: float
    bonus: bool
    what: str
    waits: bool
    why: str
    by: str
    at: datetime | None


class Finding(Form):
    """Something forbidden that the source shows, or that the autograd trap caught."""

    kind: str
    what: str
    file: str
    line: int
    column: int
    where: str


class Mend(Form):
    """A mistake, or a wrong case that no known mistake accounts for; the first is to be mended first."""

    where: str
    title: str
    message: str
    help: str
    sure: str
    shows: str
    follows: list[str]
    nodes: list[str]


class Timing(Form):
    """How long it took; students get it rounded."""

    total_seconds: float
    import_seconds: float
    peak_memory_bytes: int


class Report(Form):
    """A grading as the reader may see it now."""

    version: int
    assignment: str
    title: str
    file: str
    suite: str
    submission: str
    device: str
    seed: int | None
    versions: dict[str, str]
    limits: dict[str, float]
    status: str
    score: float | None
    max_score: float | None
    summary: str
    mend: list[Mend]
    load: str
    functions: list[Function]
    parts: list[Part]
    findings: list[Finding]
    notes: list[str]
    output: str
    why: str
    timing: Timing
    manual: list[Manual] = msgspec.field(default_factory=list)


class Submission(Form):
    """What was handed in, and what came of it.

    ``raw_score`` is what tests and people gave, ``score`` what lateness and decisions leave of it.
    ``ahead``: gradings that wait before this one; ``waits``: parts that nobody has judged yet.
    """

    id: int
    assignment: int
    attempt: int
    by: str
    team: str | None
    received_at: datetime
    late_seconds: int
    digest: str
    files: dict[str, int]
    status: str
    ahead: int
    raw_score: float | None
    score: float | None
    max_score: float | None
    overridden: bool
    counts: bool
    page: str
    waits: list[str] = msgspec.field(default_factory=list)


class Result(Form):
    """A submission with its report: null until a worker has begun, partial while it runs."""

    submission: Submission
    report: Report | None


class History(Form):
    """Somebody's submissions to one assignment, newest first. ``withheld``: the scores wait."""

    assignment: Assignment
    withheld: bool
    submissions: list[Submission]


class Upload(Form):
    """Files as a form sends them: one or several, or one zip."""

    files: list[Content]
