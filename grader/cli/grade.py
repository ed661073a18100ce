"""``chainrule grade``: grade files, folders and zips, and show or write the results."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.arithmetic import seeds
from grader.assignment import script_folder
from grader.bootstrap import Services
from grader.cli import choose, giving_back
from grader.cli.giving_back import GivingBack
from grader.config import DEVICES
from grader.errors import GradingFailed, SubmissionError, UsageError
from grader.feedback import View, missing
from grader.feedback.text import phrase
from grader.model import Assignment, Device, Status, Suite
from grader.model.language import _, ngettext
from grader.queue.batch import Outcome, Plan, grade_all
from grader.reading import submissions
from grader.reading.submissions import HandIn
from grader.render import csv, gradescope, json, junit, terminal
from grader.render.bar import progress
from grader.render.console import PlainConsole

PATH = click.Path(path_type=Path)
_REFUSED = {(Device.GPU, "cpu"): "cuda", (Device.CPU, "cuda"): "cpu"}


@dataclass(frozen=True)
class Outputs:
    """Where results go besides the terminal."""

    as_json: bool
    junit: Path | None
    gradescope: Path | None
    csv: Path | None
    verbose: bool


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option(
    "-a",
    "--assignment",
    metavar="NAME",
    help="Assignment: a name, folder or zip. Default: the one that fits.",
)
@click.option(
    "--scripts", "folder", type=PATH, metavar="DIR", help="Run the old-style test scripts in this folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--junit", type=PATH, metavar="FILE", help="Write JUnit XML.")
@click.option(
    "--gradescope", type=PATH, metavar="FILE", help="Write Gradescope's results.json (one submission)."
)
@click.option(
    "--fill",
    nargs=2,
    type=PATH,
    metavar="TABLE OUT",
    help="Fill a grading worksheet of Moodle or a gradebook of Canvas.",
)
@click.option("--column", default="", metavar="TITLE", help="Column of Canvas's gradebook to fill.")
@click.option("--feedback", type=PATH, metavar="ZIP", help="Write Moodle's zip of feedback files.")
@click.option("--csv", "table", type=PATH, metavar="FILE", help="Write a table, one row per submission.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Gradings to run in parallel. Default: cores + 1."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    metavar="N",
    help="Use this seed, to repeat a grading.",
)
@click.option("--device", type=click.Choice(DEVICES), help="Device to compute on.")
@click.option("--verbose", is_flag=True, help="Show every test case and all output.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_obj
def grade(make_services: Callable[[], Services], /, files: tuple[Path, ...], **options: Any) -> int:
    """Grade FILES: Python files, folders or zips, with one submission or many.

    \b
    Exit codes: 0 all graded · 1 a bug in Chainrule · 2 wrong usage · 3 the assignment
    is not valid · 4 a submission, or a file of one, can't be read · 5 no sandbox
    on this machine · 6 we could not grade a submission. An incorrect or crashing
    submission is graded: 0.
    """
    services = make_services()
    shown = Outputs(
        options["as_json"], options["junit"], options["gradescope"], options["table"], options["verbose"]
    )
    back = GivingBack(options["fill"], options["column"], options["feedback"])
    _check_places(shown, back)
    suite = _suite(services, files, options["assignment"], options["folder"])
    giving_back.check(back, suite.assignment)
    hand_ins = _read(files, suite.assignment)
    if shown.gradescope and len(hand_ins) != 1:
        raise UsageError(
            _("it holds one result, but there are %(hand_ins)s submissions", hand_ins=len(hand_ins)),
            where="--gradescope",
            cure=_("Grade one at a time, or write a table with --csv."),
        )
    if len(hand_ins) == 1 and hand_ins[0].problem:
        raise hand_ins[0].problem
    plan = _plan(services, suite, options)
    outcomes = _graded(services, hand_ins, plan, shown)
    _write(outcomes, suite.assignment, shown)
    giving_back.write(outcomes, suite.assignment, back, to_stderr=shown.as_json)
    _tell_left_out(hand_ins, to_stderr=shown.as_json)
    _tell_missing(hand_ins, suite.assignment, to_stderr=shown.as_json)
    return _exit_code(outcomes)


def _read(paths: tuple[Path, ...], assignment: Assignment) -> list[HandIn]:
    """Return the submissions at all paths; of several, one that can't be read is a problem of its own."""
    found: list[HandIn] = []
    for path in paths:
        try:
            found += submissions.read(path, assignment)
        except SubmissionError as problem:
            if len(paths) == 1:
                raise
            found.append(HandIn(phrase(str(path)), problem=problem))
    return found


def _tell_left_out(hand_ins: Iterable[HandIn], *, to_stderr: bool) -> None:
    """Say which files were left out of submissions that were graded without them."""
    left_out = [each for hand_in in hand_ins for each in hand_in.left_out]
    if left_out:
        number = len(left_out)
        said = ngettext("%(number)s file left out:", "%(number)s files left out:", number, number=number)
        click.echo(said, err=to_stderr)
    for each in left_out:
        click.echo(f"  {phrase(each.where, 400)}: {each.what}", err=to_stderr)


def _tell_missing(hand_ins: Iterable[HandIn], assignment: Assignment, *, to_stderr: bool) -> None:
    """Say which files that points depend on were not submitted."""
    read = [(each.name, each.submission) for each in hand_ins if each.submission]
    for name, submission in read:
        for said in missing.missing(assignment, submission.files):
            click.echo(f"{phrase(name, 400)}: {said}" if len(read) > 1 else said, err=to_stderr)


