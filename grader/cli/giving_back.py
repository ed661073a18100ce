"""What ``chainrule grade`` gives back to a learning platform: its own table with grades, and feedback."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from grader.errors import UsageError
from grader.feedback import student_view
from grader.feedback.text import phrase
from grader.model import Assignment
from grader.model.language import _
from grader.queue.batch import Outcome
from grader.reading import archives
from grader.reading.platforms import CANVAS, MOODLE
from grader.render import gradescope, terminal, worksheets
from grader.render.worksheets import Returned

# The first of January 1980, the earliest that a zip can say: the same feedback is the same file.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_FEEDBACK = "feedback.txt"


@dataclass(frozen=True)
class GivingBack:
    """The platform's table and where the filled one goes, the column if it is named, the zip of feedback."""

    fill: tuple[Path, Path] | None
    column: str
    feedback: Path | None

    @property
    def written(self) -> Sequence[Path]:
        """The files that will be written."""
        return [*(self.fill[1:] if self.fill else ()), *([self.feedback] if self.feedback else ())]


def check(wanted: GivingBack, assignment: Assignment) -> None:
    """Refuse a table that can't be filled before a class is graded, not after. Raises UsageError."""
    if wanted.fill:
        table = wanted.fill[0]
        worksheets.fill(_table(table), [], _titles(wanted, assignment), 0.0, str(table))
        if wanted.fill[1].exists():
            raise UsageError(
                _("this file already exists"), where=str(wanted.fill[1]), cure=_("Choose another name.")
            )


def write(
    outcomes: Sequence[Outcome], assignment: Assignment, wanted: GivingBack, *, to_stderr: bool
) -> None:
    """Write what is wanted, and say what of it could not be."""
    if wanted.fill:
        _fill(outcomes, assignment, wanted, to_stderr=to_stderr)
    if wanted.feedback:
        number = _write_feedback(outcomes, wanted.feedback)
        said = _("feedback for %(number)s students in %(out)s", number=number, out=wanted.feedback)
        click.echo(said, err=to_stderr)


def _fill(
    outcomes: Sequence[Outcome], assignment: Assignment, wanted: GivingBack, *, to_stderr: bool
) -> None:
    assert wanted.fill is not None
    table, out = wanted.fill
    grades = [each for outcome in outcomes for each in _returned(outcome)]
    most = max((each.view.max_score or 0.0 for each in outcomes if each.view), default=0.0)
    filled = worksheets.fill(_table(table), grades, _titles(wanted, assignment), most, str(table))
    _keep(out, filled.content)
    said = _(
        "%(lines)s of %(grades)s grades for %(platform)s in %(out)s",
        lines=filled.lines,
        grades=len(grades),
        platform=filled.platform,
        out=out,
    )
    click.echo(said, err=to_stderr)
    unsaid = [each.hand_in.name for each in outcomes if not each.hand_in.owner and each.report]
    for name in (*filled.missing, *unsaid):
        click.echo("  " + _("not in the table: %(name)s", name=phrase(name, 400)), err=to_stderr)
    for each in filled.remarks:
        click.echo(f"  {each}", err=to_stderr)


def _titles(wanted: GivingBack, assignment: Assignment) -> Sequence[str]:
    return [wanted.column] if wanted.column else [assignment.title, assignment.slug]


def _table(path: Path) -> bytes:
    return archives.read_file(path, worksheets.MOST_BYTES, UsageError)


def _returned(outcome: Outcome) -> Iterator[Returned]:
    """Yield what goes back to each person who submitted, where it is known who that is."""
    owner, view = outcome.hand_in.owner, outcome.view
    if owner is None or view is None or view.score is None or outcome.report is None:
        return
    told = student_view(outcome.report, outcome.assignment, gradescope.AT_LAST).headline
    if owner.platform in (MOODLE, CANVAS):
        yield Returned(owner.name, view.score, number=owner.id, feedback=told)
        return
    for key in owner.id.split(" & "):
        by = {"email": key} if "@" in key else {"matriculation": key}
        yield Returned(owner.name, view.score, feedback=told, **by)


def _write_feedback(outcomes: Iterable[Outcome], path: Path) -> int:
    """Write a zip that Moodle takes for feedback files: folders are called as in its own export."""
    stream, number = io.BytesIO(), 0
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for outcome in outcomes:
            owner = outcome.hand_in.owner
            if owner and owner.platform == MOODLE and outcome.report and outcome.view:
                entry = zipfile.ZipInfo(f"{owner.place}{_FEEDBACK}", _ZIP_DATE)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, _feedback(outcome), zipfile.ZIP_DEFLATED)
                number += 1
    if not number:
        raise UsageError(
            _("no submission comes from Moodle"),
            where="--feedback",
            cure=_("Grade the zip that Moodle gave you."),
        )
    _keep(path, stream.getvalue())
    return number


def _feedback(outcome: Outcome) -> str:
    assert outcome.report is not None
    return terminal.text(student_view(outcome.report, outcome.assignment, gradescope.AT_LAST))


def _keep(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(
            _("it can't be written: %(strerror)s", strerror=error.strerror),
            where=str(path),
            cure=_("Choose another file."),
        ) from None
