"""Rows as forms: what the reader may see, by the same services as the pages."""

import msgspec
from flask import url_for

from grader.database.db import Session
from grader.database.store import courses, files, people
from grader.database.tables import AssignmentRow, Course, Role, SubmissionRow
from grader.errors import NotFound
from grader.feedback.text import phrase
from grader.feedback.view import View
from grader.forms import result_structs
from grader.model import Status
from grader.model.language import _
from grader.render import json
from grader.services.act import Visit
from grader.services.courses import suites
from grader.services.grading import results, submitting
from grader.services.grading.results import Result
from grader.services.grading.submitting import Terms
from grader.services.people import access


def all_courses(visit: Visit) -> result_structs.CoursesForm:
    """Return the reader's courses; an administrator's are all."""
    mine = [(course, place.role) for course, place in people.courses_of(visit.session, visit.actor.id)]
    if visit.actor.is_admin:
        mine = [(course, Role.INSTRUCTOR) for course in courses.courses(visit.session)]
    return result_structs.CoursesForm(courses=[_course(visit, course, role) for course, role in mine])


def _course(visit: Visit, course: Course, role: Role) -> result_structs.CourseForm:
    listed = [each for each in courses.assignments(visit.session, course.id) if may_read(visit, each, role)]
    return result_structs.CourseForm(
        id=course.id,
        slug=course.slug,
        title=course.title,
        zone=course.zone,
        role=role.value,
        assignments=[assignment(visit, each) for each in listed],
    )


def may_read(visit: Visit, found: AssignmentRow, role: Role | None) -> bool:
    """Say whether the reader may know of an assignment: students do once it has tests and is open."""
    return role in access.STAFF or access.is_open(found, visit.now)


def readable(visit: Visit, assignment_id: int) -> AssignmentRow:
    """Return an assignment that the reader may read. Raises NotFound."""
    found = access.assignment(visit.session, visit.actor, assignment_id)
    if not may_read(visit, found, access.role_in(visit.session, visit.actor, found.course_id)):
        raise NotFound(_("there is no such assignment"))
    return found


def assignment(
    visit: Visit, found: AssignmentRow, terms: Terms | None = None
) -> result_structs.AssignmentForm:
    """Return what is asked, and what holds for the reader."""
    terms = terms or submitting.terms(visit.session, visit.actor, found, at=visit.now)
    dates, attempts = terms.dates, terms.attempts
    return result_structs.AssignmentForm(
        id=found.id,
        course=found.course.slug,
        slug=found.slug,
        title=found.title,
        entry=_entry(visit.session, found),
        opens_at=dates.opens_at,
        due_at=dates.due_at,
        late_until=dates.late_until,
        grace_seconds=dates.grace_seconds,
        late_percent_per_day=dates.late_percent_per_day,
        standing=terms.standing.value,
        counts=found.counts.value,
        attempts_per_hour=found.attempts_per_hour,
        attempts_left=attempts.left,
        next_attempt_at=attempts.next_at,
        team=terms.team.name if terms.team else None,
    )


def _entry(session: Session, found: AssignmentRow) -> str:
    return suites.asked(session, suites.live_suite(session, found)).entry if found.live_suite_id else ""


def history(visit: Visit, found: AssignmentRow) -> result_structs.HistoryForm:
    """Return what the reader handed in, alone or with the team."""
    whole = results.history(visit.session, visit.actor, found, now=visit.now)
    number = len(whole.results)
    return result_structs.HistoryForm(
        assignment=assignment(visit, found, whole.terms),
        withheld=whole.withheld,
        submissions=[
            _submission(visit, each, number - place, shows=True) for place, each in enumerate(whole.results)
        ],
    )


def result(visit: Visit, found: SubmissionRow) -> result_structs.ResultForm:
    """Return a submission and its report; ask ``access.submission`` first whether at all."""
    staff = access.is_staff(visit.session, visit.actor, found.assignment.course_id)
    read = results.history_for_staff if staff else results.history
    number, place = read(visit.session, found.user, found.assignment, now=visit.now).place(found)
    view = _view(visit, place)
    begun = view is not None and view.status is not Status.QUEUED
    # The tests that this very grading ran may keep back more than today's.
    shows = place.overridden or (view is not None and view.score is not None)
    return result_structs.ResultForm(
        submission=_submission(visit, place, number, shows=shows),
        report=report(view) if view and begun else None,
    )


def report(view: View) -> result_structs.ReportForm:
    """Return a view as a form."""
    return msgspec.convert(json.document(view), result_structs.ReportForm)


def _view(visit: Visit, place: Result) -> View | None:
    run = place.grading
    return results.view(visit, run) if run else None


def _submission(visit: Visit, place: Result, number: int, *, shows: bool) -> result_structs.SubmissionForm:
    found, run = place.submission, place.grading
    return result_structs.SubmissionForm(
        id=found.id,
        assignment=found.assignment_id,
        attempt=number,
        by=found.user.name,
        team=found.team.name if found.team else None,
        received_at=found.received_at,
        late_seconds=place.late_seconds,
        digest=found.digest,
        files={
            phrase(name): size for name, size in files.names_of_submission(visit.session, found.id).items()
        },
        status=place.status.value,
        ahead=results.ahead(visit.session, run) if run else 0,
        raw_score=place.raw if shows else None,
        score=place.score if shows else None,
        max_score=place.max_score,
        overridden=place.overridden,
        counts=place.counts,
        page=url_for("student.submission", submission_id=found.id, _external=True),
        waits=[phrase(each.name) for each in place.waits],
    )
