"""What students do: see assignments, hand in, read results."""

import io
from datetime import datetime
from pathlib import PurePosixPath

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from grader import model
from grader.arithmetic import scoring
from grader.arithmetic.deadlines import Standing
from grader.database.store import courses, files
from grader.database.tables import AssignmentRow, Role, SuiteRow
from grader.errors import NotFound
from grader.feedback.installed import versions
from grader.model.language import _
from grader.services.act import Visit
from grader.services.courses import suites
from grader.services.grading import results, submitting
from grader.services.grading.results import History
from grader.services.people import access
from grader.services.reports import assignment_header
from grader.web.course import course_page
from grader.web.frame import intake
from grader.web.frame.sheet import Sheet
from grader.web.frame.site import changing, looking, received_at, site
from grader.web.result import judging_page, result

pages = Blueprint("student", __name__)


@pages.get("/")
def assignments() -> ResponseReturnValue:
    """List what is asked in all courses, soonest deadline first."""
    with looking() as visit:
        mine = results.assignments(visit)
        listed = [(course, each) for course, _, histories in mine for each in histories]
        listed.sort(key=lambda pair: _soonest(pair[1]))
        others = courses.courses(visit.session) if visit.actor.is_admin else []
        return render_template(
            "student/assignments.html",
            ahead=[pair for pair in listed if pair[1].terms.standing is not Standing.CLOSED],
            past=[pair for pair in reversed(listed) if pair[1].terms.standing is Standing.CLOSED],
            courses=[(course, role) for course, role, _ in mine],
            others=others,
            now=visit.now,
        )


@pages.get("/courses/<int:course_id>")
def course(course_id: int) -> ResponseReturnValue:
    """List one course's assignments."""
    with looking() as visit:
        course = access.course(visit.session, visit.actor, course_id)
        if access.is_staff(visit.session, visit.actor, course_id):
            return render_template(
                "staff/course.html",
                course=course,
                overview=course_page.overview(visit, course),
                teaches=access.role_in(visit.session, visit.actor, course_id) is Role.INSTRUCTOR,
                now=visit.now,
            )
        found = [
            results.history(visit.session, visit.actor, each, now=visit.now)
            for each in courses.assignments(visit.session, course.id)
            if access.is_open(each, visit.now)
        ]
        return render_template("student/course.html", course=course, histories=found, now=visit.now)


@pages.get("/assignments/<int:assignment_id>")
def assignment(assignment_id: int) -> ResponseReturnValue:
    """Show what is asked, the dates, what was handed in, and where to hand in."""
    with looking() as visit:
        found = _assignment(visit, assignment_id)
        if found.live_suite_id is None:
            return redirect(url_for("settings.page", assignment_id=found.id, tab="text"))
        row = suites.live_suite(visit.session, found)
        asked = suites.asked(visit.session, row)
        history = results.history(visit.session, visit.actor, found, now=visit.now)
        staff = access.is_staff(visit.session, visit.actor, found.course_id)
        return render_template(
            "student/assignment.html",
            assignment=found,
            asked=asked,
            most=scoring.total(asked, 0.0, scoring.most_points(asked)).most,
            sheet=_sheet(visit, row, asked),
            installed=versions(),
            history=history,
            terms=history.terms,
            staff=staff,
            head=assignment_header.head(visit.session, found) if staff else None,
            limits=intake.limits(asked),
            now=visit.now,
        )


@pages.post("/assignments/<int:assignment_id>")
def hand_in(assignment_id: int) -> ResponseReturnValue:
    """Take a hand-in, and go to its result."""
    with looking() as visit:
        asked = suites.asked(
            visit.session, suites.live_suite(visit.session, _assignment(visit, assignment_id))
        )
    contents = intake.read(request.files.getlist("files"), asked)
    with changing() as visit:
        made = submitting.submit(
            visit,
            _assignment(visit, assignment_id),
            contents,
            received_at=received_at(visit),
            secret=site().secret,
            tries=site().settings.attempts,
        )
    site().dispatcher.send(made.grading.id)
    return redirect(url_for("student.submission", submission_id=made.submission.id), 303)


@pages.get("/assignments/<int:assignment_id>/handout.zip")
def handout(assignment_id: int) -> ResponseReturnValue:
    """Give the files that students start from."""
    with looking() as visit:
        found = _assignment(visit, assignment_id)
        row = suites.live_suite(visit.session, found)
        content = _sheet(visit, row, suites.asked(visit.session, row)).handout
        name = f"{found.slug}-handout.zip"
    if not content:
        raise NotFound(_("this assignment has no handout"))
    return send_file(io.BytesIO(content), "application/zip", as_attachment=True, download_name=name)


@pages.get("/submissions/<int:submission_id>")
def submission(submission_id: int) -> ResponseReturnValue:
    """Show a result, or how far it is."""
    with looking() as visit:
        found = access.submission(visit.session, visit.actor, submission_id)
        page, said = result.page(visit, found), judging_page.said(visit, found)
        return render_template("student/submission.html", page=page, said=said, now=visit.now)


@pages.get("/submissions/<int:submission_id>/progress")
def progress(submission_id: int) -> ResponseReturnValue:
    """Give the part of the result's page that changes while it runs."""
    with looking() as visit:
        page = result.page(visit, access.submission(visit.session, visit.actor, submission_id))
        return render_template("student/_result.html", page=page, now=visit.now)


@pages.post("/submissions/<int:submission_id>/choose")
def choose(submission_id: int) -> ResponseReturnValue:
    """Make a submission the one that counts."""
    with changing() as visit:
        found = access.submission(visit.session, visit.actor, submission_id)
        submitting.choose(visit, found)
        there = found.assignment_id
    flash(_("This submission counts now."))
    return redirect(url_for("student.assignment", assignment_id=there))


@pages.get("/submissions/<int:submission_id>/files/<path:name>")
def file(submission_id: int, name: str) -> ResponseReturnValue:
    """Give back a file as it was handed in."""
    with looking() as visit:
        found = access.submission(visit.session, visit.actor, submission_id)
        contents = files.of_submission(visit.session, found.id)
    if name not in contents:
        raise NotFound(_("there is no such file in this submission"))
    return send_file(
        io.BytesIO(contents[name]),
        "application/octet-stream",
        as_attachment=True,
        download_name=PurePosixPath(name).name,
    )


def _assignment(visit: Visit, assignment_id: int) -> AssignmentRow:
    """Return an assignment that the visitor may read. Students are not told of it before it opens."""
    found = access.assignment(visit.session, visit.actor, assignment_id)
    staff = access.is_staff(visit.session, visit.actor, found.course_id)
    if not staff and not access.is_open(found, visit.now):
        raise NotFound(_("there is no such assignment"))
    return found


def _soonest(history: History) -> tuple[bool, datetime, int]:
    due = history.terms.dates.due_at
    return due is None, due or history.assignment.created_at, history.assignment.id


def _sheet(visit: Visit, row: SuiteRow, asked: model.Assignment) -> Sheet:
    kept = site().sheets.get(row.id)
    return kept or site().sheets.make(row.id, suites.given(visit.session, row), asked.text)
