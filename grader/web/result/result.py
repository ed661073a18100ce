"""What a result's page shows: a submission, its grading as the visitor may see it, and its files."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader import model
from grader.arithmetic.scoring import PartScore
from grader.database.store import files
from grader.database.tables import Grading, SubmissionRow
from grader.feedback import View, missing
from grader.feedback.text import block, phrase
from grader.feedback.view import CaseView, FunctionView
from grader.model import Finding, Status, Verdict, Visibility
from grader.services.act import Visit
from grader.services.courses import suites
from grader.services.grading import results
from grader.services.grading.results import History, Result
from grader.services.people import access
from grader.web.result import notebooks
from grader.web.result.picture import OwnSketch, Sketch, own_sketches, sketch

FILE_CHARACTERS = 400_000
PDF = b"%PDF-"  # how every PDF begins
_ENCODINGS = ("utf-8-sig", "cp1252")


@dataclass(frozen=True)
class BarRow:
    """One function as the bars show it. ``view`` is None until its cases are through."""

    name: str
    points: float
    view: FunctionView | None

    @property
    def hidden(self) -> Sequence[tuple[Visibility, int]]:
        """How many cases are not fully shown, by when they will be."""
        cases = self.view.cases if self.view else ()
        held = [each.visibility for each in cases if each.verdict is None or each.message is None]
        return [(each, held.count(each)) for each in Visibility if each in held]

    @property
    def open(self) -> bool:
        """Whether there is something to fix in it."""
        return self.view is not None and self.view.verdict not in (None, Verdict.PASSED)

    @property
    def outputs(self) -> Sequence[str]:
        """What was printed meanwhile, where it may be shown, each text once."""
        cases: Sequence[CaseView] = self.view.cases if self.view else ()
        return tuple(dict.fromkeys(each.output for each in cases if each.output))


@dataclass(frozen=True)
class Grid:
    """The sheet's parts in rows and columns, such as Linear, ReLU × forward, backward."""

    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[PartScore | None]]]


@dataclass(frozen=True)
class Source:
    """A file that was handed in, as lines; None when it is no text. ``pdf``: a page can show it."""

    name: str
    size: int
    lines: Sequence[str] | None
    findings: Mapping[int, Sequence[Finding]]
    pdf: bool = False


@dataclass(frozen=True)
class Page:
    """Everything that the page of a result shows."""

    submission: SubmissionRow
    asked: model.Assignment | None
    view: View | None
    result: Result
    history: History
    number: int
    staff: bool
    own: bool
    ahead: int
    rows: Sequence[BarRow]
    grid: Grid | None
    sketch: Sketch | None
    own_graphs: Sequence[OwnSketch]
    sources: Sequence[Source]
    missing: Sequence[str]

    @property
    def waiting(self) -> bool:
        """Whether the grading is still to come."""
        return self.result.status in (Status.QUEUED, Status.RUNNING)

    @property
    def total(self) -> float | None:
        """The score, where both the tests' view and the rule on totals show it."""
        seen = self.result.overridden or (self.view is not None and self.view.score is not None)
        return self.result.score if seen else None


def page(visit: Visit, submission: SubmissionRow) -> Page:
    """Return what the visitor may see of a submission; ask ``access.submission`` first whether at all."""
    assignment = submission.assignment
    staff = access.is_staff(visit.session, visit.actor, assignment.course_id)
    read = results.history_for_staff if staff else results.history
    history = read(visit.session, submission.user, assignment, now=visit.now)
    return _page(visit, submission, history, *history.place(submission))


def of_trial(visit: Visit, grading: Grading) -> Page:
    """Return what a trial of a draft gave a hand-in, as staff sees it; ask ``trials.trial`` first."""
    handed_in = grading.submission
    history = results.history_for_staff(visit.session, handed_in.user, handed_in.assignment, now=visit.now)
    score = grading.score if grading.status is Status.GRADED else None
    given = Result(handed_in, grading, grading.status, 0, 1.0, score, score, grading.max_score)
    return _page(visit, handed_in, history, 1, given)


