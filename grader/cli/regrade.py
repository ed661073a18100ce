"""``chainrule regrade``: grade old submissions under other tests, see who changes, and decide about it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.assignment import assignment_folder
from grader.bootstrap import Services
from grader.cli.client import Client
from grader.cli.grade import PATH
from grader.cli.places import Here, Place, Tell, There
from grader.cli.submit import token
from grader.database.tables.words import RegradeState, Which
from grader.errors import Conflict, GradingFailed, UsageError
from grader.forms import regrade_structs
from grader.model.language import _
from grader.render import regrade as render
from grader.render.console import PlainConsole

# On a pipe a line is said each time another such share is done.
_SHARE = 10


@click.command()
@click.argument("slug")
@click.option("-c", "--course", metavar="SLUG", help="Course, if several have this assignment.")
@click.option(
    "--suite",
    default="",
    metavar="DIGEST|DIR",
    help="Tests: the start of a version's digest, or a folder. Default: the live tests.",
)
@click.option(
    "--which",
    type=click.Choice([each.value for each in Which]),
    default=Which.ALL.value,
    show_default=True,
    help="Which submissions of each student or team.",
)
@click.option("--students", multiple=True, metavar="ADDRESS,…", help="Only these students. Can be repeated.")
@click.option(
    "--only", default="", metavar="VERDICT", help="Only submissions with this verdict or with internal_error."
)
@click.option("--dry-run", is_flag=True, help="Only show how many there are.")
@click.option("--apply", is_flag=True, help="Make it live when it is complete.")
@click.option("--csv", "table", type=PATH, metavar="FILE", help="Write a table, one row per submission.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Gradings to run in parallel. Default: cores + 1."
)
@click.option("--server", metavar="URL", help="Regrade on this server. Default: in this machine's database.")
@token
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_obj
def regrade(make_services: Callable[[], Services], /, slug: str, **options: Any) -> int:
    """Grade the submissions to SLUG again, in this machine's database or on a server.

    Scores change only with --apply or when somebody makes the regrade live on its page. If it was
    interrupted, run it again with the same options: it continues, and nothing is graded twice.

    \b
    Exit codes: 0 done · 2 wrong usage, nothing to regrade, or it was stopped · 3 the
    tests are not valid · 5 no sandbox on this machine · 6 we could not grade some of them
    · 8 the database can't be used · 9 the server can't be reached
    """
    services, console = make_services(), PlainConsole()
    if options["table"] and not options["table"].parent.is_dir():
        raise UsageError(
            _("folder not found"), where=str(options["table"].parent), cure=_("Create it first.")
        )
    with _place(services, slug, options) as place:
        found = place.begin(_wish(options))
        render.plan(found, console)
        if found.id is None:
            return 0
        found = _seen_through(place, found)
        return _decided(place, found, options, console)


def _wish(options: dict[str, Any]) -> regrade_structs.RegradeWishForm:
    addresses = [each.strip() for one in options["students"] for each in one.split(",")]
    return regrade_structs.RegradeWishForm(
        suite=_digest(options["suite"], remote=bool(options["server"])),
        which=options["which"],
        students=tuple(each for each in addresses if each),
        only=options["only"],
        dry_run=options["dry_run"],
    )


def _digest(suite: str, *, remote: bool) -> str:
    """Return what is said of the tests: a server knows those of a folder by their digest, or not at all."""
    if suite and Path(suite).is_dir():
        return assignment_folder.load(Path(suite)).digest if remote else ""
    return suite


@contextmanager
def _place(services: Services, slug: str, options: dict[str, Any]) -> Iterator[Place]:
    if options["server"]:
        yield There(Client(options["server"], _token(options["token"])), slug, options["course"])
        return
    from grader.cli.database import opened

    folder = Path(options["suite"]) if options["suite"] and Path(options["suite"]).is_dir() else None
    jobs = options["jobs"] or services.settings.parallel
    with opened(services) as database:
        yield Here(services, database, slug, options["course"], folder, jobs)


def _token(given: str | None) -> str:
    if not given:
        raise UsageError(
            _("a token is needed"),
            where="CHAINRULE_TOKEN",
            cure=_("Create one with chainrule admin token, and set this variable to it."),
        )
    return given


def _seen_through(place: Place, found: regrade_structs.RegradeForm) -> regrade_structs.RegradeForm:
    """Wait for its end; raises Conflict when somebody stopped it."""
    assert found.id is not None
    if found.graded or found.lost:
        click.echo(
            _(
                "continuing regrade %(id)s: %(graded)s of %(total)s are done",
                id=found.id,
                graded=f"{found.graded + found.lost:,}",
                total=f"{found.total:,}",
            ),
            err=True,
        )
    with _progress(found.total) as tell:
        found = place.work(found.id, tell)
    if found.state != RegradeState.DONE.value:
        raise Conflict(
            _(
                "regrade %(id)s is %(state)s: %(graded)s of %(total)s were graded",
                id=found.id,
                state=found.state,
                graded=f"{found.graded:,}",
                total=f"{found.total:,}",
            ),
            where=found.assignment,
            cure=_("Continue it on its page, or start another one.")
            if found.state == RegradeState.PAUSED.value
            else _("Start another one if needed."),
        )
    return found


def _decided(
    place: Place, found: regrade_structs.RegradeForm, options: dict[str, Any], console: Console
) -> int:
    """Show the changes, write them, and make them live if that is asked for."""
    assert found.id is not None
    changes = place.changes(found.id)
    render.show(changes, console)
    if options["table"]:
        _write(options["table"], changes)
    if options["apply"]:
        place.make_live(found.id, changes.basis)
        console.print(
            _("Regrade %(id)s is live, and so are the tests %(suite)s.", id=found.id, suite=found.suite[:6]),
            soft_wrap=True,
        )
    else:
        console.print(
            _("Regrade %(id)s: no score has changed. Make it live on its page or with --apply.", id=found.id),
            soft_wrap=True,
        )
    if found.newer:
        console.print(
            _("Submitted after it began and not included: %(newer)s.", newer=found.newer), soft_wrap=True
        )
    return GradingFailed.exit_code if found.lost else 0


def _write(path: Path, changes: regrade_structs.ChangesForm) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            render.write(changes, stream)
    except OSError as error:
        raise UsageError(
            _("it can't be written: %(strerror)s", strerror=error.strerror),
            where=str(path),
            cure=_("Choose another file."),
        ) from None


@contextmanager
def _progress(total: int) -> Iterator[Tell]:
    """Show a bar on a terminal, and a line now and then on a pipe; give what takes how far it is."""
    errors = Console(stderr=True, markup=False, highlight=False)
    if not errors.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("regrading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, redirect_stdout=sys.stdout.isatty()) as bar:
        task = bar.add_task("regrading", total=total)
        yield lambda found: bar.update(task, completed=found.graded + found.lost)


def _lines() -> Tell:
    """Return what says a line for every tenth that is done."""
    said = [-1]

    def tell(found: regrade_structs.RegradeForm) -> None:
        done = found.graded + found.lost
        share = _SHARE * done // found.total if found.total else _SHARE
        if share > said[0]:
            said[0] = share
            click.echo(
                _("%(done)s of %(total)s graded", done=f"{done:,}", total=f"{found.total:,}"), err=True
            )

    return tell
