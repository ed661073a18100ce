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

    rows = tables.read(archives.read_file(file, tables.MOST_BYTES, UsageError), str(file))
    services = make_services()
    with opened(services) as database:
        with database.reading() as session:
            found = rosters.plan(Act(session, None, clock.now()), find(session, course), rows)
        for line in _said(found, remove=options["remove"]):
            click.echo(line)
        nothing = not found.changes_something and not (options["remove"] and found.gone)
        if options["dry_run"] or nothing:
            click.echo("nothing was changed")
            return 0
        if not options["yes"]:
            click.confirm("Change the roster?", abort=True, err=True)
        with database.transaction() as session:
            place, now = find(session, course), clock.now()
            if rosters.plan(Act(session, None, now), place, rows).basis != found.basis:
                raise UsageError(
                    "the course changed in the meantime", where=course, cure="Run the command again."
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
            raise NotFound("no account has this address", where=email)
        rosters.unenrol(Act(session, None, clock.now()), find(session, course), user)
    click.echo(f"removed {email} from {course}")
    return 0


def find(session: "Session", slug: str) -> "Course":
    """Return the course of that name. Raises NotFound with those that there are."""
    from grader.database.store import courses

    found = courses.course_by_slug(session, slug)
    if found is None:
        known = ", ".join(each.slug for each in courses.courses(session)) or "none"
        raise NotFound("course not found", where=slug, cure=f"Available: {known}.")
    return found


def _said(found: "RosterPlan", *, remove: bool) -> Iterator[str]:
    for refusal in found.refused:
        yield phrase(f"line {refusal.line}: refused: {refusal.email}: {refusal.why}", 400)
    for word, changes in (("invite", found.invited), ("enrol", found.enrolled)):
        for each in changes:
            yield phrase(f"line {each.line}: {word} {each.email} {each.name} as {each.role}", 400)
    for each in found.changed:
        fields = "; ".join(f"{name}: {before or 'none'} → {after}" for name, before, after in each.fields)
        yield phrase(f"line {each.line}: change {each.email}: {fields}", 600)
    for move in found.placed:
        left = f", out of {move.before}" if move.before else ""
        yield phrase(
            f"line {move.line}: {move.email} into team {move.after} for {move.assignment}{left}", 400
        )
    for each in found.gone:
        yield phrase(f"not in the file: {each.email} {each.name}{' (to be removed)' if remove else ''}", 400)
    yield f"{found.same} unchanged"
