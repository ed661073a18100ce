"""Results: what somebody got, which submission counts and why, and as much of it as they may see.

A score kept back tells nothing sideways either: while the total is hidden, so is which submission is best.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from grader.arithmetic import deadlines
from grader.arithmetic.deadlines import Candidate, Counts, Dates, Extended
from grader.database import report_rows
from grader.database.db import Session
from grader.database.store import courses as course_store
from grader.database.store import judgement, people
from grader.database.store import submissions as store
from grader.database.tables import (
    AssignmentRow,
    Course,
    Extension,
    Grading,
    Override,
    Role,
    SubmissionRow,
    User,
)
from grader.feedback import Moment, View, message, staff_view, student_view
from grader.model import Manual, Report, Status
from grader.services.act import Visit
from grader.services.courses.courses import dates_of
from grader.services.grading import submitting
from grader.services.grading.submitting import Terms
from grader.services.judgement import judged
from grader.services.judgement.judged import Judged
from grader.services.people import access


@dataclass(frozen=True)
class Result:
    """One submission as far as its score goes.

    ``raw`` is what the tests gave and people gave for manual parts, ``share`` what lateness leaves of it,
    ``score`` the result of both or what a person set (``overridden``). All are None before there is a
    score, or while it is kept back. ``waits``: the manual parts that nobody has judged yet; ``override``:
    what a person set, with who, when and why.
    """

    submission: SubmissionRow
    grading: Grading | None
    status: Status
    late_seconds: int
    share: float
    raw: float | None
    score: float | None
    max_score: float | None
    overridden: bool = False
    counts: bool = False
    waits: tuple[Manual, ...] = ()
    override: Override | None = None

    @property
    def lost(self) -> bool:
        """Whether we failed to grade it."""
        return self.status is Status.INTERNAL_ERROR


@dataclass(frozen=True)
class History:
    """Somebody's submissions to one assignment, newest first, under the rule that says which counts.

    ``withheld``: the scores exist but may not be seen yet. ``excused``: the student need not do it.
    """

    assignment: AssignmentRow
    rule: Counts
    terms: Terms
    results: tuple[Result, ...]
    withheld: bool = False
    excused: bool = False

    @property
    def counting(self) -> Result | None:
        """The one that counts, if that may be known."""
        return next((each for each in self.results if each.counts), None)

    def place(self, submission: SubmissionRow) -> tuple[int, Result]:
        """Return which attempt it is, from 1, and its result; a draft is in no history."""
        for place, each in enumerate(self.results):
            if each.submission.id == submission.id:
                return len(self.results) - place, each
        return 1, Result(submission, None, Status.QUEUED, submission.late_seconds, 1.0, None, None, None)


@dataclass(frozen=True)
class GradebookRow:
    """One student's place in the gradebook of an assignment."""

    user: User
    team: str
    result: Result | None
    submissions: int
    excused: bool = False


def moment(assignment: AssignmentRow, dates: Dates, now: datetime) -> Moment:
    """Return what time it is for hidden results.

    Due is when nothing can be handed in any more by this student, so that nobody reads about a case
    that they can still mend.
    """
    closes, out = dates.closes_at, assignment.results_published_at
    return Moment(due=closes is not None and now > closes, published=out is not None and now >= out)


def history(session: Session, user: User, assignment: AssignmentRow, *, now: datetime) -> History:
    """Return what a student sees of their own submissions and their team's."""
    whole = history_for_staff(session, user, assignment, now=now)
    if _total_shows(session, assignment, whole.terms.dates, now):
        return whole
    hidden = tuple(_kept_back(each, assignment.counts) for each in whole.results)
    return replace(whole, results=hidden, withheld=True)


