"""``chainrule export``: grades for a learning platform, results for Gradescope, submissions as a zip."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader import clock
from grader.bootstrap import Services
from grader.cli.database import debug, opened
from grader.errors import NotFound, UsageError
from grader.feedback.text import phrase
from grader.model.language import _, ngettext
from grader.reading import archives
from grader.render import grades as render
from grader.render import worksheets
from grader.services.act import Act

if TYPE_CHECKING:
    from grader.database.db import Database, Session
    from grader.database.tables import AssignmentRow

GRADESCOPE, SUBMISSIONS, ALL = "gradescope", "submissions", "all-submissions"
KINDS = (*render.FORMATS, GRADESCOPE, SUBMISSIONS, ALL)
FILLED = "filled"
CSVS = frozenset({*render.FORMATS, FILLED})


@click.command()
@click.argument("slug")
@click.option(
    "--as", "kind", type=click.Choice(KINDS), default="plain", show_default=True, help="Format to write."
)
@click.option("-c", "--course", metavar="SLUG", help="Course, if several have this assignment.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Default: SLUG-KIND.csv or .zip in this folder."
)
@click.option(
    "--passed",
    type=click.FloatRange(min=0),
    metavar="POINTS",
    help="For ILIAS and OLAT: points needed to pass.",
)
@click.option(
    "--fill",
    type=click.Path(path_type=Path),
    metavar="TABLE",
    help="Fill this grading worksheet of Moodle or gradebook of Canvas instead.",
)
@click.option("--column", default="", metavar="TITLE", help="Column of Canvas's gradebook to fill.")
@debug
@click.pass_obj
def export(make_services: Callable[[], Services], /, slug: str, **options: Any) -> int:
    """Write the grades or the submissions of the assignment SLUG to a file.

    Scores are those of the submissions that count, after lateness, or set by staff.
    """
    table: Path | None = options["fill"]
    kind: str = FILLED if table else options["kind"]
    out: Path = options["out"] or Path(f"{slug}-{kind}.{'csv' if kind in CSVS else 'zip'}")
    if out.exists():
        raise UsageError(_("this file already exists"), where=str(out), cure=_("Choose another with --out."))
    with opened(make_services()) as database:
        with database.reading() as session:
            assignment = find(session, slug, options["course"])
            if table:
                said = _fill(session, assignment, table, options["column"], out)
            else:
                said = _write(session, assignment, kind, out, options["passed"])
            number = assignment.id
        _note(database, number, kind)
    click.echo(_("%(said)s in %(out)s", said=said, out=out))
    return 0


def _note(database: "Database", assignment_id: int, kind: str) -> None:
    from grader.database.store import courses
    from grader.services.reports import exports

    with database.transaction() as session:
        assignment = courses.assignment(session, assignment_id)
        if assignment is not None:
            exports.note(Act(session, None, clock.now()), assignment, kind)


def find(session: "Session", slug: str, course: str | None) -> "AssignmentRow":
    """Return the assignment of that name. Raises NotFound, and UsageError when several courses have one."""
    from grader.database.store import courses

    places = [each for each in courses.courses(session) if course in (None, each.slug)]
    listed = [each for place in places for each in courses.assignments(session, place.id)]
    found = [each for each in listed if each.slug == slug]
    if not found:
        known = ", ".join(dict.fromkeys(each.slug for each in listed)) or _("none")
        raise NotFound(
            _("no course has this assignment"), where=slug, cure=_("Available: %(known)s.", known=known)
        )
    if len(found) > 1:
        named = ", ".join(each.course.slug for each in found)
        raise UsageError(
            _("%(slug)s is in several courses", slug=slug),
            where="--course",
            cure=_("Choose one: %(named)s.", named=named),
        )
    return found[0]


def _write(
    session: "Session", assignment: "AssignmentRow", kind: str, out: Path, pass_mark: float | None
) -> str:
    from grader.services.reports import exports

    if kind in render.FORMATS:
        sheet, text = exports.sheet(session, assignment, pass_mark), io.StringIO()
        render.write(sheet, kind, text)
        _keep(out, lambda stream: stream.write(text.getvalue().encode()))
        return _("%(grades)s students", grades=len(sheet.grades))
    if kind == GRADESCOPE:
        number = _keep(out, lambda stream: exports.write_gradescope(session, assignment, stream))
        return _("%(number)s results", number=number)
    extent = exports.Extent.ALL if kind == ALL else exports.Extent.COUNTING
    number = _keep(out, lambda stream: exports.write_submissions(session, assignment, extent, stream))
    return _("%(number)s submissions", number=number)


def _fill(session: "Session", assignment: "AssignmentRow", table: Path, column: str, out: Path) -> str:
    """Write the platform's table with grades; say on the terminal what of it could not be."""
    from grader.services.reports import exports

    content = archives.read_file(table, worksheets.MOST_BYTES, UsageError)
    filled = exports.fill(session, assignment, content, column, str(table))
    _keep(out, lambda stream: stream.write(filled.content))
    for name in filled.missing:
        click.echo(phrase(_("not in the table: %(name)s", name=name), 400))
    for each in filled.remarks:
        click.echo(each)
    return ngettext(
        "%(lines)s grade for %(platform)s",
        "%(lines)s grades for %(platform)s",
        filled.lines,
        lines=filled.lines,
        platform=filled.platform,
    )


def _keep(out: Path, write: Callable[[Any], int]) -> int:
    """Write a file as a whole or not at all."""
    try:
        with out.open("xb") as stream:
            return write(stream)
    except OSError as error:
        out.unlink(missing_ok=True)
        raise UsageError(
            _("it can't be written: %(strerror)s", strerror=error.strerror), where=str(out)
        ) from None
    except BaseException:
        out.unlink(missing_ok=True)
        raise
