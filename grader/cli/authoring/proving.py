"""Grades the submissions of a proof: what ``prove`` and ``verify`` share."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from grader.errors import GradingFailed, VerifyFailed
from grader.model.language import _
from grader.queue.batch import Grader, Plan, grade_all
from grader.reading.submissions import HandIn
from grader.render.bar import progress
from grader.verifying import judging
from grader.verifying.judging import Tried
from grader.verifying.proof_file import HandInMade


def run(grader: Grader, made: Sequence[HandInMade], plan: Plan) -> tuple[Tried, ...]:
    """Grade the submissions and judge the hidden tests by each. Raises GradingFailed when one has no score.

    A mistake has to be found by the tests of the functions that it is in; a right form to pass the plan's.
    """
    tried = []
    with progress(len(made), "proving") as advance:
        for broken, some in groupby(made, lambda each: tuple(each.breaks)):
            for each in _tried(grader, list(some), replace(plan, only=broken or plan.only)):
                tried.append(each)
                advance()
    return tuple(tried)


def _tried(grader: Grader, made: Sequence[HandInMade], plan: Plan) -> Iterator[Tried]:
    hand_ins = [HandIn(each.name, each.submission) for each in made]
    for each, outcome in zip(made, grade_all(grader, hand_ins, plan), strict=True):
        assert outcome.report is not None  # every one of them has a submission
        tried = judging.judge(each, outcome.assignment, outcome.report, plan.only)
        if tried.ungraded:
            raise GradingFailed(tried.ungraded, where=each.name, cure=_("Try again."))
        yield tried


def refuse(tried: Sequence[Tried], where: str) -> None:
    """Raise VerifyFailed if a mistake survives or a right form loses points."""
    survivors = sum(each.survives for each in tried)
    hurt = sum(bool(each.lost) for each in tried)
    if survivors or hurt:
        raise VerifyFailed(
            _(
                "%(survivors)s known mistakes survive, %(hurt)s correct variants lose points",
                survivors=survivors,
                hurt=hurt,
            ),
            where=where,
            cure=_("Add a hidden test that tells the survivor from a correct answer, or fix the test."),
        )
