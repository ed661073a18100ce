"""``chainrule admin``: the first account, courses, assignments, people and tokens, at a shell.

Whoever runs it has the database, and so needs no leave from anybody; the audit log says that the service
itself did it.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from grader.arithmetic.deadlines import Counts, Dates
from grader.assignment import assignment_folder
from grader.bootstrap import Services
from grader.cli.database import debug, opened
from grader.database import passwords
from grader.database.tables.words import Role
from grader.errors import Conflict, NotFound
from grader.model import Suite
from grader.model.language import _
from grader.reading import local_time
from grader.services.act import Act
from grader.verifying import samples

if TYPE_CHECKING:
    from grader.database.tables import Course, User
    from grader.services.courses.courses import Rules

ROLES = click.Choice([each.value for each in Role])


@dataclass(frozen=True)
class _Desk(Act):
    """One piece of work at a shell, where nobody is signed in."""

    def course(self, slug: str) -> "Course":
        from grader.database.store import courses

        found = courses.course_by_slug(self.session, slug)
        if found is None:
            known = ", ".join(each.slug for each in courses.courses(self.session))
            raise NotFound(
                _("course not found"), where=slug, cure=_("Available: %(known)s.", known=known or _("none"))
            )
        return found

    def user(self, email: str) -> "User | None":
        from grader.database.store import people
        from grader.services.people import accounts

        return people.user_by_email(self.session, accounts.normal_email(email))

    def known(self, email: str) -> "User":
        user = self.user(email)
        if user is None:
            raise NotFound(
                _("no account has this address"),
                where=email,
                cure=_("Create one with chainrule admin account. Invited people get one by their link."),
            )
        return user


@contextmanager
def _looking(make_services: Callable[[], Services]) -> Iterator[_Desk]:
    from grader.database import db

    with opened(make_services()) as database, database.reading() as session:
        yield _Desk(session, None, db.now(session))


@contextmanager
def _changing(make_services: Callable[[], Services]) -> Iterator[_Desk]:
    from grader.database import db

    with opened(make_services()) as database, database.transaction() as session:
        yield _Desk(session, None, db.now(session))


@click.group()
def admin() -> None:
    """Manage accounts, courses, assignments, invitations and tokens."""


@admin.command()
@click.argument("email")
@click.option("--name", default="", help="Name that others see.")
@click.option("--administrator", is_flag=True, help="Can see and do everything.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@debug
@click.pass_obj
def account(
    make_services: Callable[[], Services], /, email: str, name: str, administrator: bool, password_stdin: bool
) -> int:
    """Create an account, or set a new password for an existing one. Asks for the password."""
    from grader.services.people import accounts

    hashed = passwords.hashed(_password(from_stdin=password_stdin))
    with _changing(make_services) as desk:
        user = desk.user(email)
        if user is None:
            accounts.create_user(desk, email, name, password=hashed, is_admin=administrator)
        else:
            accounts.change_password(desk, user, hashed)
            if administrator and not user.is_admin:
                accounts.set_admin(desk, user, True)
    click.echo(
        _("%(email)s has a new password", email=email) if user else _("%(email)s can sign in", email=email)
    )
    return 0


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


@admin.command()
@click.argument("slug")
@click.option("--title", default="", help="Title that people see. Default: the slug.")
@click.option("--zone", default="UTC", show_default=True, help="Its time zone, such as Europe/Zurich.")
@click.option(
    "--storage", type=click.FloatRange(min=0.001), metavar="GIB", help="Storage limit for submissions."
)
@debug
@click.pass_obj
def course(
    make_services: Callable[[], Services], /, slug: str, title: str, zone: str, storage: float | None
) -> int:
    """Create a course with the name SLUG in its addresses."""
    from grader.services.courses import courses

    limit = int(storage * 2**30) if storage else courses.STORAGE_BYTES
    with _changing(make_services) as desk:
        made = courses.create_course(desk, slug, title, zone=zone, storage_limit_bytes=limit)
        click.echo(_("course %(slug)s is created", slug=made.slug))
    return 0


@admin.command()
@click.argument("course")
@click.argument("gib", required=False)
@debug
@click.pass_obj
def storage(make_services: Callable[[], Services], /, course: str, gib: str | None) -> int:
    """Show how much COURSE stores, or set its limit to GIB."""
    from grader.services.courses import courses
    from grader.services.courses import storage as rules

    limit = None if gib is None else rules.limit_bytes(gib)
    with _looking(make_services) if limit is None else _changing(make_services) as desk:
        place = desk.course(course)
        if limit is not None:
            courses.set_storage_limit(desk, place, limit)
        click.echo(f"{course}: {rules.told(place)}")
    return 0


@admin.command()
@click.argument("course")
@click.argument("name")
@click.option("--opens", metavar="TIME", help="Such as “2026-11-20 08:00”, in the course's time zone.")
@click.option("--due", metavar="TIME", help="A date without a time: the end of that day.")
@click.option("--late-until", metavar="TIME", help="End of the late period.")
@click.option("--grace", type=click.IntRange(min=0), default=0, metavar="SECONDS")
@click.option("--late-percent", type=click.FloatRange(0, 100), default=0.0, help="Percent lost per day late.")
@click.option("--attempts", type=click.IntRange(min=0), default=0, help="Attempts per hour; 0: unlimited.")
@click.option("--team-size", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--counts", type=click.Choice([each.value for each in Counts]), default=Counts.LATEST.value)
@click.option("--update", is_flag=True, help="Update an existing assignment's rules and tests.")
@debug
@click.pass_obj
def assignment(make_services: Callable[[], Services], /, course: str, name: str, **options: Any) -> int:
    """Add the assignment NAME (a shipped one, a folder or a zip) to COURSE."""
    from grader.database.store import courses as store
    from grader.services.courses import courses

    services = make_services()
    suite, extras = _read(assignment_folder.find(name, services.folders))
    with _changing(lambda: services) as desk:
        place = desk.course(course)
        rules = _rules(ZoneInfo(place.zone), options)
        there = store.assignment_by_slug(desk.session, place.id, suite.assignment.slug)
        if there is not None and not options["update"]:
            raise Conflict(
                _("the course already has this assignment"),
                where=f"{course}/{suite.assignment.slug}",
                cure=_("Use --update to replace its rules and tests with those of this command."),
            )
        if there is not None:
            courses.change_rules(desk, there, rules)
            courses.publish_suite(desk, there, suite, extras=extras)
        else:
            courses.add_assignment(desk, place, suite, rules, extras=extras)
    click.echo(
        _(
            "%(slug)s is in %(course)s, tests %(digest)s",
            slug=suite.assignment.slug,
            course=course,
            digest=suite.digest[:6],
        )
    )
    return 0


def _read(path: Path) -> tuple[Suite, dict[str, bytes]]:
    """Return the assignment, and what travels with it: handout, text, samples."""
    suite = assignment_folder.load(path)
    everything = assignment_folder.read_all(path)
    samples.samples(everything, suite.assignment, str(path))  # refuses a list that is not in order
    return suite, {name: each for name, each in everything.items() if name not in suite.files}


def _rules(zone: ZoneInfo, options: dict[str, Any]) -> "Rules":
    from grader.services.courses.courses import Rules

    dates = Dates(
        local_time.read(options["opens"] or "", zone, "--opens", ends=False),
        local_time.read(options["due"] or "", zone, "--due"),
        local_time.read(options["late_until"] or "", zone, "--late-until"),
        options["grace"],
        options["late_percent"],
    )
    return Rules(dates, options["attempts"], options["team_size"], Counts(options["counts"]))


@admin.command()
@click.argument("course")
@click.argument("emails", nargs=-1, required=True)
@click.option("--role", type=ROLES, default=Role.STUDENT.value, show_default=True)
@click.option("--server", default="", metavar="URL", help="Server address for the links.")
@debug
@click.pass_obj
def invite(
    make_services: Callable[[], Services], /, course: str, emails: tuple[str, ...], role: str, server: str
) -> int:
    """Invite EMAILS to COURSE: prints a link for each that works once."""
    from grader.services.people import accounts

    with _changing(make_services) as desk:
        place = desk.course(course)
        links = [(each, accounts.invite(desk, place, each, Role(role))) for each in emails]
    for email, secret in links:
        click.echo(f"{email}  {server.rstrip('/')}/invitation/{secret}")
    return 0


@admin.command(name="first-link")
@click.option("--server", default="", metavar="URL", help="Server address for the link.")
@debug
@click.pass_obj
def first_link(make_services: Callable[[], Services], /, server: str) -> int:
    """Print a link to create the first account, an administrator, in a browser.

    It works once, within two days, and only while there is no administrator; older links stop working.
    chainrule serve prints such a link when it starts.
    """
    from grader.services.people import first_account

    with _changing(make_services) as desk:
        secret = first_account.link(desk.session, now=desk.now)
    click.echo(f"{server.rstrip('/')}{first_account.PATH}{secret}")
    return 0


@admin.command()
@click.argument("course")
@click.argument("email")
@click.option("--role", type=ROLES, default=Role.STUDENT.value, show_default=True)
@debug
@click.pass_obj
def enrol(make_services: Callable[[], Services], /, course: str, email: str, role: str) -> int:
    """Set an account's role in COURSE."""
    from grader.services.courses import courses

    with _changing(make_services) as desk:
        courses.enrol(desk, desk.course(course), desk.known(email), Role(role))
    click.echo(_("%(email)s is %(role)s in %(course)s", email=email, role=role, course=course))
    return 0


@admin.command()
@click.argument("course")
@debug
@click.pass_obj
def people(make_services: Callable[[], Services], /, course: str) -> int:
    """List who is in COURSE."""
    from grader.database.store import people as store

    with _looking(make_services) as desk:
        for place in store.roster(desk.session, desk.course(course).id):
            click.echo(f"{place.role.value}\t{place.user.email}\t{place.user.name}")
    return 0


@admin.command()
@click.argument("email")
@click.option("--name", default="shell", show_default=True, help="Name of the token.")
@debug
@click.pass_obj
def token(make_services: Callable[[], Services], /, email: str, name: str) -> int:
    """Create a token for chainrule submit and the API, and print it. It is shown only once."""
    from grader.services.people import accounts

    with _changing(make_services) as desk:
        _, secret = accounts.create_token(desk.session, desk.known(email), name, now=desk.now)
    click.echo(secret)
    return 0
