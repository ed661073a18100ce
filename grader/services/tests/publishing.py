"""Publishing: a draft becomes the version by which hand-ins are graded, if a verification says that it can.

Tests that can't be run, or were never tried as they are, are never published; tests that judge a sample
otherwise than it says need a reason, which is kept with the version.
"""

from dataclasses import dataclass
from datetime import datetime

from grader.database.db import Session
from grader.database.store import courses as course_store
from grader.database.store import drafts as store
from grader.database.store import regrades
from grader.database.tables import Draft, SuiteRow, Trial, TrialKind, User
from grader.errors import AssignmentError, ChainruleError, Conflict, NotFound, UsageError
from grader.model.language import _
from grader.services.act import Visit
from grader.services.courses import courses
from grader.services.tests import drafts, trial_progress
from grader.services.tests.drafts import Checked
from grader.services.tests.trial_progress import TrialProgress
from grader.verifying import trial_findings

SHORTEST_REASON = 10


@dataclass(frozen=True)
class DraftStanding:
    """How a draft stands to what is live.

    same         nothing at all differs;  ``same_tests``: nothing that influences a verdict does
    verified     the last verification of exactly these files that is through, and what it ``found``
    seeds        how far the samples of exactly these files were tried under several seeds; None: not at all
    unsteady     what that showed, once it is through
    published    the version that was made live since the draft was begun, if one was
    refused      what keeps it from being published, whatever the reason
    """

    draft: Draft
    checked: Checked
    same: bool
    same_tests: bool
    verified: Trial | None
    found: trial_findings.TrialFinding | None
    seeds: TrialProgress | None
    unsteady: trial_findings.TrialFinding | None
    published: SuiteRow | None
    refused: ChainruleError | None

    @property
    def needs_reason(self) -> bool:
        """Whether it can be published with a typed reason only."""
        return not self.same_tests and any(each and not each.fine for each in (self.found, self.unsteady))


def standing(session: Session, draft: Draft, *, now: datetime) -> DraftStanding:
    """Return how a draft stands to the live version."""
    live = _live(session, draft)
    checked = drafts.check(drafts.contents(session, draft), draft.assignment.slug)
    theirs = store.digests(session, draft.id)
    digest = checked.suite.digest if checked.suite else ""
    last = _last(session, draft, digest, theirs)
    found = trial_progress.settled(session, last, now=now) if last else None
    tried = _last(session, draft, digest, theirs, TrialKind.SEEDS)
    unsteady = trial_progress.settled(session, tried, now=now) if tried else None
    same = live is not None and store.digests_of_suite(session, live.id) == theirs
    same_tests = live is not None and live.digest == digest
    return DraftStanding(
        draft=draft,
        checked=checked,
        same=same,
        same_tests=same_tests,
        verified=last,
        found=found,
        seeds=trial_progress.progress(session, tried) if tried else None,
        unsteady=unsteady,
        published=live if live is not None and live.id != draft.based_on_id else None,
        refused=_refused(checked, found, same=same, same_tests=same_tests),
    )


def _live(session: Session, draft: Draft) -> SuiteRow | None:
    number = draft.assignment.live_suite_id
    return course_store.suite(session, number) if number is not None else None


def _last(
    session: Session,
    draft: Draft,
    digest: str,
    theirs: dict[str, str],
    kind: TrialKind = TrialKind.VERIFY,
) -> Trial | None:
    """Return the last verification of exactly the draft's files: samples and all."""
    for each in store.verifications(session, draft.assignment_id, digest, kind):
        if store.digests_of_suite(session, each.suite_id) == theirs:
            return each
    return None


def _refused(
    checked: Checked, found: trial_findings.TrialFinding | None, *, same: bool, same_tests: bool
) -> ChainruleError | None:
    if checked.problems:
        first = checked.problems[0]
        where = _("%(file)s, line %(line)s", file=first.file, line=first.line) if first.line else first.file
        return AssignmentError(first.what, where=where, cure=first.cure)
    if same:
        return Conflict(_("this version is already live"), cure=_("Change something first."))
    if same_tests:
        return None
    if found is None:
        return Conflict(
            _("these tests have not been verified since they changed"),
            cure=_("Verify them first; it takes a few seconds."),
        )
    if found.broken is not None:
        broken = found.broken
        where = (
            _("%(file)s, line %(line)s", file=broken.file, line=broken.line) if broken.line else broken.file
        )
        return AssignmentError(
            _("the tests can't be run: %(why)s", why=broken.text),
            where=where,
            cure=_("Fix them, and verify again."),
        )
    return None


def publish(
    act: Visit, draft: Draft, *, revision: int, live: int | None, note: str = "", reason: str = ""
) -> SuiteRow:
    """Make a draft the version that hand-ins are graded by; the draft is gone then.

    ``revision`` and ``live`` are the draft's revision and the live version's number as the publisher saw
    them. Raises Conflict when either is another by now, and AssignmentError, Conflict or UsageError for what
    keeps the draft from being published.
    """
    regrades.lock_assignment(act.session, draft.assignment_id)
    act.session.refresh(draft.assignment)
    row = store.draft(act.session, draft.assignment_id, lock=True)
    _refuse_changed(act.session, draft, row, revision, live)
    found = standing(act.session, draft, now=act.now)
    if found.refused is not None:
        raise found.refused
    if found.needs_reason and len(reason.strip()) < SHORTEST_REASON:
        raise UsageError(
            _("some samples do not get the expected result, so publishing needs a reason"),
            where="reason",
            cure=_(
                "Explain in at least %(shortest_reason)s characters why to publish anyway.",
                shortest_reason=SHORTEST_REASON,
            ),
        )
    assert found.checked.suite is not None
    said = f"{note.strip()} Published against its verification: {reason.strip()}".strip()
    made = courses.publish_suite(
        act,
        draft.assignment,
        found.checked.suite,
        extras=drafts.extras(found.checked),
        note=said if found.needs_reason else note.strip(),
    )
    drafts.remove(act.session, draft)
    return made


def _refuse_changed(
    session: Session, draft: Draft, row: Draft | None, revision: int, live: int | None
) -> None:
    now_live = _live(session, draft)
    if now_live is not None and now_live.id != live:
        who = now_live.created_by_id and session.get(User, now_live.created_by_id)
        raise Conflict(
            _(
                "%(who)s made version %(digest)s live meanwhile",
                who=who.name if who else _("somebody"),
                digest=now_live.digest[:6],
            ),
            where=draft.assignment.title,
            cure=_("Nothing was published. Look at the differences, then publish."),
        )
    if row is None or row.id != draft.id:
        raise NotFound(
            _("the draft was discarded meanwhile"), cure=_("Open the tests again: a new draft starts there.")
        )
    if row.revision != revision:
        who = row.changed_by
        raise Conflict(
            _("%(who)s changed the draft meanwhile", who=who.name if who else _("somebody")),
            where=draft.assignment.title,
            cure=_("Nothing was published. Look at the changes, then publish."),
        )
