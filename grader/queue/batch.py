"""Grades submissions, one or a class: what the command line does between reading and showing.

The engine behind the ``Grader`` protocol does the work; results come back in the order of the submissions,
however many are graded at a time.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from grader.arithmetic import scoring, seeds
from grader.feedback import View, staff_view
from grader.model import Assignment, CaseResult, Report, Submission, Suite
from grader.reading.submissions import HandIn


class Grader(Protocol):
    """Grades one submission. May be called from several threads at a time."""

    def grade(
        self,
        submission: Submission,
        suite: Suite,
        *,
        seed: int,
        device: str = "cpu",
        progress: Callable[[CaseResult], None] | None = None,
        running: Callable[[int, int], None] | None = None,
        measure: bool = False,
        only: tuple[str, ...] = (),
    ) -> Report:
        """Run the suite on the submission and return the facts.

        ``progress`` is told each case that ended, ``running`` each cell of a notebook that begins, and of
        how many. ``measure``: deviations are among the facts; ``only``: nothing but the tests of these
        functions is run.
        """


@dataclass(frozen=True)
class Plan:
    """How to grade. ``seed`` by hand, else from ``secret``; ``by_verdict``: a point for each case.

    ``measure``: let each case say how much of what is allowed its answers use; ``only``: the functions whose
    tests are run, all if it is empty.
    """

    suite: Suite
    secret: bytes
    seed: int | None = None
    device: str = "cpu"
    jobs: int = 1
    by_verdict: bool = False
    measure: bool = False
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The result of one submission: a report, or why the submission could not be read."""

    hand_in: HandIn
    assignment: Assignment
    report: Report | None = None

    @cached_property
    def view(self) -> View | None:
        """The report as staff sees it."""
        return staff_view(self.report, self.assignment) if self.report else None


def grade_one(grader: Grader, hand_in: HandIn, plan: Plan) -> Outcome:
    """Grade one submission. Raises what the grader raises when this machine can't grade at all."""
    assignment = plan.suite.assignment
    if hand_in.submission is None:
        return Outcome(hand_in, assignment)
    seed = plan.seed
    if seed is None:
        seed = seeds.seed(plan.secret, plan.suite, hand_in.submission)
    report = grader.grade(
        hand_in.submission,
        plan.suite,
        seed=seed,
        device=plan.device,
        measure=plan.measure,
        only=plan.only,
    )
    if plan.by_verdict:
        assignment = scoring.worth_its_cases(assignment, report)
    return Outcome(hand_in, assignment, report)


def grade_all(grader: Grader, hand_ins: Iterable[HandIn], plan: Plan) -> Iterator[Outcome]:
    """Yield the outcome of each submission in order, ``plan.jobs`` of them graded at a time.

    Twice as many as are graded at a time are taken from `hand_ins` ahead, so a class is never held in
    memory as a whole.
    """
    pool = ThreadPoolExecutor(max_workers=plan.jobs)
    waiting: deque[Future[Outcome]] = deque()
    try:
        for hand_in in hand_ins:
            waiting.append(pool.submit(grade_one, grader, hand_in, plan))
            if len(waiting) >= 2 * plan.jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BaseException:
        # Whoever closes the engine ends what still runs; waiting for it here could take a minute.
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