def history_for_staff(session: Session, user: User, assignment: AssignmentRow, *, now: datetime) -> History:
    """Return a student's submissions with all scores."""
    terms = submitting.terms(session, user, assignment, at=now)
    team_id = terms.team.id if terms.team else None
    found = store.of_owner(session, assignment.id, user.id, team_id)
    decided = judged.of_assignment(session, assignment) if found else Judged(None, {}, {})
    zone = ZoneInfo(assignment.course.zone)
    results = tuple(_result(each, run, terms.dates, zone, decided) for each, run in found)
    excused = judgement.excuse(session, assignment.id, user.id) is not None
    counted = _counted(results, assignment.counts)
    return History(assignment, assignment.counts, terms, counted, excused=excused)


def assignments(act: Visit) -> Sequence[tuple[Course, Role, Sequence[History]]]:
    """Return somebody's courses with the role in each, and its assignments, soonest due first."""
    return [
        (
            course,
            place.role,
            [
                history(act.session, act.actor, each, now=act.now)
                for each in _open(act.session, course, place.role, act.now)
            ],
        )
        for course, place in people.courses_of(act.session, act.actor.id)
    ]


def _open(session: Session, course: Course, role: Role, now: datetime) -> Sequence[AssignmentRow]:
    found = course_store.assignments(session, course.id)
    return [each for each in found if role in access.STAFF or access.is_open(each, now)]


def gradebook(session: Session, assignment: AssignmentRow) -> Sequence[GradebookRow]:
    """Return every student of the course with the result that counts, by name. For staff.

    It asks the database as often for three hundred students as for one.
    """
    teams = course_store.teams_by_member(session, assignment.id)
    handed = _by_owner(session, assignment)
    results, excused = _Results.of(session, assignment), judgement.excused(session, assignment.id)
    rows = []
    for place in people.roster(session, assignment.course_id):
        if place.role is Role.STUDENT:
            team = teams.get(place.user_id)
            own = handed.get((place.user_id, None), []) + (handed.get((None, team.id), []) if team else [])
            found = results.counted(own, place.user_id, team.id if team else None, assignment.counts)
            counts = next((each for each in found if each.counts), None)
            name, out = team.name if team else "", place.user_id in excused
            rows.append(GradebookRow(place.user, name, counts, len(found), excused=out))
    return rows


def everybody(session: Session, assignment: AssignmentRow, rule: Counts) -> Sequence[tuple[Result, ...]]:
    """Return the submissions of each student, or team, with the one marked that counts under a rule.

    Of those too who have left the course or their team. For staff.
    """
    results = _Results.of(session, assignment)
    return [
        results.counted(own, own[0][0].user_id, own[0][0].team_id, rule)
        for own in _by_owner(session, assignment).values()
    ]


_Handed = tuple[SubmissionRow, Grading | None]


def _by_owner(
    session: Session, assignment: AssignmentRow
) -> dict[tuple[int | None, int | None], list[_Handed]]:
    """Return all submissions, newest first, by the user or else the team that they are of."""
    handed: dict[tuple[int | None, int | None], list[_Handed]] = {}
    for each, run in store.of_assignment(session, assignment.id):
        owner = (None, each.team_id) if each.team_id else (each.user_id, None)
        handed.setdefault(owner, []).append((each, run))
    return handed


@dataclass(frozen=True)
class _Results:
    """Makes results of submissions, once it has read what holds for an assignment."""

    dates: Dates
    zone: ZoneInfo
    extensions: Sequence[Extension]
    decided: Judged

    @classmethod
    def of(cls, session: Session, assignment: AssignmentRow) -> "_Results":
        extensions = course_store.all_extensions(session, assignment.id)
        zone, decided = ZoneInfo(assignment.course.zone), judged.of_assignment(session, assignment)
        return cls(dates_of(assignment), zone, extensions, decided)

    def counted(
        self, own: Sequence[_Handed], user_id: int, team_id: int | None, rule: Counts
    ) -> tuple[Result, ...]:
        given = [
            Extended(each.due_at, each.late_until)
            for each in self.extensions
            if each.user_id == user_id or (team_id is not None and each.team_id == team_id)
        ]
        dates = deadlines.extended(self.dates, given)
        return _counted(tuple(_result(*each, dates, self.zone, self.decided) for each in own), rule)