def _check_places(shown: Outputs, back: GivingBack) -> None:
    """Refuse files that can't be written before a class is graded, not after."""
    for path in filter(None, (shown.junit, shown.gradescope, shown.csv, *back.written)):
        if not path.parent.is_dir():
            raise UsageError(_("folder not found"), where=str(path.parent), cure=_("Create it first."))


def _suite(services: Services, files: tuple[Path, ...], name: str | None, folder: Path | None) -> Suite:
    if folder is None:
        return choose.suite(name, files, services.folders)
    base = choose.suite(name, files, services.folders).assignment if name else None
    lone = [path.name for path in files if path.suffix == ".py"]
    return script_folder.suite(folder, base, lone[0] if len(lone) == len(files) == 1 else script_folder.ENTRY)


def _plan(services: Services, suite: Suite, options: dict[str, Any]) -> Plan:
    settings = services.settings
    device = options["device"] or settings.device
    other = _REFUSED.get((suite.assignment.device, device))
    if other:
        raise UsageError(
            _("%(slug)s can't be graded on %(device)s", slug=suite.assignment.slug, device=device),
            where="--device",
            cure=_("Use %(other)s.", other=other),
        )
    by_hand = options["seed"] is not None
    secret = settings.secret.encode() or (b"" if by_hand else seeds.secret(settings.data_folder))
    jobs = options["jobs"] or settings.parallel
    return Plan(suite, secret, options["seed"], device, jobs, by_verdict=options["folder"] is not None)


def _graded(services: Services, hand_ins: list[HandIn], plan: Plan, shown: Outputs) -> list[Outcome]:
    """Grade, and print each result as it comes unless all are printed as JSON in the end."""
    console = PlainConsole()
    many = len(hand_ins) > 1
    width = max((len(each.name) for each in hand_ins), default=0)
    outcomes = []
    with services.open_grader() as grader, progress(len(hand_ins)) as advance:
        for outcome in grade_all(grader, hand_ins, plan):
            outcomes.append(outcome)
            if not shown.as_json:
                _show(outcome, console, width if many else 0, verbose=shown.verbose)
            advance()
    if many and not shown.as_json:
        terminal.totals([each.view for each in outcomes], console)
    return outcomes


def _show(outcome: Outcome, console: Console, width: int, *, verbose: bool) -> None:
    """Print a result: alone (no width) or in detail as a whole, one of many on a line."""
    view, name = outcome.view, outcome.hand_in.name
    if view and (verbose or not width):
        terminal.show(view, name, console, verbose=verbose)
    else:
        terminal.line(name, view, _problem(outcome), console, width=width)


def _problem(outcome: Outcome) -> str:
    """Return why a submission could not be read; of one that was graded, what was left out or is missing."""
    problem = outcome.hand_in.problem
    if problem:
        place = problem.where.removeprefix(outcome.hand_in.name).lstrip(": ")
        said = f"{place}: {problem.what}" if place else problem.what
        return f"{said}. {problem.cure}".strip()
    left_out = [
        _("Left out: %(where)s: %(what)s.", where=each.where, what=each.what)
        for each in outcome.hand_in.left_out
    ]
    own = outcome.hand_in.submission
    wanting = missing.missing(outcome.assignment, own.files) if own else ()
    return "".join(f" {each}" for each in (*left_out, *wanting))


def _write(outcomes: list[Outcome], assignment: Assignment, shown: Outputs) -> None:
    if shown.as_json:
        click.echo(json.dumps([_as_json(each) for each in outcomes]))
    if shown.junit:
        _write_text(shown.junit, junit.document(_rows(outcomes)))
    if shown.csv:
        _write_table(shown.csv, outcomes, assignment)
    if shown.gradescope:
        [outcome] = outcomes
        if outcome.report and outcome.view:
            contents = gradescope.document(outcome.report, outcome.assignment, outcome.view)
            _write_text(shown.gradescope, gradescope.dumps(contents))


def _as_json(outcome: Outcome) -> dict[str, Any]:
    name = outcome.hand_in.name
    return json.document(outcome.view, name) if outcome.view else json.unread(name, _problem(outcome))


def _rows(outcomes: Iterable[Outcome]) -> Iterator[tuple[str, View | None, str]]:
    return ((each.hand_in.name, each.view, _problem(each)) for each in outcomes)


def _write_table(path: Path, outcomes: Iterable[Outcome], assignment: Assignment) -> None:
    names = [function.name for function in assignment.functions]
    with _opened(path) as stream:
        results = (
            csv.CsvRow(each.hand_in.name, each.hand_in.owner, each.view, _problem(each)) for each in outcomes
        )
        csv.write(results, names, stream)


def _write_text(path: Path, text: str) -> None:
    with _opened(path) as stream:
        stream.write(text + "\n")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    except OSError as error:
        raise UsageError(
            _("it can't be written: %(strerror)s", strerror=error.strerror),
            where=str(path),
            cure=_("Choose another file."),
        ) from None


def _exit_code(outcomes: Iterable[Outcome]) -> int:
    """Return the exit code for all: our fault counts before a submission that can't be read."""
    return max(map(_code, outcomes), default=0)


def _code(outcome: Outcome) -> int:
    if outcome.report and outcome.report.status is not Status.GRADED:
        return GradingFailed.exit_code
    whole = outcome.report and not outcome.hand_in.left_out
    return 0 if whole else SubmissionError.exit_code
