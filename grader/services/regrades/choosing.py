"""Which submissions a regrade is of, and under which version of the tests."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.arithmetic.deadlines import Counts
from grader.arithmetic.scoring import LOAD_VERDICTS
from grader.database.db import Session
from grader.database.store import courses, forgetting, people, regrades
from grader.database.tables import ONLY, AssignmentRow, SubmissionRow, SuiteRow, Which
from grader.errors import NotFound, UsageError
from grader.model import Status, Verdict
from grader.model.language import _
from grader.services.courses import suites
from grader.services.grading import results
from grader.services.grading.results import Result
from grader.services.people import accounts

# Names of versions are written short: so many characters of the digest stand for it.
SHORT = 6
RULES = {Which.LATEST: Counts.LATEST, Which.BEST: Counts.BEST}


@dataclass(frozen=True)
class SubmissionChoice:
    """Which submissions: of whom (addresses; none: everybody), and how they ended (see Regrade)."""

    which: Which = Which.ALL
    students: tuple[str, ...] = ()
    only: str = ""

    def __post_init__(self) -> None:
        if self.only and self.only not in ONLY:
            raise UsageError(
                _("submissions can't be selected by this"),
                where=self.only,
                cure=_("Choose by %(listed)s.", listed=", ".join(ONLY)),
            )


def choice(which: str, students: Sequence[str], only: str) -> SubmissionChoice:
    """Return what somebody wrote as a choice: the same one whatever the order. Raises UsageError."""
    try:
        known = Which(which or Which.ALL)
    except ValueError:
        words = ", ".join(Which)
        raise UsageError(
            _("submissions can't be selected like this"), where=which, cure=_("Say %(words)s.", words=words)
        ) from None
    return SubmissionChoice(known, tuple(sorted({accounts.normal_email(each) for each in students})), only)


def chosen(session: Session, assignment: AssignmentRow, wanted: SubmissionChoice) -> Sequence[SubmissionRow]:
    """Return the submissions, oldest first. Raises UsageError when there are none, NotFound for a student."""
    owned = results.everybody(session, assignment, RULES.get(wanted.which, assignment.counts))
    found = [each for own in owned for each in own if wanted.which is Which.ALL or each.counts]
    gone = forgetting.without_files(session, assignment.id)
    found = [each for each in found if each.submission.id not in gone]
    if wanted.students:
        users = _students(session, assignment, wanted.students)
        found = [each for each in found if _of(session, each.submission, users)]
    if wanted.only:
        found = _ended(session, assignment, found, wanted.only)
    if not found:
        raise UsageError(_("no submissions match"), where=assignment.slug, cure=_cure(wanted))
    return sorted((each.submission for each in found), key=lambda each: each.id)


def _students(session: Session, assignment: AssignmentRow, emails: Sequence[str]) -> set[int]:
    found = {}
    for email in emails:
        user = people.user_by_email(session, email)
        if user is None or people.enrolment(session, assignment.course_id, user.id) is None:
            raise NotFound(
                _("nobody in the course has this e-mail address"),
                where=email,
                cure=_("Look under People of the course."),
            )
        found[user.id] = user
    return set(found)


def _of(session: Session, handed: SubmissionRow, users: set[int]) -> bool:
    """Say whether one of the users handed it in, or is in the team it was handed in for."""
    if handed.user_id in users:
        return True
    if handed.team_id is None:
        return False
    return any(each.id in users for each in courses.members(session, handed.team_id))


def _ended(session: Session, assignment: AssignmentRow, found: Sequence[Result], only: str) -> list[Result]:
    if only == Status.INTERNAL_ERROR.value:
        return [each for each in found if each.lost]
    verdict = Verdict(only)
    ids = regrades.ended_with(session, assignment.id, verdict)
    return [each for each in found if each.submission.id in ids or _load(each) is verdict]


def _load(result: Result) -> Verdict | None:
    """Return how loading a submission ended, where none of its cases could be run."""
    run = result.grading
    if run is None or run.status is not Status.GRADED or run.load_code == "ok":
        return None
    return LOAD_VERDICTS.get(run.load_code, Verdict.ERROR)


def _cure(wanted: SubmissionChoice) -> str:
    if wanted.only and wanted.students:
        return _("Remove one of the two conditions.")
    if wanted.only:
        return _(
            "None ended with “%(wanted)s”. Choose another verdict, or none.",
            wanted=wanted.only.replace("_", " "),
        )
    return _("They have not submitted anything.") if wanted.students else _("There are no submissions yet.")


def version(session: Session, assignment: AssignmentRow, digest: str) -> SuiteRow:
    """Return the version of the tests whose digest begins so; the live one for none.

    Raises NotFound for an unknown digest, UsageError for the beginning of several.
    """
    if not digest:
        return suites.live_suite(session, assignment)
    known = {each.digest: each for each in reversed(courses.suites(session, assignment.id))}
    found = [row for each, row in known.items() if each.startswith(digest.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            _("%(number)s versions of the tests begin like this", number=len(found)),
            where=digest,
            cure=_("Write more of the digest."),
        )
    listed = ", ".join(each[:SHORT] for each in reversed(known))
    raise NotFound(
        _("%(slug)s has no such version of the tests", slug=assignment.slug),
        where=digest,
        cure=_("There are %(listed)s, newest first. Publish this one, or choose one of them.", listed=listed),
    )
