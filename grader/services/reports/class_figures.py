"""A class from the rows: which submission counts for whom, and the figures over these."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from grader.arithmetic import deadlines
from grader.arithmetic.class_figures import CaseFigures, Class, Counted, Said
from grader.arithmetic.deadlines import Candidate, Extended
from grader.database import report_rows
from grader.database.db import Session
from grader.database.store import class_figures as store
from grader.database.store import courses, judgement, people
from grader.database.tables import AssignmentRow, Role, Team
from grader.feedback.mistake_words import words
from grader.model import Status
from grader.services.courses import suites
from grader.services.courses.courses import dates_of
from grader.services.judgement import judged


def of_class(session: Session, assignment: AssignmentRow) -> Class:
    """Return what the class did. It asks the database as often for five hundred students as for one."""
    rows, without = _counting(session, assignment)
    numbers = [row.grading_id for _, row in rows if row.status is Status.GRADED]
    shares, said = _shares(session, numbers), store.said(session, numbers)
    cases = _cases(session, numbers)
    return Class(
        functions=_functions(session, assignment, cases),
        counted=tuple(_counted(who, row, shares, said) for who, row in rows),
        cases=cases,
        without=without,
    )


def counting(session: Session, assignment: AssignmentRow) -> Sequence[int]:
    """Return the submissions that count for the course's students and their teams, each once."""
    return [row.id for _, row in _counting(session, assignment)[0]]


def _counting(session: Session, assignment: AssignmentRow) -> tuple[Sequence[tuple[str, Any]], int]:
    """Return who the submissions that count are of, with their rows, and how many students have none.

    Who is excused is no such student.
    """
    handed: dict[tuple[int | None, int | None], list[Any]] = {}
    for row in store.handed_in(session, assignment.id):
        owner = (None, row.team_id) if row.team_id else (row.user_id, None)
        handed.setdefault(owner, []).append(row)
    rule = _Rule(session, assignment)
    teams, without = courses.teams_by_member(session, assignment.id), 0
    excused = judgement.excused(session, assignment.id)
    found: dict[int, tuple[str, Any]] = {}
    for place in people.roster(session, assignment.course_id):
        if place.role is Role.STUDENT:
            team = teams.get(place.user_id)
            own = [*handed.get((place.user_id, None), ()), *(handed.get((None, team.id), ()) if team else ())]
            row = rule.counting(own, place.user_id, team)
            if row is None:
                without += place.user_id not in excused
            else:
                found.setdefault(row.id, (team.name if row.team_id and team else place.user.name, row))
    return tuple(found.values()), without


class _Rule:
    """Which of somebody's submissions counts, once what holds for an assignment is read."""

    def __init__(self, session: Session, assignment: AssignmentRow) -> None:
        self._rule = assignment.counts
        self._dates = dates_of(assignment)
        self._zone = ZoneInfo(assignment.course.zone)
        self._extensions = courses.all_extensions(session, assignment.id)
        self._decided = judged.of_assignment(session, assignment)

    def counting(self, own: Sequence[Any], user_id: int, team: Team | None) -> Any | None:
        """Return the row that counts, or None: the same that the gradebook says."""
        given = [
            Extended(each.due_at, each.late_until)
            for each in self._extensions
            if each.user_id == user_id or (team is not None and each.team_id == team.id)
        ]
        dates = deadlines.extended(self._dates, given) if given else self._dates
        best = deadlines.counting([self._entry(row, dates) for row in own], self._rule)
        return next((row for row in own if best is not None and row.id == best.id), None)

    def _entry(self, row: Any, dates: deadlines.Dates) -> Candidate:
        by_hand = self._decided.overrides.get(row.id)
        graded = row.status is Status.GRADED and row.score is not None
        whole = self._decided.total(row.id, row.score, row.max_score or 0.0).points if graded else None
        share = deadlines.late_share(dates, row.received_at, self._zone)
        tests = None if whole is None else whole * share
        lost = row.status is Status.INTERNAL_ERROR and by_hand is None
        score = by_hand.score if by_hand else tests
        return Candidate(row.id, row.received_at, score, lost=lost, chosen=row.chosen)


def _counted(
    who: str,
    row: Any,
    shares: Mapping[int, Mapping[str, float]],
    said: Mapping[int, tuple[str, Sequence[Mapping[str, Any]]]],
) -> Counted:
    load, diagnoses = said.get(row.grading_id, ("ok", ()))
    return Counted(
        submission=row.id,
        who=who,
        status=row.status or Status.QUEUED,
        score=row.score,
        max_score=row.max_score,
        load=load,
        shares=shares.get(row.grading_id, {}),
        said=tuple(map(_said, diagnoses)),
    )


def _said(row: Mapping[str, Any]) -> Said:
    found = report_rows.diagnosis(row)
    told = words(found)
    return Said(found.kind, found.code, told.title, told.what, found.function, found.sure)


def _shares(session: Session, numbers: Sequence[int]) -> Mapping[int, Mapping[str, float]]:
    """Return each function's share, by grading; cases without weight count when there are no others."""
    found: dict[int, dict[str, float]] = {}
    for row in store.functions(session, numbers):
        share = row.kept / row.weight if row.weight > 0 else row.passed / row.number
        found.setdefault(row.grading_id, {})[json.loads(row.function)] = share
    return found


def _cases(session: Session, numbers: Sequence[int]) -> tuple[CaseFigures, ...]:
    """Return the figures of each case, in the order of the suite."""
    parts: dict[tuple[str, str, str], list[Any]] = {}
    for row in store.cases(session, numbers):
        parts.setdefault((row.function, row.name, row.case), []).append(row)
    ordered = sorted(parts.items(), key=lambda item: (min(row.place for row in item[1]), item[0]))
    return tuple(_case(key, rows) for key, rows in ordered)


def _case(key: tuple[str, str, str], rows: Sequence[Any]) -> CaseFigures:
    function, name, number = map(json.loads, key)
    ran = sum(row.ran for row in rows)
    return CaseFigures(
        function=function,
        name=name,
        id=number,
        ran=ran,
        passed=sum(row.passed for row in rows),
        mean_seconds=sum(row.seconds for row in rows) / ran,
        longest_seconds=max(row.longest for row in rows),
    )


def _functions(session: Session, assignment: AssignmentRow, cases: Sequence[CaseFigures]) -> tuple[str, ...]:
    """Return the functions that the live tests name, then others that cases are counted for."""
    live = assignment.live_suite_id
    asked = suites.asked(session, suites.live_suite(session, assignment)).functions if live else ()
    tested = {each.function for each in cases}
    # Functions of no points and no cases are part of the sheet, but there is nothing to see of them.
    named = [each.name for each in asked if each.points or each.name in tested]
    return tuple(dict.fromkeys([*named, *(each.function for each in cases)]))
