"""What the JSON API says, as typed forms: the server fills them in, the client checks what it gets by them.

Fields may be added; a change of meaning takes a new version in the address (``/api/v1``). What the reader
may not see is null. ``ReportForm`` is the form of ``chainrule grade --json`` (docs/report.schema.json).
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

Content = Annotated[str, Meta(extra_json_schema={"format": "binary"})]


class Form(msgspec.Struct):
    """Base of all forms."""


class ProblemForm(Form):
    """What went wrong, where, and what to do. ``code`` is for programs, the rest for people."""

    status: int
    code: str
    what: str
    where: str = ""
    cure: str = ""


class FailureForm(Form):
    """The answer to every request that was not served."""

    error: ProblemForm


class AccountForm(Form):
    """Whose token this is."""

    id: int
    email: str
    name: str
    is_admin: bool


class AssignmentForm(Form):
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


class CourseForm(Form):
    """A course of the reader, with the assignments that they may read."""

    id: int
    slug: str
    title: str
    zone: str
    role: str
    assignments: list[AssignmentForm]


class CoursesForm(Form):
    """All courses of the reader."""

    courses: list[CourseForm]


class CaseForm(Form):
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


class FunctionForm(Form):
    """One function, with its cases."""

    name: str
    score: float | None
    max_score: float
    bonus: bool
    counts: bool
    verdict: str | None
    summary: str
    cases: list[CaseForm]


class PartForm(Form):
    """A second view of the same cases."""

    name: str
    passed: int
    total: int
    share: float


class ManualForm(Form):
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


class FindingForm(Form):
    """Something forbidden that the source shows, or that the autograd trap caught."""

    kind: str
    what: str
    file: str
    line: int
    column: int
    where: str


class TermForm(Form):
    """A word of the vocabulary of places or traits, and the name that it is said of."""

    word: str
    of: str


class FactorForm(Form):
    """By what answers are off: powers of n (rows) and k (outputs), and a number."""

    n: int
    k: int
    number: float


class OtherForm(Form):
    """A known mistake that gives the same numbers."""

    code: str
    places: list[TermForm]
    operation: str


class MistakeForm(Form):
    """What a card's sentences are made of. ``code`` is a row of docs/mistakes.md; ``within`` is one, too."""

    code: str
    kind: str
    certainty: str
    function: str
    places: list[TermForm]
    operation: str
    traits: list[TermForm]
    factor: FactorForm | None
    within: str
    others: list[OtherForm]
    nodes: list[str]
    because: str


class MendForm(Form):
    """A mistake, or a wrong case that no known mistake accounts for; the first is to be fixed first."""

    where: str
    title: str
    message: str
    help: str
    sure: str
    shows: str
    follows: list[str]
    nodes: list[str]
    mistakes: list[MistakeForm] = []


class TimingForm(Form):
    """How long it took; students get it rounded."""

    total_seconds: float
    import_seconds: float
    peak_memory_bytes: int


class ReportForm(Form):
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
    mend: list[MendForm]
    load: str
    functions: list[FunctionForm]
    parts: list[PartForm]
    findings: list[FindingForm]
    notes: list[str]
    output: str
    why: str
    timing: TimingForm
    manual: list[ManualForm] = msgspec.field(default_factory=list)


class SubmissionForm(Form):
    """A submission and its result.

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


class ResultForm(Form):
    """A submission with its report: null until a worker has begun, partial while it runs."""

    submission: SubmissionForm
    report: ReportForm | None


class HistoryForm(Form):
    """Somebody's submissions to one assignment, newest first. ``withheld``: the scores wait."""

    assignment: AssignmentForm
    withheld: bool
    submissions: list[SubmissionForm]


class UploadForm(Form):
    """Files as a form sends them: one or several, or one zip."""

    files: list[Content]
