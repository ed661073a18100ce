"""Handing in: the terms for somebody at a moment, and taking what is handed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from grader import model
from grader.arithmetic import deadlines, seeds
from grader.arithmetic.deadlines import Attempts, Dates, Extended, Standing
from grader.database.db import Session
from grader.database.store import audit, files, people
from grader.database.store import courses as course_store
from grader.database.store import submissions as store
from grader.database.store import teams as team_store
from grader.database.tables import (
    AssignmentRow,
    Grading,
    GradingKind,
    Queue,
    SubmissionRow,
    SuiteRow,
    Team,
    User,
)
from grader.errors import NotAllowed, NotOpen, SubmissionError, TooManyAttempts
from grader.feedback import moments
from grader.model import Device
from grader.model.language import _
from grader.reading import submissions
from grader.reading.names import check_distinct, check_name
from grader.services.act import Visit
from grader.services.courses import courses, suites
from grader.services.grading import gradings
from grader.services.people import access


@dataclass(frozen=True)
class Terms:
    """What holds for somebody: dates with extensions, what handing in now means, attempts, team."""

    dates: Dates
    standing: Standing
    attempts: Attempts
    team: Team | None


@dataclass(frozen=True)
class HandedIn:
    """What was taken. Send ``grading.id`` to the queue once the transaction is committed."""

    submission: SubmissionRow
    grading: Grading


def terms(session: Session, user: User, assignment: AssignmentRow, *, at: datetime) -> Terms:
    """Return what holds for somebody at a moment."""
    team = course_store.team_of(session, assignment.id, user.id)
    dates = dates_for(session, assignment, user.id, team.id if team else None)
    used = store.attempts_since(
        session, assignment.id, user.id, team.id if team else None, at - deadlines.WINDOW
    )
    free = deadlines.attempts(used, assignment.attempts_per_hour, at)
    return Terms(dates, deadlines.standing(dates, at), free, team)


def dates_for(session: Session, assignment: AssignmentRow, user_id: int, team_id: int | None) -> Dates:
    """Return the dates that hold for somebody, extensions included."""
    given = course_store.extensions(session, assignment.id, user_id, team_id)
    return deadlines.extended(
        courses.dates_of(assignment), (Extended(each.due_at, each.late_until) for each in given)
    )


def submit(
    act: Visit,
    assignment: AssignmentRow,
    contents: Mapping[str, bytes],
    *,
    received_at: datetime,
    secret: bytes,
    tries: int = gradings.TRIES,
) -> HandedIn:
    """Take a hand-in and queue its grading. ``received_at``: the first byte; ``secret``: of the seeds.

    Staff may hand in at any time. Raises NotFound and NotAllowed, NotOpen, TooManyAttempts, StorageFull,
    TooLarge and SubmissionError, each with what to do; then nothing was kept.
    """
    row = suites.live_suite(act.session, assignment)
    asked = suites.asked(act.session, row)
    _check_files(contents, asked)
    staff = access.is_staff(act.session, act.actor, assignment.course_id)
    _lock(act.session, act.actor, assignment, staff=staff)
    holds = terms(act.session, act.actor, assignment, at=received_at)
    if not staff:
        _check_terms(holds, ZoneInfo(assignment.course.zone))
        _check_team(act.session, holds.team, assignment, asked.team_least)
    made = _keep(act.session, act.actor, assignment, contents, holds, received_at)
    grading = _enqueue(act.session, made, row, secret=secret, now=act.now, tries=tries)
    _note(act, made, "submission.received")
    return HandedIn(made, grading)


def _enqueue(
    session: Session, made: SubmissionRow, row: SuiteRow, *, secret: bytes, now: datetime, tries: int
) -> Grading:
    asked = suites.asked(session, row)
    return gradings.enqueue(
        session,
        made,
        row,
        GradingKind.SUBMISSION,
        Queue.INTERACTIVE,
        device="gpu" if asked.device is Device.GPU else "cpu",
        seed=seeds.of_digests(secret, row.digest, made.digest, asked.seeds),
        now=now,
        tries=tries,
    )


def choose(act: Visit, submission: SubmissionRow) -> None:
    """Make a submission the one that counts. Raises NotAllowed where the rule is another, or closed."""
    assignment = submission.assignment
    if assignment.counts is not deadlines.Counts.CHOSEN:
        raise NotAllowed(
            _("this assignment does not let you choose which submission counts"), where=assignment.title
        )
    holds = terms(act.session, act.actor, assignment, at=act.now)
    if holds.standing is Standing.CLOSED and not access.is_staff(
        act.session, act.actor, assignment.course_id
    ):
        raise NotOpen(_("the deadline for choosing has passed"), where=assignment.title)
    for other, __ in store.of_owner(act.session, assignment.id, submission.user_id, submission.team_id):
        other.chosen = other.id == submission.id
    submission.chosen = True
    _note(act, submission, "submission.chosen")


def _check_files(contents: Mapping[str, bytes], asked: model.Assignment) -> None:
    for each in asked.loaded:
        if each.file not in contents and not each.optional:
            raise SubmissionError(
                _("the file %(file)s is missing", file=each.file),
                cure=_("Submit a file with exactly this name: %(file)s.", file=each.file),
            )
    for pattern in asked.single:
        found = sorted(name for name in contents if fnmatchcase(name, pattern))
        if len(found) > 1:
            raise SubmissionError(
                _(
                    "only one %(pattern)s can be submitted, not %(files)s",
                    pattern=pattern,
                    files=", ".join(found),
                ),
                cure=_("Put everything into one file; nothing was stored."),
            )
    for name in contents:
        check_name(name, _("the submission"))
    check_distinct(list(contents), _("the submission"))
    submissions.check_sizes(contents, _("the submission"))


def _lock(session: Session, user: User, assignment: AssignmentRow, *, staff: bool) -> None:
    """Let hand-ins of one owner wait for each other, so that none slips past the attempts.

    In SQLite the transaction has the only write lock there is.
    """
    if people.enrolment(session, assignment.course_id, user.id, lock=True) is None and not staff:
        raise NotAllowed(_("only students of the course can submit"), cure=_("Ask its staff to add you."))
    course_store.team_of(session, assignment.id, user.id, lock=True)


def _check_terms(holds: Terms, zone: ZoneInfo) -> None:
    dates = holds.dates
    if holds.standing is Standing.EARLY and dates.opens_at:
        raise NotOpen(
            _("this assignment opens on %(moment)s", moment=moments.moment(dates.opens_at.astimezone(zone))),
            cure=_("Submit again then; nothing was stored."),
        )
    if holds.standing is Standing.CLOSED and dates.closes_at:
        raise NotOpen(
            _(
                "this assignment closed on %(moment)s",
                moment=moments.moment(dates.closes_at.astimezone(zone)),
            ),
            cure=_("Nothing was stored. If you have a good reason, ask the course's staff for an extension."),
        )
    if holds.attempts.left == 0 and holds.attempts.next_at:
        raise TooManyAttempts(
            _("you have used all attempts of this hour"),
            cure=_(
                "You can submit again at %(time)s; nothing was stored.",
                time=holds.attempts.next_at.astimezone(zone).strftime("%H:%M:%S"),
            ),
        )


def _check_team(session: Session, team: Team | None, assignment: AssignmentRow, least: int) -> None:
    """Refuse whoever has too few team mates, where the course lets students form teams at all."""
    members = len(team_store.member_ids(session, team.id)) if team else 1
    if members < least <= assignment.team_size:
        raise NotAllowed(
            _("this assignment is for teams of at least %(least)s members", least=least),
            where=assignment.title,
            cure=_("Form a team on the assignment's page, then submit; nothing was stored."),
        )


def _keep(
    session: Session,
    user: User,
    assignment: AssignmentRow,
    contents: Mapping[str, bytes],
    holds: Terms,
    received_at: datetime,
) -> SubmissionRow:
    made = SubmissionRow(
        assignment_id=assignment.id,
        user_id=user.id,
        team_id=holds.team.id if holds.team else None,
        digest=model.digest_files(contents),
        received_at=received_at,
        late_seconds=deadlines.late_seconds(holds.dates, received_at),
        size_bytes=sum(map(len, contents.values())),
    )
    session.add(made)
    session.flush()
    new = files.add_submission_files(session, made.id, contents)
    courses.take_storage(session, assignment.course_id, new)
    return made


def _note(act: Visit, made: SubmissionRow, action: str) -> None:
    course = made.assignment.course_id
    after = {"digest": made.digest, "late_seconds": made.late_seconds}
    audit.note(
        act.session, act.now, act.actor, action, f"submission:{made.id}", course_id=course, after=after
    )


def contents(session: Session, submission: SubmissionRow) -> model.Submission:
    """Return what was handed in, exactly as it came."""
    return model.Submission(files.of_submission(session, submission.id))
