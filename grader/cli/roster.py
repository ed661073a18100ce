"""``chainrule admin roster`` and ``unenrol``: who is in a course, from a file and one by one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader import clock
from grader.bootstrap import Services
from grader.cli.database import debug, opened
from grader.errors import NotFound, UsageError
from grader.feedback.text import phrase
from grader.model.language import N_, _
from grader.reading import archives
from grader.reading import roster as tables
from grader.services.act import Act

if TYPE_CHECKING:
    from grader.database.db import Session
    from grader.database.tables import Course
    from grader.services.courses.rosters import RosterPlan


@click.command()
@click.argument("course")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--remove", is_flag=True, help="Remove students who are not in the file from the course.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--server", default="", metavar="URL", help="Server address for the invitation links.")
@debug
@click.pass_obj
def roster(make_services: Callable[[], Services], /, course: str, file: Path, **options: Any) -> int:
    """Update COURSE from FILE, a CSV file with the columns e-mail, name, matriculation, programme,
    degree, role, and ``team SLUG`` with the names of teams for an assignment.

    Shows what would change, asks, and changes all of it at once. Existing accounts are enrolled; the others
    are invited, and their links are printed. Nobody is removed without --remove.
    """
    from grader.services.courses import rosters

    table = tables.read(archives.read_file(file, tables.MOST_BYTES, UsageError), str(file))
    rows = table.rows
    if table.unused:
        click.echo(phrase(_("columns not used: %(columns)s", columns=", ".join(table.unused)), 600))
    services = make_services()
    with opened(services) as database:
        with database.reading() as session:
            found = rosters.plan(Act(session, None, clock.now()), find(session, course), rows)
        for line in _said(found, remove=options["remove"]):
            click.echo(line)
        nothing = not found.changes_something and not (options["remove"] and found.gone)
        if options["dry_run"] or nothing:
            click.echo(_("nothing was changed"))
            return 0
        if not options["yes"]:
            click.confirm(_("Change the roster?"), abort=True, err=True)
        with database.transaction() as session:
            place, now = find(session, course), clock.now()
            if rosters.plan(Act(session, None, now), place, rows).basis != found.basis:
                raise UsageError(
                    _("the course changed in the meantime"), where=course, cure=_("Run the command again.")
                )
            secrets = rosters.apply(Act(session, None, now), place, found, remove=options["remove"])
    for email, secret in secrets.items():
        click.echo(f"{email}  {options['server'].rstrip('/')}/invitation/{secret}")
    return 0


@click.command()
@click.argument("course")
@click.argument("email")
@debug
@click.pass_obj
def unenrol(make_services: Callable[[], Services], /, course: str, email: str) -> int:
    """Remove a person from COURSE. Their submissions stay."""
    from grader.database.store import people
    from grader.services.courses import rosters
    from grader.services.people import accounts

    with opened(make_services()) as database, database.transaction() as session:
        user = people.user_by_email(session, accounts.normal_email(email))
        if user is None:
            raise NotFound(_("no account has this address"), where=email)
        rosters.unenrol(Act(session, None, clock.now()), find(session, course), user)
    click.echo(_("removed %(email)s from %(course)s", email=email, course=course))
    return 0


def find(session: "Session", slug: str) -> "Course":
    """Return the course of that name. Raises NotFound with those that there are."""
    from grader.database.store import courses

    found = courses.course_by_slug(session, slug)
    if found is None:
        known = ", ".join(each.slug for each in courses.courses(session)) or _("none")
        raise NotFound(_("course not found"), where=slug, cure=_("Available: %(known)s.", known=known))
    return found


def _said(found: "RosterPlan", *, remove: bool) -> Iterator[str]:
    for refusal in found.refused:
        yield phrase(
            _(
                "line %(line)s: refused: %(email)s: %(why)s",
                line=refusal.line,
                email=refusal.email,
                why=refusal.why,
            ),
            400,
        )
    yield from (phrase(each, 400) for each in _arrivals(found))
    for each in found.changed:
        fields = "; ".join(f"{name}: {before or _('none')} → {after}" for name, before, after in each.fields)
        yield phrase(
            _("line %(line)s: change %(email)s: %(fields)s", line=each.line, email=each.email, fields=fields),
            600,
        )
    yield from (phrase(each, 400) for each in _moves(found))
    for gone in found.gone:
        text = (
            N_("not in the file: %(email)s %(name)s (to be removed)")
            if remove
            else N_("not in the file: %(email)s %(name)s")
        )
        yield phrase(_(text, email=gone.email, name=gone.name), 400)
    yield _("%(same)s unchanged", same=found.same)


def _arrivals(found: "RosterPlan") -> Iterator[str]:
    """Yield a line for each who is invited or, having an account, enrolled."""
    for text, people in (
        (N_("line %(line)s: invite %(email)s %(name)s as %(role)s"), found.invited),
        (N_("line %(line)s: enrol %(email)s %(name)s as %(role)s"), found.enrolled),
    ):
        for each in people:
            yield _(text, line=each.line, email=each.email, name=each.name, role=each.role)


def _moves(found: "RosterPlan") -> Iterator[str]:
    """Yield a line for each who comes into a team."""
    for move in found.placed:
        left = _(", out of %(before)s", before=move.before) if move.before else ""
        yield _(
            "line %(line)s: %(email)s into team %(after)s for %(assignment)s%(left)s",
            line=move.line,
            email=move.email,
            after=move.after,
            assignment=move.assignment,
            left=left,
        )
