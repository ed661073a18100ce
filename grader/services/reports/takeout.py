"""Everything about one person, as a zip for them: account, hand-ins, results as they see them."""

import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from grader.database.db import Session
from grader.database.store import audit, files, judgement, people
from grader.database.store import courses as course_store
from grader.database.tables import Course, RegradeRequest, Role, User
from grader.render import json as render
from grader.services.act import Visit
from grader.services.grading import results
from grader.services.grading.results import Result


def write(session: Session, user: User, stream: IO[bytes], *, now: datetime) -> int:
    """Write the zip; return how many submissions are in it. What is kept back from students stays so."""
    number = 0
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("account.json", _dumps(_account(session, user)))
        for course, place in people.courses_of(session, user.id):
            if place.role is Role.STUDENT:
                for name, content in _course(session, user, course, now):
                    archive.writestr(f"{course.slug}/{name}", content)
                    number += name.endswith("/result.json")
    return number


def _account(session: Session, user: User) -> dict[str, Any]:
    about = audit.about(session, f"user:{user.id}")
    return {
        "email": user.email,
        "name": user.name,
        "matriculation": user.matriculation,
        "programme": user.programme,
        "degree": user.degree,
        "created_at": user.created_at.isoformat(),
        "courses": [
            {"course": course.slug, "title": course.title, "role": place.role.value}
            for course, place in people.courses_of(session, user.id)
        ],
        "tokens": [
            {"name": each.name, "created_at": each.created_at.isoformat()}
            for each in people.tokens(session, user.id)
        ],
        "excused": [
            {"assignment": asked.slug, "why": row.why, "at": row.given_at.isoformat()}
            for row, asked in judgement.excuses_of(session, user.id)
        ],
        "log": [
            {"at": each.at.isoformat(), "action": each.action, "before": each.before, "after": each.after}
            for each in about
        ],
    }


def _course(session: Session, user: User, course: Course, now: datetime) -> Iterator[tuple[str, str | bytes]]:
    """Yield the files of a student's submissions to a course, the team's too, and the result of each."""
    for assignment in course_store.assignments(session, course.id):
        history = results.history(session, user, assignment, now=now)
        for place, each in enumerate(reversed(history.results), start=1):
            folder = f"{assignment.slug}/{place}"
            for name, content in files.of_submission(session, each.submission.id).items():
                yield f"{folder}/files/{name}", content
            yield f"{folder}/result.json", _dumps(_result(session, user, each, now))


def _result(session: Session, user: User, each: Result, now: datetime) -> dict[str, Any]:
    known = {
        "received_at": each.submission.received_at.isoformat(),
        "uploaded_by_you": each.submission.user_id == user.id,
        "late_seconds": each.late_seconds,
        "score": each.score,
        "set_by_a_person": each.overridden,
        "counts": each.counts,
        "comments": [
            {"file": row.file, "line": row.line, "text": row.text, "at": row.written_at.isoformat()}
            for row in judgement.comments(session, each.submission.id)
        ],
        "requests": [_request(row) for row in judgement.requests_of(session, each.submission.id)],
    }
    if each.grading is None:
        return known
    return {**known, "result": render.document(results.view(Visit(session, user, now), each.grading))}


def _request(row: RegradeRequest) -> dict[str, Any]:
    return {
        "at": row.asked_at.isoformat(),
        "text": row.text,
        "state": row.state.value,
        "answer": row.answer,
    }


def _dumps(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
