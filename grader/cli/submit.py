"""``chainrule submit``: submit to a server, wait, and show the result like ``grade``."""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from grader.arithmetic.scoring import points_text
from grader.bootstrap import Services
from grader.cli.client import WAITING, Client, Waiting
from grader.cli.grade import PATH
from grader.errors import GradingFailed, SubmissionError, UsageError
from grader.forms import result_structs
from grader.model import Status
from grader.model.language import _
from grader.reading import archives
from grader.reading.submissions import ONE
from grader.render import json, terminal
from grader.render.console import PlainConsole

ZIP = ".zip"

token = click.option(
    "--token",
    envvar="CHAINRULE_TOKEN",
    help="Prefer CHAINRULE_TOKEN: other users of the machine can see command lines.",
)


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option("-a", "--assignment", metavar="SLUG", required=True, help="Name on the server.")
@click.option("-c", "--course", metavar="SLUG", help="Course, if several have this assignment.")
@click.option(
    "--server", metavar="URL", envvar="CHAINRULE_SERVER", help="Server address. Or set CHAINRULE_SERVER."
)
@token
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=900.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the result; 0 only submits.",
)
@click.option("--json", "as_json", is_flag=True, help="Print submission and report as JSON.")
@click.option("--verbose", is_flag=True, help="Show every test case and all output.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_obj
def submit(make_services: Callable[[], Services], /, files: tuple[Path, ...], **options: Any) -> int:
    """Submit FILES to a server: your files, a folder, or one zip.

    \b
    Exit codes: 0 graded, or submitted with --wait 0 · 2 wrong usage, no such
    assignment, token · 4 refused: too large, too late, attempts used up ·
    6 we could not grade it, or not in time · 9 the server can't be reached.
    """
    if not options["server"]:
        raise UsageError(
            _("no server address given"),
            where="CHAINRULE_SERVER",
            cure=_("Set it, or use --server, for example https://grading.example.org."),
        )
    if not options["token"]:
        raise UsageError(
            _("a token is needed"),
            where="CHAINRULE_TOKEN",
            cure=_("Create one on the server under Your account, Tokens, and set this variable to it."),
        )
    client = Client(options["server"], options["token"])
    archive = _archive(files)
    assignment = client.assignment(options["assignment"], options["course"])
    result = client.submit(assignment, archive)
    with _progress() as tell:
        result = client.wait(result, Waiting(options["wait"], tell))
    if options["as_json"]:
        click.echo(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
    else:
        _show(result, files, verbose=options["verbose"])
    return _exit_code(result, waited=options["wait"] > 0)


def _archive(paths: tuple[Path, ...]) -> bytes:
    """Return the submission as one zip."""
    if len(paths) == 1 and paths[0].suffix.lower() == ZIP:
        return archives.read_file(paths[0], ONE.archive_bytes)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _contents(paths).items():
            archive.writestr(name, content)
    return stream.getvalue()


def _contents(paths: tuple[Path, ...]) -> Mapping[str, bytes]:
    if len(paths) == 1 and paths[0].is_dir():
        return archives.read_folder(paths[0], ONE)
    contents: dict[str, bytes] = {}
    for path in paths:
        if not path.is_file():
            raise SubmissionError(
                _("file not found"), where=str(path), cure=_("Give files, one folder or one zip.")
            )
        if path.name in contents:
            raise SubmissionError(
                _("two files have this name"), where=path.name, cure=_("Submit their folder instead.")
            )
        contents[path.name] = archives.read_file(path, ONE.file_bytes)
    return contents


@contextmanager
def _progress() -> Iterator[Callable[[result_structs.ResultForm], None]]:
    """Show on a terminal how far it is; give what takes each answer."""
    errors = Console(stderr=True, markup=False, highlight=False)
    if not errors.is_terminal:
        yield lambda result: None
        return
    with errors.status("submitted") as status:
        yield lambda result: status.update(_state(result))


def _state(result: result_structs.ResultForm) -> str:
    submission = result.submission
    if submission.status == Status.QUEUED.value:
        return (
            _("in the queue, %(ahead)s before yours", ahead=submission.ahead)
            if submission.ahead
            else _("in the queue, next")
        )
    done = len(result.report.functions) if result.report else 0
    return _("running, %(done)s functions done", done=done)


def _show(result: result_structs.ResultForm, files: tuple[Path, ...], *, verbose: bool) -> None:
    console, submission = PlainConsole(), result.submission
    name = str(files[0]) if len(files) == 1 else _("%(files)s files", files=len(files))
    if result.report is None or submission.status in WAITING:
        console.print(
            _("Submitted as attempt %(attempt)s; not graded yet.", attempt=submission.attempt), soft_wrap=True
        )
    else:
        terminal.show(json.view(result.report), name, console, verbose=verbose)
        if submission.score is not None and submission.score != submission.raw_score:
            console.print(
                _("After lateness and staff changes: %(total)s.", total=_total(submission)), soft_wrap=True
            )
    console.print(_("The result is at %(page)s", page=submission.page), soft_wrap=True)


def _total(submission: result_structs.SubmissionForm) -> str:
    most = "" if submission.max_score is None else f" / {submission.max_score:g}"
    return f"{points_text(submission.score or 0.0)}{most}"


def _exit_code(result: result_structs.ResultForm, *, waited: bool) -> int:
    status = result.submission.status
    if status == Status.GRADED.value or (status in WAITING and not waited):
        return 0
    if status in WAITING:
        click.echo(_("chainrule: not graded in time; it is still in the queue"), err=True)
    return GradingFailed.exit_code
