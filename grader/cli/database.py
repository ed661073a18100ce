"""``chainrule migrate``, ``backup``, ``restore`` and ``replay``: what is done to the database as a whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.bootstrap import Services
from grader.errors import GradingFailed, VerifyFailed
from grader.feedback.text import phrase
from grader.model import Status
from grader.model.language import _

if TYPE_CHECKING:
    from grader.database.db import Database

FILE = click.Path(path_type=Path)
debug = click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")


@contextmanager
def opened(services: Services, *, ready: bool = True) -> Iterator["Database"]:
    """Give the database of the settings; with `ready`, one that is there and whose tables are up to date."""
    from grader.database import migrations
    from grader.database.db import Database

    database = Database(services.settings.database)
    try:
        if ready:
            migrations.check(database)
        yield database
    finally:
        database.close()


@click.command()
@debug
@click.pass_obj
def migrate(make_services: Callable[[], Services], /) -> int:
    """Update the database's tables to this version."""
    from grader.database import migrations

    with opened(make_services(), ready=False) as database:
        database.make()
        before = migrations.current(database)
        migrations.migrate(database)
        after = migrations.current(database)
    click.echo(
        _("the tables are at %(after)s", after=after)
        + ("" if before == after else _(", from %(before)s", before=before or _("none")))
    )
    return 0


@click.command()
@click.argument("file", type=FILE)
@debug
@click.pass_obj
def backup(make_services: Callable[[], Services], /, file: Path) -> int:
    """Copy everything in the database into FILE, while the service runs.

    It contains password hashes and all submissions: protect it like the database. It does not contain the
    secret that seeds come from (the file “secret” in the data folder, or CHAINRULE_SECRET).
    """
    from grader.database.store import backup as backups

    with opened(make_services()) as database:
        rows = backups.write(database, file)
    click.echo(_("%(rows)s rows are in %(file)s", rows=rows, file=file))
    return 0


@click.command()
@click.argument("file", type=FILE)
@debug
@click.pass_obj
def restore(make_services: Callable[[], Services], /, file: Path) -> int:
    """Restore the backup FILE into an empty database, SQLite or PostgreSQL."""
    from grader.database.store import backup as backups

    with opened(make_services(), ready=False) as database:
        rows = backups.read(file, database)
    click.echo(_("%(rows)s rows restored", rows=rows))
    return 0


@click.command()
@click.argument("grading", type=int)
@debug
@click.pass_obj
def replay(make_services: Callable[[], Services], /, grading: int) -> int:
    """Run GRADING (its number) again with the same tests, files, seed and device, and show what differs.

    \b
    Exit codes: 0 the same · 6 it could not be graded · 7 something differs.
    """
    from grader.services.grading import replays

    services = make_services()
    with opened(services) as database, database.reading() as session:
        asked = replays.replay(session, grading)
    with services.open_grader() as grader:
        after = grader.grade(asked.submission, asked.suite, seed=asked.seed, device=asked.device)
    if after.status is not Status.GRADED:
        raise GradingFailed(_("it could not be graded"), where=str(grading), cure=phrase(after.why))
    found = asked.differences(after)
    for each in found:
        click.echo(phrase(each, 500))
    if not found:
        click.echo(
            _(
                "grading %(grading)s came out the same: %(cases)s cases",
                grading=grading,
                cases=len(after.cases),
            )
        )
    return VerifyFailed.exit_code if found else 0
