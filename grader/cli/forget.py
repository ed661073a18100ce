"""``chainrule forget``, and ``chainrule admin data``, ``keep`` and ``expire``: what is kept of people."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader import clock
from grader.bootstrap import Services
from grader.cli.database import debug, opened
from grader.cli.roster import find
from grader.database.tables.words import Forgetting
from grader.errors import NotFound, UsageError
from grader.feedback.text import phrase
from grader.services.act import Act

if TYPE_CHECKING:
    from grader.database.db import Session
    from grader.database.tables import User
    from grader.services.people.forgetting import Part

YES = click.option("--yes", is_flag=True, help="Don't ask.")
DRY = click.option("--dry-run", is_flag=True, help="Only say what would go.")


@click.command()
@click.argument("student", metavar="EMAIL")
@DRY
@YES
@debug
@click.pass_obj
def forget(make_services: Callable[[], Services], /, student: str, dry_run: bool, yes: bool) -> int:
    """Forget the student with the address EMAIL. This can't be undone.

    Says what goes and what stays, asks, and does it as a whole. What goes of hand-ins is each course's
    setting (chainrule admin keep); name, address, number, password and tokens always go.
    """
    from grader.services.people import forgetting

    with opened(make_services()) as database:
        with database.reading() as session:
            user = _user(session, student)
            found = forgetting.plan(session, user)
        for line in _said(user, found):
            click.echo(line)
        if dry_run:
            click.echo("nothing is changed")
            return 0
        if not yes:
            click.confirm("Forget this person for good?", abort=True, err=True)
        with database.transaction() as session:
            forgetting.forget(Act(session, None, clock.now()), _user(session, student))
    click.echo("forgotten; backups made before still know of it")
    return 0


def _said(user: "User", parts: "Sequence[Part]") -> Iterator[str]:
    yield phrase(f"{user.email}, {user.name}: the account goes, with all that tells who it was", 400)
    for part in parts:
        if part.rule is Forgetting.EVERYTHING:
            yield f"{part.course}: {len(part.removed)} submissions go with their scores"
        else:
            yield f"{part.course}: files and texts of {len(part.stripped)} submissions go, their scores stay"
        if part.shared:
            yield f"{part.course}: {len(part.shared)} submissions stay: they are a team's with other members"


@click.command()
@click.argument("email")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="The zip to write.")
@debug
@click.pass_obj
def data(make_services: Callable[[], Services], /, email: str, out: Path) -> int:
    """Write everything about the person with the address EMAIL into a zip for them.

    Results are in it as they see them themselves. Each person finds the same under their account.
    """
    from grader.services.reports import takeout

    with opened(make_services()) as database, database.reading() as session:
        user = _user(session, email)
        try:
            with out.open("xb") as stream:
                number = takeout.write(session, user, stream, now=clock.now())
        except OSError as error:
            raise UsageError(f"it can't be written: {error.strerror}", where=str(out)) from None
    click.echo(f"{number} submissions are in {out}")
    return 0


@click.command()
@click.argument("course")
@click.option("--days", type=click.IntRange(min=1), help="Files and texts of hand-ins; without it: for ever.")
@click.option(
    "--forgetting",
    type=click.Choice([each.value for each in Forgetting]),
    default=Forgetting.EVERYTHING.value,
    show_default=True,
    help="What goes when a student is forgotten: all, or files and texts but not the scores.",
)
@debug
@click.pass_obj
def keep(make_services: Callable[[], Services], /, course: str, days: int | None, forgetting: str) -> int:
    """Say for how long COURSE keeps what was handed in, and what goes when a student is forgotten."""
    from grader.services.people import forgetting as service

    with opened(make_services()) as database, database.transaction() as session:
        service.set_rules(
            Act(session, None, clock.now()),
            find(session, course),
            retention_days=days,
            forgetting=Forgetting(forgetting),
        )
    kept = f"for {days} days" if days else "for ever"
    click.echo(f"{course} keeps files and texts {kept}; forgetting a student takes {forgetting}")
    return 0


@click.command()
@DRY
@YES
@debug
@click.pass_obj
def expire(make_services: Callable[[], Services], /, dry_run: bool, yes: bool) -> int:
    """Take files and texts off hand-ins that are older than their course keeps them. Scores stay."""
    from grader.database.store import courses
    from grader.services.people import forgetting

    with opened(make_services()) as database:
        with database.reading() as session:
            found = forgetting.expired(session, now=clock.now())
            slugs = {each.id: each.slug for each in courses.courses(session)}
        for course_id, ids in found.items():
            click.echo(f"{slugs[course_id]}: {len(ids)} submissions are too old")
        if dry_run or not found:
            click.echo("nothing is changed")
            return 0
        if not yes:
            click.confirm("Take their files and texts away for good?", abort=True, err=True)
        with database.transaction() as session:
            number = forgetting.expire(Act(session, None, clock.now()))
    click.echo(f"{number} submissions have scores only now")
    return 0


def _user(session: "Session", email: str) -> "User":
    from grader.database.store import people
    from grader.services.people import accounts

    found = people.user_by_email(session, accounts.normal_email(email))
    if found is None:
        raise NotFound("there is no account with this address", where=email, cure="Check the spelling.")
    return found
