"""Drafts: an assignment's files while its staff works on them, before any hand-in is graded by them.

There is one draft for an assignment, whoever works on it. Each change names the contents that it was made
from, so that of two people who change one file the second is told, and neither loses anything. A draft may be
broken: `check` says what keeps it from being published.
"""

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader import model
from grader.assignment import assignment_folder
from grader.database.db import Session
from grader.database.store import audit, files, forgetting, regrades
from grader.database.store import drafts as store
from grader.database.tables import AssignmentRow, Draft
from grader.errors import AssignmentError, Conflict, NotFound, SubmissionError, TooLarge, UsageError
from grader.feedback.text import phrase, size
from grader.model import hidden_tests
from grader.model.language import N_, _
from grader.reading.archives import ArchiveLimits
from grader.reading.names import check_name
from grader.services.act import Act
from grader.services.courses import courses
from grader.verifying import proof_file
from grader.verifying.samples import Sample
from grader.verifying.samples import samples as read_samples

LIMITS = ArchiveLimits()


@dataclass(frozen=True)
class Problem:
    """What keeps a draft from being published, and where; ``line`` 0: no certain one."""

    file: str
    line: int
    what: str
    cure: str = ""


@dataclass(frozen=True)
class Checked:
    """A draft's files and the suite that they would be, or what is wrong with them."""

    files: Mapping[str, bytes]
    suite: model.Suite | None
    samples: tuple[Sample, ...] = ()
    proof: proof_file.Proof | None = None
    problems: tuple[Problem, ...] = ()


def of(session: Session, assignment: AssignmentRow) -> Draft | None:
    """Return an assignment's draft, if there is one."""
    return store.draft(session, assignment.id)


def begin(act: Act, assignment: AssignmentRow) -> Draft:
    """Return the draft there is, or a new one with the files of the live version; of none, without any."""
    found = store.draft(act.session, assignment.id)
    if found is None:
        # Of two who begin one at once, the second finds the other's after waiting here.
        regrades.lock_assignment(act.session, assignment.id)
        found = store.draft(act.session, assignment.id)
    return found if found is not None else _new(act, assignment)


def _new(act: Act, assignment: AssignmentRow) -> Draft:
    row = Draft(
        assignment=assignment,
        based_on_id=assignment.live_suite_id,
        revision=0,
        changed_at=act.now,
        changed_by_id=act.actor.id if act.actor else None,
    )
    act.session.add(row)
    act.session.flush()
    if assignment.live_suite_id is not None:
        store.copy_suite(act.session, row.id, assignment.live_suite_id)
    _note(act, assignment, "draft.begun", {"suite": assignment.live_suite_id})
    return row


def contents(session: Session, draft: Draft) -> dict[str, bytes]:
    """Return all files of a draft: of the suite, the handout, samples and proof."""
    return store.contents(session, draft.id)


def digests(session: Session, draft: Draft) -> dict[str, str]:
    """Return the names of a draft's files with the digests of their contents."""
    return store.digests(session, draft.id)


def save(act: Act, draft: Draft, changes: Mapping[str, bytes | None], seen: Mapping[str, str]) -> None:
    """Give some files of a draft these contents; None removes one.

    ``seen`` has the digests of the contents that each was made from, empty for a file that was not there.
    Raises Conflict when one is otherwise by now, NotFound when the draft is gone, and UsageError, TooLarge,
    StorageFull for what can't be kept.
    """
    row = _locked(act.session, draft)
    there = store.digests(act.session, row.id)
    for name in changes:
        _check_name(name)
        if there.get(name, "") != seen.get(name, ""):
            raise Conflict(_changed_by(row, name), where=name, cure=_(_COMPARE))
    after = {name: each for name, each in there.items() if name not in changes}
    after |= {name: files.digest(each) for name, each in changes.items() if each is not None}
    if after == there:
        return
    _check_sizes(changes, len(after))
    _put(act, row, changes)


_COMPARE = N_("Nothing was saved. Keep your text, open the current file, and add your changes.")


def replace(act: Act, draft: Draft, contents: Mapping[str, bytes]) -> None:
    """Put these files in the place of all that a draft has, as after the upload of a zip."""
    row = _locked(act.session, draft)
    gone: dict[str, bytes | None] = dict.fromkeys(store.digests(act.session, row.id))
    for name in contents:
        _check_name(name)
    _check_sizes(contents, len(contents))
    _put(act, row, gone | dict(contents))


def discard(act: Act, draft: Draft) -> None:
    """Throw a draft away; the live version stays as it is."""
    row = _locked(act.session, draft)
    _note(act, row.assignment, "draft.discarded", {"revision": row.revision})
    remove(act.session, row)


