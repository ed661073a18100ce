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
from grader.model.language import _
from grader.services.act import Act

if TYPE_CHECKING:
    from grader.database.db import Session
    from grader.database.tables import User
    from grader.services.people.forgetting import Part

YES = click.option("--yes", is_flag=True, help="Don't ask.")
DRY = click.option("--dry-run", is_flag=True, help="Only show what would be deleted.")


@click.command()
@click.argument("student", metavar="EMAIL")
@DRY
@YES
@debug
@click.pass_obj
def forget(make_services: Callable[[], Services], /, student: str, dry_run: bool, yes: bool) -> int:
    """Forget the student with the address EMAIL. This can't be undone.

    Shows what is deleted and what stays, asks, and does it all at once. What happens to submissions is set
    per course (chainrule admin keep); name, address, number, password and tokens are always deleted.
    """
    from grader.services.people import forgetting

    with opened(make_services()) as database:
        with database.reading() as session:
            user = _user(session, student)
            found = forgetting.plan(session, user)
        for line in _said(user, found):
            click.echo(line)
        if dry_run:
            click.echo(_("nothing was changed"))
            return 0
        if not yes:
            click.confirm(_("Delete this person's data permanently?"), abort=True, err=True)
        with database.transaction() as session:
            forgetting.forget(Act(session, None, clock.now()), _user(session, student))
    click.echo(_("deleted; earlier backups still contain the data"))
    return 0


def _said(user: "User", parts: "Sequence[Part]") -> Iterator[str]:
    yield phrase(
        _(
            "%(email)s, %(name)s: the account and everything that identifies the person is deleted",
            email=user.email,
            name=user.name,
        ),
        400,
    )
    for part in parts:
        if part.rule is Forgetting.EVERYTHING:
            yield _(
                "%(course)s: %(removed)s submissions are deleted with their scores",
                course=part.course,
                removed=len(part.removed),
            )
        else:
            stripped = len(part.stripped)
            yield _(
                "%(course)s: files and texts of %(stripped)s submissions are deleted, scores stay",
                course=part.course,
                stripped=stripped,
            )
        if part.shared:
            yield _(
                "%(course)s: %(shared)s submissions stay: a team with other members has them",
                course=part.course,
                shared=len(part.shared),
            )


@click.command()
@click.argument("email")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Zip file to write.")
@debug
@click.pass_obj
def data(make_services: Callable[[], Services], /, email: str, out: Path) -> int:
    """Export all data about the person with the address EMAIL as a zip.

    It shows results as the person sees them. Everyone can download the same under their account.
    """
    from grader.services.reports import takeout

    with opened(make_services()) as database, database.reading() as session:
        user = _user(session, email)
        try:
            with out.open("xb") as stream:
                number = takeout.write(session, user, stream, now=clock.now())
        except OSError as error:
            raise UsageError(
                _("it can't be written: %(strerror)s", strerror=error.strerror), where=str(out)
            ) from None
    click.echo(_("%(number)s submissions written to %(out)s", number=number, out=out))
    return 0


@click.command()
@click.argument("course")
@click.option(
    "--days",
    type=click.IntRange(min=1),
    help="Days to keep files and texts of submissions. Default: forever.",
)
@click.option(
    "--forgetting",
    type=click.Choice([each.value for each in Forgetting]),
    default=Forgetting.EVERYTHING.value,
    show_default=True,
    help="What to delete when a student is forgotten: everything, or only files and texts.",
)
@debug
@click.pass_obj
def keep(make_services: Callable[[], Services], /, course: str, days: int | None, forgetting: str) -> int:
    """Set how long COURSE keeps submissions, and what is deleted when a student is forgotten."""
    from grader.services.people import forgetting as service

    with opened(make_services()) as database, database.transaction() as session:
        service.set_rules(
            Act(session, None, clock.now()),
            find(session, course),
            retention_days=days,
            forgetting=Forgetting(forgetting),
        )
    kept = _("for %(days)s days", days=days) if days else _("forever")
    click.echo(
        _(
            "%(course)s keeps files and texts %(kept)s; forgetting a student deletes %(forgetting)s",
            course=course,
            kept=kept,
            forgetting=forgetting,
        )
    )
    return 0


@click.command()
@DRY
@YES
@debug
@click.pass_obj
def expire(make_services: Callable[[], Services], /, dry_run: bool, yes: bool) -> int:
    """Delete files and texts of submissions that their course keeps no longer. Scores stay."""
    from grader.database.store import courses
    from grader.services.people import forgetting

    with opened(make_services()) as database:
        with database.reading() as session:
            found = forgetting.expired(session, now=clock.now())
            slugs = {each.id: each.slug for each in courses.courses(session)}
        for course_id, ids in found.items():
            click.echo(
                _("%(slugs)s: %(ids)s submissions are past their time", slugs=slugs[course_id], ids=len(ids))
            )
        if dry_run or not found:
            click.echo(_("nothing was changed"))
            return 0
        if not yes:
            click.confirm(_("Delete their files and texts permanently?"), abort=True, err=True)
        with database.transaction() as session:
            number = forgetting.expire(Act(session, None, clock.now()))
    click.echo(_("%(number)s submissions now have only their scores", number=number))
    return 0


def _user(session: "Session", email: str) -> "User":
    from grader.database.store import people
    from grader.services.people import accounts

    found = people.user_by_email(session, accounts.normal_email(email))
    if found is None:
        raise NotFound(_("no account has this address"), where=email, cure=_("Check the spelling."))
    return found
