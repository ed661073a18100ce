"""``chainrule verify``: an assignment does to its samples what it says it does."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from grader.arithmetic import seeds
from grader.assignment import assignment_folder, script_folder
from grader.bootstrap import Services
from grader.cli.authoring import proving
from grader.config import DEVICES
from grader.errors import AssignmentError, VerifyFailed
from grader.model import Report, Suite, hidden_tests
from grader.model.language import _
from grader.queue.batch import Grader, Plan, grade_all
from grader.reading.submissions import HandIn
from grader.render import proof as rendering
from grader.render.console import PlainConsole
from grader.verifying import odd_answers, proof_file, samples, steady
from grader.verifying.judging import Tried

# Where the installation has none: the same numbers at every run, so that a failure can be looked at again.
SECRET = b"verify"


@click.command()
@click.argument("folder")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Gradings to run in parallel. Default: cores + 1."
)
@click.option(
    "--seeds",
    "many",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"Try samples under N seeds of the pool. Default: {steady.SEEDS}.",
)
@click.option("--all-seeds", "every", is_flag=True, help="Try samples under all seeds of the pool.")
@click.option("--device", type=click.Choice(DEVICES), help="Device to compute on.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_obj
def verify(
    make_services: Callable[[], Services],
    /,
    folder: str,
    jobs: int | None,
    many: int | None,
    every: bool,
    device: str | None,
    debug: bool,
) -> int:
    """Grade the sample submissions of the assignment FOLDER (or name) and compare with what is expected.

    The solution must get all points, the untouched handout none, and every other sample its verdicts, and
    all of them the same points and diagnoses under several seeds. For each function, the solution is also
    tried with one that returns None, one value, a tuple or an empty dict, or raises: it must get no points
    there, by its own fault. Old-style scripts with one-sided comparisons get a warning. If the folder has a
    proof, each known mistake is tried once (`chainrule prove` tries it at every place). Exit code 7 if a
    sample differs or a mistake survives.
    """
    services, console = make_services(), PlainConsole()
    path = assignment_folder.find(folder, services.folders)
    suite, files = assignment_folder.load(path), assignment_folder.read_all(path)
    expected = samples.samples(files, suite.assignment, str(path))
    if not expected:
        raise AssignmentError(
            _("there are no samples"),
            where=str(path),
            cure=_("Put a solution in %(folder)s/accepted/.", folder=samples.FOLDER),
        )
    _refuse_flaws(suite, path, console)
    plan = _plan(services, suite, device, jobs)
    count = suite.assignment.seeds if every else min(many or steady.SEEDS, suite.assignment.seeds)
    proof = proof_file.read(files, suite.assignment, str(path))
    with services.open_grader() as grader:
        wrong = _compare(grader, expected, plan, count, console)
        odd = _compare_odd(grader, expected, plan, console)
        tried = _prove(services, grader, proof, plan, console) if proof else ()
    warned = _warn(suite, files, expected, console)
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


def _plan(services: Services, suite: Suite, device: str | None, jobs: int | None) -> Plan:
    """Return how to grade under the first seed of the pool that this installation has."""
    settings = services.settings
    secret = seeds.kept(settings.secret, settings.data_folder) or SECRET
    first = seeds.numbered(secret, suite.digest, 0)
    return Plan(suite, secret, first, device or settings.device, jobs or settings.parallel)


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


def _compare_odd(grader: Grader, expected: Sequence[samples.Sample], plan: Plan, console: Console) -> int:
    """Grade odd answers by the tests of the function that gives them; return how many differ."""
    answers = odd_answers.odd_answers(expected, plan.suite.assignment)
    return sum(
        _compare(grader, list(some), replace(plan, only=(function,)), 1, console)
        for function, some in groupby(answers, key=lambda each: each.odd)
    )


def _compare(
    grader: Grader, expected: Sequence[samples.Sample], plan: Plan, count: int, console: Console
) -> int:
    """Grade the samples under the first `count` seeds, print a line each, and return how many differ."""
    reports: list[Report] = []
    wrong = set()
    for sample, found, report in _graded(grader, expected, plan):
        reports.append(report)
        if found or not sample.odd:
            _line(console, sample.file, found)
        wrong |= {sample.file} if found else set()
    for number in range(1, count):
        seed = seeds.numbered(plan.secret, plan.suite.digest, number)
        again = _graded(grader, expected, replace(plan, seed=seed))
        for first, (sample, differs, report) in zip(reports, again, strict=True):
            found = differs + steady.unlike(plan.suite.assignment, first, report)
            if found and sample.file not in wrong:
                wrong.add(sample.file)
                name = _(
                    "%(file)s under seed %(number)s (--seed %(seed)s)",
                    file=sample.file,
                    number=number,
                    seed=seed,
                )
                _line(console, name, found)
    if count > 1:
        _say(console, _("\nThe samples were tried under %(count)s seeds.", count=count))
    return len(wrong)


def _graded(
    grader: Grader, expected: Sequence[samples.Sample], plan: Plan
) -> Iterator[tuple[samples.Sample, list[str], Report]]:
    """Grade the samples; yield each with what is not as expected, and its report."""
    hand_ins = [HandIn(sample.file, sample.submission) for sample in expected]
    for sample, outcome in zip(expected, grade_all(grader, hand_ins, plan), strict=True):
        assert outcome.report is not None  # every sample has a submission
        yield sample, samples.differences(sample, outcome.assignment, outcome.report), outcome.report


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


def _warn(
    suite: Suite, files: Mapping[str, bytes], expected: tuple[samples.Sample, ...], console: Console
) -> int:
    """Print what samples leave unproved and comparisons that pass what is too large; return their number."""
    gaps = samples.gaps(expected, suite.assignment)
    found = [*gaps, *script_folder.warnings_of(files, suite.assignment)]
    for each in found:
        _say(console, Text.assemble(("!", "yellow"), f" {each}"))
    return len(found)


def _say(console: Console, text: str | Text) -> None:
    console.print(text, soft_wrap=True, highlight=False)