def report(session: Session, grading: Grading) -> Report:
    """Return what is known of a grading: the whole report once it is graded, the cases so far before."""
    return report_rows.report(grading, store.case_results(session, grading.id))


def view(act: Visit, grading: Grading) -> View:
    """Return a grading as this user may see it now; ask ``access.grading`` first whether at all.

    While it runs, the functions whose cases are through are in it, without a total.
    """
    assignment = grading.submission.assignment
    (asked, given), facts = judged.sheet(act.session, grading), report(act.session, grading)
    running = grading.status is Status.RUNNING
    shown = replace(facts, status=Status.GRADED) if running else facts
    if access.is_staff(act.session, act.actor, assignment.course_id):
        seen = staff_view(shown, asked, given)
    else:
        dates = submitting.dates_for(act.session, assignment, act.actor.id, grading.submission.team_id)
        seen = student_view(shown, asked, moment(assignment, dates, act.now), given)
    return _so_far(seen, facts) if running else seen


def _so_far(seen: View, facts: Report) -> View:
    """Return the view of a grading that runs: the function whose case came last may not be through."""
    last = facts.cases[-1].function if facts.cases else ""
    done = tuple(each for each in seen.functions if each.cases and each.name != last)
    # What was noted so far is which cell of a notebook runs.
    notes = tuple(message(each) for each in facts.notes)
    return replace(
        seen, status=Status.RUNNING, score=None, headline="", mend=(), functions=done, parts=(), notes=notes
    )


def ahead(session: Session, grading: Grading) -> int:
    """Return how many gradings wait before this one; 0 when it runs or is done."""
    return store.ahead_of(session, grading) if grading.status is Status.QUEUED else 0


def _total_shows(session: Session, assignment: AssignmentRow, dates: Dates, now: datetime) -> bool:
    asked = judged.live(session, assignment)
    return asked is None or moment(assignment, dates, now).shows(asked.shown.total)


def _kept_back(result: Result, rule: Counts) -> Result:
    hidden = replace(result, raw=None, score=None, overridden=False, override=None)
    return replace(hidden, counts=False) if rule is Counts.BEST else hidden


def _result(
    handed: SubmissionRow, run: Grading | None, dates: Dates, zone: ZoneInfo, decided: Judged
) -> Result:
    share = deadlines.late_share(dates, handed.received_at, zone)
    graded = run is not None and run.status is Status.GRADED and run.score is not None
    tests, most = (run.score or 0.0, run.max_score or 0.0) if run and graded else (0.0, 0.0)
    whole = decided.total(handed.id, tests, most)
    raw = whole.points if graded else None
    set_by_hand = decided.overrides.get(handed.id)
    score = set_by_hand.score if set_by_hand else None if raw is None else raw * share
    return Result(
        submission=handed,
        grading=run,
        status=run.status if run else Status.QUEUED,
        late_seconds=deadlines.late_seconds(dates, handed.received_at),
        share=share,
        raw=raw,
        score=score,
        max_score=whole.most if graded else None,
        overridden=set_by_hand is not None,
        waits=() if set_by_hand else whole.waits,
        override=set_by_hand,
    )


def _counted(results: tuple[Result, ...], rule: Counts) -> tuple[Result, ...]:
    """Return the results with the one marked that counts. A total set by hand is never lost."""
    entries = [
        Candidate(
            each.submission.id,
            each.submission.received_at,
            each.score,
            lost=each.lost and not each.overridden,
            chosen=each.submission.chosen,
        )
        for each in results
    ]
    best = deadlines.counting(entries, rule)
    return tuple(replace(each, counts=best is not None and each.submission.id == best.id) for each in results)