def _page(visit: Visit, submission: SubmissionRow, history: History, number: int, result: Result) -> Page:
    grading = result.grading
    view = results.view(visit, grading) if grading else None
    asked = suites.asked(visit.session, grading.suite) if grading else None
    contents = files.of_submission(visit.session, submission.id)
    return Page(
        submission=submission,
        asked=asked,
        view=view,
        result=result,
        history=history,
        number=number,
        staff=access.is_staff(visit.session, visit.actor, submission.assignment.course_id),
        own=submission.user_id == visit.actor.id,
        ahead=results.ahead(visit.session, grading) if grading else 0,
        rows=_rows(asked, view),
        grid=_grid(view.parts) if view else None,
        sketch=sketch(visit, grading) if grading else None,
        own_graphs=own_sketches(view) if view else (),
        sources=_sources(contents, asked, view),
        missing=missing.missing(asked, contents) if asked else (),
    )


def _rows(asked: model.Assignment | None, view: View | None) -> Sequence[BarRow]:
    seen = {each.name: each for each in view.functions} if view else {}
    return [
        BarRow(each.name, each.points, seen.get(each.name)) for each in (asked.functions if asked else ())
    ]


def _grid(parts: Sequence[PartScore]) -> Grid | None:
    """Return the parts as a grid by the last word of their names; one column where that makes none."""
    if not parts:
        return None
    split = [(*_halves(each.name), each) for each in parts]
    columns = list(dict.fromkeys(column for _, column, _ in split))
    if len(columns) > 4 or len(columns) * 2 > len(parts) + 1:
        return Grid((), [(phrase(each.name), (each,)) for each in parts])
    cells = {(row, column): each for row, column, each in split}
    names = list(dict.fromkeys(row for row, _, _ in split))
    return Grid(columns, [(name, [cells.get((name, column)) for column in columns]) for name in names])


def _halves(name: str) -> tuple[str, str]:
    first, _, last = phrase(name).rpartition(" ")
    return (first, last) if first else (last, "")


def _sources(
    contents: Mapping[str, bytes], asked: model.Assignment | None, view: View | None
) -> Sequence[Source]:
    """Return the files, the entry first, with what was found in them beside the lines."""
    entry = asked.entry if asked else ""
    findings = view.findings if view else ()
    return [
        _source(name, contents[name], findings)
        for name in sorted(contents, key=lambda each: (each != entry, each))
    ]


def _source(name: str, content: bytes, findings: Sequence[Finding]) -> Source:
    is_pdf = content.startswith(PDF)
    reading = notebooks.read(content) if name.endswith(notebooks.SUFFIX) else None
    if reading is not None:
        lines = _split("\n".join(reading.lines))
        return Source(phrase(name), len(content), lines, _by_line_of_cells(name, reading, findings))
    return Source(
        phrase(name), len(content), None if is_pdf else lines_of(content), _by_line(name, findings), is_pdf
    )


def _by_line_of_cells(
    name: str, reading: notebooks.Reading, findings: Sequence[Finding]
) -> Mapping[int, Sequence[Finding]]:
    """Return what was found by the lines that are shown; a place in a cell is named ``file[cell]``."""
    found: dict[int, list[Finding]] = {}
    for cell, begin in reading.begins.items():
        for line, there in _by_line(f"{name}[{cell}]", findings).items():
            found.setdefault(begin + line, []).extend(there)
    return found


def _by_line(name: str, findings: Sequence[Finding]) -> Mapping[int, Sequence[Finding]]:
    mine = [each for each in findings if each.file == name]
    return {line: [each for each in mine if each.line == line] for line in {each.line for each in mine}}


def lines_of(content: bytes) -> Sequence[str] | None:
    """Return a file's text as the reader's editor would show it, without what can't be seen."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _split(content.decode("utf-16", "replace"))
    if b"\0" in content:
        return None
    for encoding in _ENCODINGS:
        try:
            return _split(content.decode(encoding))
        except UnicodeDecodeError:
            pass
    return _split(content.decode("utf-8", "replace"))


def _split(text: str) -> Sequence[str]:
    return (
        block(text.replace("\r\n", "\n").replace("\r", "\n"), FILE_CHARACTERS).removesuffix("\n").split("\n")
    )
