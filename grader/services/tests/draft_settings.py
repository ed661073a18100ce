"""An assignment's settings: what its draft or else its live version says, and changes of the draft."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain, count

from grader import model
from grader.assignment import assignment_folder, toml_edit
from grader.database.db import Session
from grader.database.store import files
from grader.database.tables import AssignmentRow
from grader.errors import AssignmentError
from grader.services.act import Act
from grader.services.tests import drafts

# Where the text goes of an assignment that names no file for it.
TEXT = "text.md"


@dataclass(frozen=True)
class Current:
    """The files that staff works on. ``asked``: what they ask; None where the document can't be read."""

    contents: Mapping[str, bytes]
    asked: model.Assignment | None
    problem: AssignmentError | None = None

    @property
    def text(self) -> str:
        """What students read, as Markdown."""
        name = self.asked.text if self.asked else ""
        return self.contents.get(name, b"").decode("utf-8", "replace")

    def seen(self, *names: str) -> dict[str, str]:
        """Return the digests of these files, "" for one that isn't there."""
        return {name: files.digest(self.contents[name]) if name in self.contents else "" for name in names}


def current(session: Session, assignment: AssignmentRow) -> Current:
    """Return what the draft says, or without one the live version."""
    draft = drafts.of(session, assignment)
    if draft is not None:
        contents = drafts.contents(session, draft)
    else:
        contents = published(session, assignment)
    try:
        asked = toml_edit.read(contents.get(assignment_folder.FILE, b""), assignment.slug)
    except AssignmentError as error:
        return Current(contents, None, error)
    return Current(contents, asked)


def published(session: Session, assignment: AssignmentRow) -> dict[str, bytes]:
    """Return all files of the live version; none before there is one."""
    live = assignment.live_suite_id
    if live is None:
        return {}
    return {
        **files.of_suite(session, live, in_suite=True),
        **files.of_suite(session, live, in_suite=False),
    }


def save(
    act: Act,
    assignment: AssignmentRow,
    wanted: model.Assignment,
    seen: Mapping[str, str],
    *,
    text: str | None = None,
) -> bool:
    """Let the draft ask for what is wanted, and have this text; return whether that changed anything.

    Raises AssignmentError, whose ``where`` names the key, for what can't be asked; Conflict when the files
    are not what was ``seen``; and UsageError, TooLarge, StorageFull.
    """
    now_is = current(act.session, assignment)
    if now_is.problem is not None:
        raise now_is.problem
    if text is not None and text.strip() and not wanted.text:
        wanted = replace(wanted, text=_free(now_is.contents))
    changes = {assignment_folder.FILE: toml_edit.edited(now_is.contents[assignment_folder.FILE], wanted)}
    if text is not None and wanted.text:
        changes[wanted.text] = _written(text, now_is.contents.get(wanted.text, b""))
    changes = {name: each for name, each in changes.items() if now_is.contents.get(name) != each}
    if not changes:
        return False
    _refuse_worse(now_is.contents, changes, assignment.slug)
    draft = drafts.begin(act, assignment)
    drafts.save(act, draft, changes, {**now_is.seen(*changes), **seen})
    return True


def _free(contents: Mapping[str, bytes]) -> str:
    """Return a name for the text that no other file has."""
    further = (f"text-{number}.md" for number in count(2))
    return next(name for name in chain([TEXT], further) if name not in contents)


def _written(text: str, before: bytes) -> bytes:
    """Return the text as bytes, with the ends of lines that the file had."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if plain.encode("utf-8") == before.replace(b"\r\n", b"\n"):
        return before
    return (plain.replace("\n", "\r\n") if b"\r\n" in before else plain).encode("utf-8")


def _refuse_worse(contents: Mapping[str, bytes], changes: Mapping[str, bytes], slug: str) -> None:
    """Refuse changes that put files that were in order out of it; those that aren't may stay so."""
    try:
        assignment_folder.from_files(contents, slug=slug, where="")
    except AssignmentError:
        return
    assignment_folder.from_files({**contents, **changes}, slug=slug, where="")
