"""What a class did, from the database: as the gradebook counts, and as few statements for many as for one."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from grader.arithmetic.deadlines import Counts, Dates
from grader.database.store import listing
from grader.database.store.listing import Wanted
from grader.database.tables import AssignmentRow, SubmissionRow
from grader.model import CaseResult, Diagnosis, DiagnosisKind, Fact, Other, Status, Sure, Term, Verdict
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import gradings, results
from grader.services.judgement import marking
from grader.services.reports import class_figures
from tests.classroom import MINUTE, NOW, open_classroom, report, submit
from tests.services.regrading import Desk

DAY = timedelta(days=1)
SLIP = Diagnosis(
    DiagnosisKind.FAULT,
    "slope_at_output",
    "MLP.backward",
    ("b/1",),
    Sure.CERTAIN,
    others=(Other("unknown"),),
)
OTHER = Diagnosis(
    DiagnosisKind.UNKNOWN,
    "unknown",
    "MLP.backward",
    (),
    Sure.DEVIATION,
    places=(Term("", 'no "code":"slope_at_output" here'),),
    others=(Other("slope_at_output"),),
    names=(("code", "slope_at_output"),),
)


def cases(*verdicts, seconds=0.1):
    """Return a case of forward that is right, and these of backward."""
    return (
        CaseResult("f/1", "y_hat", "MLP.forward", Verdict.PASSED, Fact("ok"), seconds=seconds),
        *(
            CaseResult(
                f"b/{number}", f"dJd{number}", "MLP.backward", verdict, Fact("ok"), weight=number, seconds=0.2
            )
            for number, verdict in enumerate(verdicts, 1)
        ),
    )


class Class:
    """A classroom, and what is handed in and graded in it."""

    def __init__(self, database, rules):
        self.database = database
        with database.transaction() as session:
            self.room = open_classroom(session, rules)

    def assignment(self, session):
        return session.get(AssignmentRow, self.room.assignment.id)

    def hand_in(self, who, at=NOW, **more):
        """Hand in and have it graded; returns the submission."""
        with self.database.transaction() as session:
            files = {"mlp.py": f"# {who} {at}".encode()}
            made = submit(session, self.room, getattr(self.room, who), files, at)
            number, grading = made.submission.id, made.grading.id
        if more.pop("graded", True):
            with self.database.transaction() as session:
                claim = gradings.claim(session, grading, "w", now=at)
                assert gradings.record(session, grading, claim.attempt, report(claim, **more), now=at)
        return number

    def figures(self):
        with self.database.reading() as session:
            return class_figures.of_class(session, self.assignment(session))

    def listed(self, order="newest", number=1, **wanted):
        with self.database.reading() as session:
            rows, total = listing.page(session, Wanted(self.room.course.id, **wanted), order, number)
        assert total >= len(rows)
        return [row.id for row in rows]


@pytest.fixture
def open_class(database):
    return lambda **rules: Class(database, Rules(**rules))


def test_class_before_anybody_handed_in(open_class):
    found = open_class().figures()
    assert (found.counted, found.cases, found.without) == ((), (), 3)
    assert found.functions == ("MLP.forward", "MLP.backward")


def test_submission_that_counts_is_the_one_that_is_looked_at(open_class):
    room = open_class()
    room.hand_in("ada", right=False)
    last = room.hand_in("ada", NOW + MINUTE)
    eves = room.hand_in("eve", right=False)
    found = room.figures()
    assert {each.submission: (each.who, each.score) for each in found.counted} == {
        last: ("Ada", 30.0),
        eves: ("Eve", 10.0),
    }
    assert found.without == 1
    shares = {each.submission: dict(each.shares) for each in found.counted}
    assert shares[eves] == {"MLP.forward": 1.0, "MLP.backward": 0.0}
    assert [(each.name, each.ran, each.passed) for each in found.cases] == [("y_hat", 2, 2), ("dJdW1", 2, 1)]


def test_share_is_that_of_the_weight(open_class):
    room = open_class()
    room.hand_in("ada", cases=cases(Verdict.PASSED, Verdict.PASSED, Verdict.FAILED))
    room.hand_in("bob", cases=cases(Verdict.PASSED, Verdict.ERROR, Verdict.PASSED, seconds=0.3))
    found = room.figures()
    assert [each.shares["MLP.backward"] for each in found.counted] == [0.5, pytest.approx(4 / 6)]
    forward, first, second, third = found.cases
    assert (forward.mean_seconds, forward.longest_seconds) == (pytest.approx(0.2), 0.3)
    assert [each.passed for each in (first, second, third)] == [2, 1, 1]
    assert (forward.tells_nothing, second.tells_nothing) == ("everybody", "")


def test_weightless_cases_count_when_there_are_no_others(open_class):
    room = open_class()
    free = CaseResult("b/1", "x", "MLP.backward", Verdict.PASSED, Fact("ok"), weight=0)
    room.hand_in("ada", cases=(free,))
    assert room.figures().counted[0].shares == {"MLP.backward": 1.0}


def test_mistakes_come_from_live_gradings_only(database):
    desk = Desk(database)
    [number] = desk.hand_in("ada", right=False)
    regrade = desk.start()
    desk.grade_all(regrade, right=False)
    with database.reading() as session:
        before = class_figures.of_class(session, desk.assignment(session))
    assert [each.ran for each in before.cases] == [1, 1]  # the regrade's run is not in it
    desk.make_live(regrade)
    with database.reading() as session:
        after = class_figures.of_class(session, desk.assignment(session))
    assert [each.ran for each in after.cases] == [1, 1]
    assert [each.submission for each in after.counted] == [number]


def test_mistakes_lead_to_the_submissions_that_make_them(open_class):
    room = open_class()
    adas = room.hand_in("ada", right=False, diagnoses=(SLIP, OTHER))
    bobs = room.hand_in("bob", right=False, diagnoses=(OTHER,))
    found = {each.code: each for each in room.figures().mistakes}
    assert found["slope_at_output"].submissions == (adas,)
    assert found["unknown"].submissions == (adas, bobs)
    for code, each in found.items():
        assert set(room.listed(mistake=code)) == set(each.submissions)
    assert room.listed(mistake="slope%") == []


def test_what_is_not_graded_is_in_no_figure_but_said(open_class):
    room = open_class()
    waiting = room.hand_in("ada", graded=False)
    broken = room.hand_in("bob", cases=(), load=Fact("syntax_error", {"line": 1}))
    found = room.figures()
    assert [each.submission for each in found.graded] == [broken]
    assert [each.submission for each in found.unloaded] == [broken]
    assert {each.submission: each.status for each in found.counted}[waiting] is Status.QUEUED


@pytest.mark.parametrize("rule", Counts)
def test_class_counts_what_the_gradebook_counts(open_class, rule):
    room = open_class(
        dates=Dates(due_at=NOW, late_until=NOW + 5 * DAY, late_percent_per_day=10), counts=rule, team_size=2
    )
    adas = room.hand_in("ada", right=False)
    for name, at in (("ada", NOW + DAY), ("bob", NOW + MINUTE), ("eve", NOW), ("eve", NOW + 4 * DAY)):
        room.hand_in(name, at)
    with room.database.transaction() as session:
        assignment, people = room.assignment(session), room.room
        team = courses.form_team(Act(session, people.ta, NOW), assignment, "t", [people.ada, people.bob])
        courses.extend(Act(session, people.ta, NOW), assignment, team, due_at=NOW + DAY)
        courses.extend(Act(session, people.ta, NOW), assignment, people.eve, due_at=NOW + 4 * DAY)
        handed = session.get(SubmissionRow, adas)
        marking.override(Act(session, people.ta, NOW), handed, 29.5, "seen in class")
    room.hand_in("bob", NOW + 2 * DAY, right=False)
    with room.database.reading() as session:
        assignment = room.assignment(session)
        rows = results.gradebook(session, assignment)
        expected = dict.fromkeys(row.result.submission.id for row in rows if row.result)
        assert list(class_figures.counting(session, assignment)) == list(expected)


def test_more_students_cost_no_more_statements(open_class):
    room = open_class()
    asked = []
    listened = (room.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    event.listen(*listened)
    room.hand_in("ada")
    numbers = []
    for name in ("bob", "eve"):
        asked.clear()
        room.figures()
        numbers.append(len(asked))
        room.hand_in(name, right=False)
    event.remove(*listened)
    assert numbers[0] == numbers[1]


def test_listing_is_confined_as_asked(open_class):
    room = open_class(dates=Dates(due_at=NOW + MINUTE, late_until=NOW + DAY))
    wrong = room.hand_in("ada", cases=cases(Verdict.FAILED, Verdict.PASSED))
    slow = room.hand_in("bob", NOW + MINUTE, cases=cases(Verdict.PASSED, Verdict.TIMEOUT))
    late = room.hand_in("eve", NOW + 5 * MINUTE)
    waiting = room.hand_in("eve", NOW + 6 * MINUTE, graded=False)
    assert room.listed() == [waiting, late, slow, wrong]
    assert room.listed("oldest") == [wrong, slow, late, waiting]
    assert room.listed(verdict=Verdict.TIMEOUT) == [slow]
    assert room.listed(function="MLP.backward") == [slow, wrong]
    assert room.listed(function="MLP.forward") == []
    assert room.listed(case="b/1") == [wrong]
    assert room.listed(case="b/1", verdict=Verdict.PASSED) == [late, slow]
    assert room.listed(late=True) == [waiting, late]
    assert room.listed(late=False) == [slow, wrong]
    assert room.listed(status=Status.QUEUED) == [waiting]
    assert room.listed(only=(wrong, late)) == [late, wrong]
    assert room.listed(only=()) == []
    assert room.listed("student") == [wrong, slow, waiting, late]
    assert room.listed("highest")[0] == late
    assert room.listed("lowest")[-1] == waiting


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ADA", 1),
        ("bob@example", 1),
        ("%", 0),
        ("_", 0),
        ("Team", 0),
        (" eve ", 1),
        ("\0", 3),
        ("9" * 40, 0),
        ("²", 0),
    ],
)
def test_search_takes_text_as_it_is(open_class, text, found):
    room = open_class()
    for name in ("ada", "bob", "eve"):
        room.hand_in(name)
    assert len(room.listed(text=text)) == found


def test_search_finds_a_submission_by_its_number(open_class):
    room = open_class()
    numbers = [room.hand_in(name) for name in ("ada", "bob", "eve")]
    assert room.listed(text=str(numbers[1])) == [numbers[1]]


def test_each_bar_of_the_distribution_leads_to_its_submissions(open_class):
    room = open_class(counts=Counts.LATEST)
    thirds = cases(Verdict.FAILED, Verdict.PASSED, Verdict.FAILED)
    for name, right in (("ada", True), ("bob", False), ("eve", True)):
        more = {"cases": thirds} if name == "eve" else {}
        room.hand_in(name, right=right, **more)
    found = room.figures()
    assert sum(each.number for each in found.distribution) == 3
    for each in found.distribution:
        assert len(room.listed(tenth=each.place)) == each.number


def test_pages_follow_one_another_and_the_total_is_that_of_all(open_class):
    room = open_class()
    with room.database.transaction() as session:
        for minute in range(listing.PAGE + 5):
            submit(session, room.room, room.room.ada, at=NOW + minute * MINUTE)
    first, second, third = (room.listed(number=number) for number in (1, 2, 3))
    assert (len(first), len(second), third) == (listing.PAGE, 5, [])
    assert sorted(first + second) == sorted({*first, *second})
