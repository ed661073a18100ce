"""``chainrule verify``: an assignment does to its samples what it says it does."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from grader.assignment import assignment_folder, script_folder
from grader.bootstrap import Services
from grader.cli.authoring import proving
from grader.config import DEVICES
from grader.errors import AssignmentError, VerifyFailed
from grader.model import Suite, hidden_tests
from grader.model.language import _
from grader.queue.batch import Grader, Plan, grade_all
from grader.reading.submissions import HandIn
from grader.render import proof as rendering
from grader.render.console import PlainConsole
from grader.verifying import odd_answers, proof_file, samples
from grader.verifying.judging import Tried

SEED = b"verify"  # the same numbers at every run, so that a failure can be looked at again


@click.command()
@click.argument("folder")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Gradings to run in parallel. Default: cores + 1."
)
@click.option("--device", type=click.Choice(DEVICES), help="Device to compute on.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_obj
def verify(
    make_services: Callable[[], Services], /, folder: str, jobs: int | None, device: str | None, debug: bool
) -> int:
    """Grade the sample submissions of the assignment FOLDER (or name) and compare with what is expected.

    The solution must get all points, the untouched handout none, and every other sample its verdicts. For
    each function, the solution is also tried with one that returns None, one value, a tuple or an empty
    dict, or raises: it must get no points there, by its own fault. Old-style scripts with one-sided
    comparisons get a warning. If the folder has a proof, each known mistake is tried once (`chainrule prove`
    tries it at every place). Exit code 7 if a sample differs or a mistake survives.
    """
    services = make_services()
    path = assignment_folder.find(folder, services.folders)
    suite, files = assignment_folder.load(path), assignment_folder.read_all(path)
    expected = samples.samples(files, suite.assignment, str(path))
    if not expected:
        raise AssignmentError(
            _("there are no samples"),
            where=str(path),
            cure=_("Put a solution in %(folder)s/accepted/.", folder=samples.FOLDER),
        )
    console = PlainConsole()
    _refuse_flaws(suite, path, console)
    plan = Plan(suite, SEED, None, device or services.settings.device, jobs or services.settings.parallel)
    proof = proof_file.read(files, suite.assignment, str(path))
    with services.open_grader() as grader:
        wrong = _compare(grader, expected, plan, console)
        odd = _compare(grader, odd_answers.odd_answers(expected, suite.assignment), plan, console)
        tried = _prove(services, grader, proof, plan, console) if proof else ()
    gaps = samples.gaps(expected, suite.assignment)
    for gap in gaps:
        _say(console, Text.assemble(("!", "yellow"), f" {gap}"))
    warned = _warn(suite, files, console) + len(gaps)
    _say(
        console,
        _(
            "\n%(expected)s samples, %(wrong)s not as expected, %(warned)s warnings",
            expected=len(expected),
            wrong=wrong,
            warned=warned,
        ),
    )
    _refuse_differences(odd, wrong, len(expected), str(path))
    proving.refuse(tried, str(path))
    return 0


def _refuse_differences(odd: int, wrong: int, all_samples: int, where: str) -> None:
    if odd:
        raise VerifyFailed(
            _("%(odd)s odd answers are not the student's, or get points", odd=odd),
            where=where,
            cure=_("Fix the tests of these functions: compare what is returned with check."),
        )
    if wrong:
        raise VerifyFailed(
            _("%(wrong)s of %(expected)s samples are not as expected", wrong=wrong, expected=all_samples),
            where=where,
            cure=_("Fix the tests, or correct %(list)s.", list=samples.LIST),
        )


def _prove(
    services: Services, grader: Grader, proof: proof_file.Proof, plan: Plan, console: Console
) -> Sequence[Tried]:
    """Try each known mistake once; print those that survive and a line about all of them."""
    made = [*proof_file.hand_ins(proof, plan.suite.assignment, services.make_hand_ins, once=True)]
    tried = proving.run(grader, made, plan)
    rendering.show_problems(tried, console)
    _say(console, f"\n{proof_file.FILE}: {rendering.summary(tried)}")
    _say(console, _("Each mistake was tried once; chainrule prove tries it at every place."))
    return tried


def _compare(grader: Grader, expected: Sequence[samples.Sample], plan: Plan, console: Console) -> int:
    """Grade the samples, print a line each, and return how many differ."""
    wrong = 0
    hand_ins = [HandIn(sample.file, sample.submission) for sample in expected]
    for sample, outcome in zip(expected, grade_all(grader, hand_ins, plan), strict=True):
        assert outcome.report is not None  # every sample has a submission
        found = samples.differences(sample, outcome.assignment, outcome.report)
        wrong += bool(found)
        if found or not sample.odd:
            _line(console, sample.file, found)
    return wrong


def _refuse_flaws(suite: Suite, path: Path, console: Console) -> None:
    """Print what the text of the tests shows already; raises VerifyFailed if there is anything."""
    assignment = suite.assignment
    tests = {name: each for name, each in suite.files.items() if name not in assignment.scripts}
    found = hidden_tests.flaws(tests, [each.name for each in assignment.functions])
    for each in found:
        line = _(
            "%(file)s, line %(line)s: %(what)s. %(cure)s",
            file=each.file,
            line=each.line,
            what=each.what,
            cure=each.cure,
        )
        _say(console, Text.assemble(("✕", "red"), f" {line}"))
    if found:
        raise VerifyFailed(
            _("the tests are not in order, so nothing was graded"),
            where=str(path),
            cure=_("Fix these lines."),
        )


def _line(console: Console, file: str, found: list[str]) -> None:
    sign, style = ("✕", "red") if found else ("✓", "green")
    _say(console, Text.assemble((sign, style), f" {file}"))
    for each in found:
        _say(console, f"    {each}")


def _warn(suite: Suite, files: Mapping[str, bytes], console: Console) -> int:
    """Print a warning for each comparison that passes any value that is too large; return their number."""
    found = script_folder.warnings_of(files, suite.assignment)
    for each in found:
        _say(console, Text.assemble(("!", "yellow"), f" {each}"))
    return len(found)


def _say(console: Console, text: str | Text) -> None:
    console.print(text, soft_wrap=True, highlight=False)