def extras(found: Checked) -> Mapping[str, bytes]:
    """Return the files that are not of the suite, but travel with it: handout, text, samples."""
    suite = {} if found.suite is None else found.suite.files
    return {name: content for name, content in found.files.items() if name not in suite}


def remove(session: Session, row: Draft) -> None:
    """Remove a draft that is no longer needed."""
    freed = store.remove(session, row.id)
    forgetting.give_back_storage(session, row.assignment.course_id, freed)
    session.expunge(row)


def _locked(session: Session, draft: Draft) -> Draft:
    """Return the draft as it is now; others wait until the transaction is over."""
    row = store.draft(session, draft.assignment_id, lock=True)
    if row is None or row.id != draft.id:
        cure = _("Nothing was saved. Keep your text, and open the tests again: a new draft starts there.")
        raise NotFound(_("the draft was published or discarded meanwhile"), cure=cure)
    return row


def _changed_by(row: Draft, name: str) -> str:
    who = row.changed_by.name if row.changed_by else _("somebody")
    return _(
        "%(name)s was changed since you opened it (last change of the draft: %(who)s)",
        name=phrase(name, 80),
        who=who,
    )


def _put(act: Act, row: Draft, changes: Mapping[str, bytes | None]) -> None:
    new, freed = store.put(act.session, row.id, changes)
    forgetting.give_back_storage(act.session, row.assignment.course_id, freed)
    courses.take_storage(act.session, row.assignment.course_id, new)
    row.revision += 1
    row.changed_at, row.changed_by_id = act.now, act.actor.id if act.actor else None
    _note(act, row.assignment, "draft.changed", {"files": sorted(changes)[:20]})
    act.session.flush()


def _check_name(name: str) -> None:
    try:
        check_name(name, phrase(name, 80))
    except SubmissionError as error:
        raise UsageError(error.what, where=error.where, cure=error.cure) from None


def _check_sizes(changes: Mapping[str, bytes | None], number: int) -> None:
    if number > LIMITS.files:
        raise TooLarge(
            _("there would be %(number)s files, more than %(files)s", number=number, files=LIMITS.files),
            where=_("the draft"),
        )
    for name, content in changes.items():
        if content is not None and len(content) > LIMITS.file_bytes:
            raise TooLarge(
                _("it is larger than %(limits)s", limits=size(LIMITS.file_bytes)), where=phrase(name, 80)
            )


def check(contents: Mapping[str, bytes], slug: str) -> Checked:
    """Return the suite, the samples and the proof that these files are, or all that is wrong with them.

    Nothing is run: whether the tests can be run is for a trial to tell.
    """
    problems = list(_unreadable(contents))
    try:
        suite = assignment_folder.from_files(contents, slug=slug, where="")
        found = read_samples(contents, suite.assignment, "")
        proof = proof_file.read(contents, suite.assignment, "")
    except AssignmentError as error:
        file, _, key = error.where.removeprefix("/").partition(": ")
        said = f"{key}: {error.what}" if key else error.what
        return Checked(contents, None, problems=(*problems, Problem(file, 0, said, error.cure)))
    return Checked(contents, None if problems else suite, found, proof, (*problems, *_flawed(suite)))


def _flawed(suite: model.Suite) -> Iterator[Problem]:
    """Yield what the text of the tests shows: a draft with it can be tried, to see what comes of it."""
    tests = {name: each for name, each in suite.files.items() if name not in suite.assignment.scripts}
    for each in hidden_tests.flaws(tests, [function.name for function in suite.assignment.functions]):
        yield Problem(each.file, each.line, each.what, each.cure)


def _unreadable(contents: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield the Python files of the suite that are no Python."""
    for name in sorted(assignment_folder.suite_files(contents)):
        if name.endswith(".py"):
            problem = _syntax(name, contents[name])
            if problem is not None:
                yield problem


def _syntax(name: str, content: bytes) -> Problem | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(content)
    except SyntaxError as error:
        return Problem(name, error.lineno or 0, _("this is not Python: %(msg)s", msg=error.msg))
    except (ValueError, RecursionError, MemoryError) as error:
        return Problem(name, 0, _("this is not Python: %(error)s", error=error))
    return None


def _note(act: Act, assignment: AssignmentRow, action: str, after: Mapping[str, object]) -> None:
    about, course = f"assignment:{assignment.id}", assignment.course_id
    audit.note(act.session, act.now, act.actor, action, about, course_id=course, after=after)
