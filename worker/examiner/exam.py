"""One grading: runs the collected suite against one submission and tells each case as its test ends."""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from msgspec import structs

from grader.model import Verdict, bounds
from worker.examiner import blame, own_time
from worker.examiner.answers import Answer
from worker.examiner.check import Asked, Check, Rng, derive_seed
from worker.examiner.diagnosing import Case, Shown, diagnose
from worker.examiner.errors import BoxEnded, BoxLost, BoxStarved, LoadRefused, TestsHung
from worker.examiner.keeper_line import lost
from worker.examiner.link import Link
from worker.examiner.plan import PlannedCase, PlannedTest
from worker.examiner.plugin import Bench, SuitePlugin
from worker.examiner.scripts import ScriptRunner
from worker.examiner.space import Policy, Space
from worker.examiner.trapped import Traps, costs, noticed, refuses, told
from worker.examiner.verdicts import (
    ANSWER_TOO_LARGE,
    NOT_ASKED,
    PASSED,
    SUITE_BROKEN,
    TEXT_LIMIT,
    Outcome,
    not_run,
    of_error,
    of_findings,
    of_load,
    place_of,
    ran_out_of_memory,
)
from worker.examiner.versions import versions
from worker.wire import patience
from worker.wire.channel import Channel
from worker.wire.exam import Begun, CaseDone, Diagnosis, Done, Exam, LoadReport, ToExaminer
from worker.wire.limits import MIB
from worker.wire.message import Note, Running

STOPPING = frozenset({Verdict.TIMEOUT, Verdict.OUTPUT_LIMIT})
NUMPY_SEED_BITS = 32
SPARE = 1
"""So much longer than a report has room for, so that who makes the report sees that there was more."""

LARGE_ANSWERS_BYTES = 16 * MIB
"""A test that has been answered so much and then gets no memory has none left because of that."""


@dataclass
class Result:
    """How a test went: outcomes by case key, and what holds for cases that have none of their own.

    ``printed`` is what a script printed itself, ``names`` what its cases are called by that.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    rest: Outcome = PASSED
    extra: tuple[PlannedCase, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    printed: str = ""
    asked: Sequence[Asked] = ()
    deviations: Mapping[str, float] = field(default_factory=dict)


class Grading:
    """The state of one grading, in a process of its own."""

    def __init__(
        self, plugin: SuitePlugin, exam: Exam, engine: Channel[ToExaminer], link: Link, folder: Path
    ) -> None:
        self._plugin = plugin
        self._exam = exam
        self._engine = engine
        self._link = link
        self._folder = folder
        self._space: Space | None = None
        self._function = ""
        self._stopped: dict[str, str] = {}
        self._spent_total = ""
        self._load = LoadReport(code="ok")
        self._began = time.monotonic()
        self._unsaid: list[Begun | CaseDone] = []
        self._shown: list[Shown] = []
        self._traps = Traps()
        self._test: PlannedTest | None = None
        self._broken = ""
        self._undiagnosed: list[Note] = []

    def run(self) -> None:
        """Load the submission, run every test, say that it is done and why if it is no grading.

        Where a test turns out to be at fault itself, the others still run: they may be too.
        """
        why, starved = "", False
        try:
            self._report_load()
            own_time.limit_own_time(self._exam.total_seconds, self._link.budget)
            self._run_tests()
        except BoxLost as error:
            why, starved = f"box_lost: {error}", isinstance(error, BoxStarved)
        except TestsHung:
            why = f"tests_hung: the hidden tests took more than {self._exam.total_seconds:g} s"
        own_time.end_limit()
        self._say(self._done(why or self._broken, starved=starved))

    def _done(self, why: str, *, starved: bool) -> Done:
        """Return the last word: what is known only at the end."""
        seen = self._load.findings
        forbidden = dict(costs(self._traps.trapped, self._exam, seen))
        shown = [each for each in self._shown if each.function not in forbidden]
        diagnoses = () if why else self._diagnoses(shown)
        return Done(
            versions=versions(),
            diagnoses=diagnoses,
            notes=tuple(self._undiagnosed),
            caught=(*told(self._traps.trapped, seen), *noticed(self._traps.noticed)),
            forbidden=forbidden,
            seconds=time.monotonic() - self._began,
            why=why,
            starved=starved,
        )

    def _diagnoses(self, shown: Sequence[Shown]) -> tuple[Diagnosis, ...]:
        """Name the mistakes; where that fails, there is no more than the verdicts, and a word for staff."""
        return diagnose(shown, self._exam.functions, self._note_undiagnosed)

    def _note_undiagnosed(self, function: str, error: Exception) -> None:
        if ran_out_of_memory(error):
            return  # the answers are too large to look at
        file, line = place_of(error, self._folder)
        text = f"{type(error).__name__}: {error}"[:TEXT_LIMIT]
        values: dict[str, Any] = {"name": function, "file": file, "line": line, "text": text}
        self._undiagnosed.append(Note(code="diagnosis_failed", values=values))

    def _report_load(self) -> None:
        try:
            loaded = self._link.load(self._say)
        except LoadRefused as refused:
            failure = refused.failure
            self._traps.note(failure.caught)
            code, values = refuses(failure, self._exam) or (failure.code, failure.values)
            self._load = LoadReport(
                code=code,
                values=bounds.cut_values(values, SPARE),
                findings=failure.findings,
                notes=_few(failure.notes),
                output=failure.output,
                ending=failure.ending,
            )
            if failure.ending is not None and failure.ending.blame != "student":
                self._say(self._load)
                raise lost(failure.ending, failure.code) from None
        except BoxEnded as ended:
            outcome = of_error(ended, self._exam, self._folder)
            code = "import_crashed" if outcome.code == "crashed" else outcome.code
            self._load = LoadReport(code=code, values=outcome.values, ending=ended.ending)
        else:
            self._traps.note(loaded.caught)
            self._load = LoadReport(
                code="ok",
                findings=loaded.findings,
                notes=_few(loaded.notes),
                output=loaded.output,
                seconds=loaded.import_seconds,
            )
        self._say(self._load)

    def _run_tests(self) -> None:
        only = self._exam.only
        tests = [each for each in self._plugin.tests if each.function in only or not only]
        for place, test in enumerate(tests):
            self._unsaid.append(Begun(test=test.id, function=test.function, total=len(tests)))
            began = time.monotonic()
            settled = self._settled(test)
            if settled is None:
                following = next((other.item for other in tests[place + 1 :] if other.item), None)
                result = self._run_test(test, following)
            else:
                result = Result(rest=settled)
            self._tell(test, result, time.monotonic() - began)

    def _settled(self, test: PlannedTest) -> Outcome | None:
        """Return the outcome of a test that need not run."""
        if self._load.code != "ok":
            return of_load(self._load, optional=self._exam.optional)
        forbidden = of_findings(self._load.findings, self._exam, test.function)
        if forbidden is not None:
            return forbidden
        because = self._stopped.get(test.function) or self._spent_total
        return not_run(because) if because else None

    def _run_test(self, test: PlannedTest, following: Any) -> Result:
        self._open(test)
        seed_everything(derive_seed(self._exam.seed, test.id))
        try:
            self._link.open()
            if test.item is None:
                return self._after(test, self._run_script(test))
            check = self._lay_out(test)
        except (BoxEnded, MemoryError) as broken:
            return self._after(test, Result(rest=self._judge(broken)))
        error = self._plugin.run(test.item, following)
        if isinstance(error, TestsHung | BoxLost):
            raise error
        # A test may have swallowed that its session broke; the break is what happened.
        return self._after(test, self._collected(test, check, self._link.broke or error))

    def _run_script(self, test: PlannedTest) -> Result:
        self._space = None  # the session is lent to the script, and ends with it
        ran = ScriptRunner(self._exam, self._link, self._folder, self._judge).run(test)
        printed = "".join(f"{line}\n" for line in ran.lines)[: self._exam.output_bytes]
        return Result(ran.outcomes, ran.rest, ran.extra, ran.names, printed)

    def _open(self, test: PlannedTest) -> None:
        """Set budgets, and end the session where the assignment wants a fresh one."""
        changes_function = test.function != self._function
        if self._exam.isolation == "test" or (self._exam.isolation == "function" and changes_function):
            self._link.end_session()
        if changes_function:
            self._link.begin_function()
        self._function = test.function
        self._link.begin_test()

    def _lay_out(self, test: PlannedTest) -> Check:
        """Give the fixtures what this test gets."""
        space = self._space
        if space is None or not space.is_alive:
            space = self._space = Space(self._link, Policy.COPIES)
        self._test = test
        keys = [case.key for case in test.cases]
        space.lengths.begin()
        check = Check(self._judge_test, space.changed, space.lengths, cases=keys, measure=self._exam.measure)
        rng = Rng(self._exam.seed, test.id)
        self._plugin.bench = Bench(space.module, check, rng, torch.device(self._exam.device))
        return check

    def _judge(self, error: BaseException) -> Outcome:
        if self._link.answered_bytes > LARGE_ANSWERS_BYTES and ran_out_of_memory(error):
            return ANSWER_TOO_LARGE  # the test had to calculate with it
        return of_error(error, self._exam, self._folder)

    def _judge_test(self, error: BaseException) -> Outcome:
        """Judge what a test raised: in a line of its own, it may be the student's all the same."""
        outcome = self._judge(error)
        if outcome.code != SUITE_BROKEN or not isinstance(error, Exception) or self._test is None:
            return outcome
        last = Answer() if self._space is None else self._space.last
        test = self._test
        return blame.students(error, self._folder, test.given, test.function, last) or outcome

    def _collected(self, test: PlannedTest, check: Check, error: BaseException | None) -> Result:
        result = Result(outcomes=dict(check.outcomes), asked=check.asked, deviations=check.deviations)
        if error is not None:
            result.rest = self._judge_test(error)
            self._note_broken(result.rest)
        elif check.outcomes or len(test.cases) > 1:
            result.rest = NOT_ASKED
        return result

    def _note_broken(self, outcome: Outcome) -> None:
        """Keep the first fault of the tests' own: no score may come of this grading."""
        if outcome.code == SUITE_BROKEN and not self._broken:
            file, line, text = (outcome.values.get(key) for key in ("file", "line", "text"))
            self._broken = f"the hidden tests can't be run: {file}:{line}: {text}"

    def _after(self, test: PlannedTest, result: Result) -> Result:
        """Note what a breach of limits means for the tests that follow."""
        for outcome in (*result.outcomes.values(), result.rest):
            if outcome.verdict in STOPPING:
                self._stopped[test.function] = outcome.verdict.value
                if outcome.values.get("where") == "total":
                    self._spent_total = outcome.verdict.value
        return result

    def _tell(self, test: PlannedTest, result: Result, seconds: float) -> None:
        self._traps.note(self._link.take_caught(), test.function)
        output = result.printed + self._link.take_output()
        cases: dict[str, Case] = {}
        for case in (*test.cases, *result.extra):
            outcome = result.outcomes.get(case.key, result.rest)
            passed = outcome.verdict is Verdict.PASSED
            cases[case.key] = Case(case.id, PASSED.code if passed else outcome.code)
            done = CaseDone(
                id=case.id,
                name=result.names.get(case.key, case.name),
                function=test.function,
                verdict=outcome.verdict.value,
                code=outcome.code,
                values=bounds.cut_values(outcome.values, SPARE),
                parts=case.parts,
                weight=test.weight,
                visibility=test.visibility,
                description=test.description,
                output=output,
                seconds=seconds,
                deviation=result.deviations.get(case.key),
            )
            self._unsaid.append(done)
            output = ""  # told once per test
        self._shown.append(Shown(test.function, result.asked, cases))
        self._engine.send_all(self._unsaid, seconds=patience.SEND)
        self._unsaid.clear()

    def _say(self, message: Running | LoadReport | Done) -> None:
        self._engine.send(message, seconds=patience.SEND)


def _few(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Return as many notes as a report has and one more, which tells that there were more."""
    some = notes[: bounds.BOUNDS.notes + SPARE]
    return tuple(structs.replace(each, values=bounds.cut_values(each.values, SPARE)) for each in some)


def seed_everything(seed: int) -> None:
    """Seed the generators that tests and scripts of the old kind draw from without saying so."""
    torch.default_generator.manual_seed(seed)  # torch.manual_seed takes a millisecond without a card
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(seed)
    np.random.seed(seed % (1 << NUMPY_SEED_BITS))
    random.seed(seed)
