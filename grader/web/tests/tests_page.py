"""What the page of an assignment's tests shows: files, one of them opened, what is wrong, what was tried."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from grader.database.store import courses as course_store
from grader.database.store import drafts as store
from grader.database.store import files, listing
from grader.database.tables import AssignmentRow, Draft, Role, SuiteRow
from grader.services.act import Visit
from grader.services.people import access
from grader.services.tests import drafts, trial_progress, trials
from grader.services.tests.drafts import Checked, Problem
from grader.verifying.sample_changes import Made
from grader.web.tests.matrix import TrialOutcome, outcome

# What a form may carry as text; larger files are edited elsewhere and uploaded.
TEXT_BYTES = 200 * 1024
RECENT = 20
TRIALS_SHOWN = 6
LANGUAGES = ("py", "toml", "md")


@dataclass(frozen=True)
class TreeEntry:
    """A file in the tree: its name, the part of it within its folder, and what the draft did to it.

    ``made``: it is a sample that the list gives as a change, and no file.
    """

    name: str
    short: str
    change: str
    wrong: bool
    made: bool = False


@dataclass(frozen=True)
class Folder:
    """The files of one folder; the assignment's own have no folder's name."""

    name: str
    entries: Sequence[TreeEntry]

    def has(self, name: str) -> bool:
        """Say whether a file is in it."""
        return any(each.name == name for each in self.entries)


@dataclass(frozen=True)
class Opened:
    """The file that is being looked at.

    text      what the editor shows; None for what is no text, or is too long for it
    seen      the digest of the contents, empty while there are none: what a change is made from
    wrong     the lines that something is wrong with
    base      the file that it is made of, where the list of samples gives it as a change: to be read only
    """

    name: str
    text: str | None
    seen: str
    size: int
    wrong: Sequence[int]
    base: str = ""

    @property
    def language(self) -> str:
        """The language to highlight, as the editor calls it."""
        suffix = PurePosixPath(self.name).suffix.removeprefix(".")
        return suffix if suffix in LANGUAGES else "text"


@dataclass(frozen=True)
class TestsPage:
    """Everything that the page of tests shows, and the files themselves.

    ``made``: those of samples that the list gives as changes; they are made whenever they are read.
    """

    assignment: AssignmentRow
    draft: Draft | None
    live: SuiteRow | None
    teaches: bool
    files: Mapping[str, bytes]
    checked: Checked
    folders: Sequence[Folder]
    outcomes: Sequence[TrialOutcome]
    samples: Sequence[str]
    recent: Sequence[tuple[int, str]]
    gone: Sequence[str] = ()
    made: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """How many files the draft has changed, added or removed."""
        if self.draft is None:
            return 0
        return len(self.gone) + sum(bool(each.change) for folder in self.folders for each in folder.entries)

    @property
    def revision(self) -> int:
        """Which state of the draft this is; -1: there is none."""
        return -1 if self.draft is None else self.draft.revision


def desk(visit: Visit, assignment: AssignmentRow) -> TestsPage:
    """Return what the staff of an assignment works on: its draft, or else the live version's files."""
    draft = drafts.of(visit.session, assignment)
    live = course_store.suite(visit.session, assignment.live_suite_id) if assignment.live_suite_id else None
    contents = _contents(visit, draft, live)
    there = {name: files.digest(each) for name, each in contents.items()}
    theirs = store.digests_of_suite(visit.session, live.id) if live else {}
    checked = drafts.check(contents, assignment.slug) if contents else Checked(contents, None)
    made = {name: each for _, made in _changes(checked) for name, each in made.files.items()}
    return TestsPage(
        assignment=assignment,
        draft=draft,
        live=live,
        teaches=access.role_in(visit.session, visit.actor, assignment.course_id) is Role.INSTRUCTOR,
        files=contents,
        checked=checked,
        folders=_folders(there, theirs if draft else there, checked.problems, made),
        outcomes=_outcomes(visit, assignment, there),
        samples=[each.file for each in checked.samples],
        recent=_recent(visit, assignment),
        gone=sorted(theirs.keys() - there.keys()),
        made=made,
    )


def _changes(checked: Checked) -> Iterator[tuple[str, Made]]:
    """Yield the samples that are changes: what each is called, and how it is made."""
    yield from ((each.file, each.made) for each in checked.samples if each.made is not None)


def _contents(visit: Visit, draft: Draft | None, live: SuiteRow | None) -> Mapping[str, bytes]:
    if draft is not None:
        return drafts.contents(visit.session, draft)
    return trial_progress.contents(visit.session, live) if live is not None else {}


def _folders(
    there: Mapping[str, str],
    live: Mapping[str, str],
    problems: Sequence[Problem],
    made: Mapping[str, bytes],
) -> Sequence[Folder]:
    """Return the tree: the assignment's own files first, then a folder after the other."""
    wrong = {each.file for each in problems}
    grouped: dict[str, list[TreeEntry]] = {"": []}
    for name in sorted({*there, *made}):
        top, slash, rest = name.partition("/")
        same = name in made or live.get(name) == there[name]
        change = "" if same else "changed" if name in live else "new"
        entry = TreeEntry(name, rest or name, change, name in wrong, name in made)
        grouped.setdefault(top if slash else "", []).append(entry)
    return [Folder(name, entries) for name, entries in grouped.items() if entries]


def _outcomes(visit: Visit, assignment: AssignmentRow, there: Mapping[str, str]) -> Sequence[TrialOutcome]:
    """Return what the last trials showed, and whether it was of these very files."""
    same: dict[int, bool] = {}
    found = []
    for row in trials.latest(visit.session, assignment)[:TRIALS_SHOWN]:
        if row.suite_id not in same:
            same[row.suite_id] = store.digests_of_suite(visit.session, row.suite_id) == there
        found.append(outcome(visit.session, row, of_this=same[row.suite_id]))
    return found


def _recent(visit: Visit, assignment: AssignmentRow) -> Sequence[tuple[int, str]]:
    """Return the numbers of the last hand-ins of students, and whose they are."""
    wanted = listing.Wanted(assignment.course_id, assignment_id=assignment.id)
    rows, _ = listing.page(visit.session, wanted, "newest", 1)
    return [(each.id, each.team or each.student) for each in rows[:RECENT]]


def opened(desk: TestsPage, name: str) -> Opened | None:
    """Return a file as the editor shows it; without a name, the first one that is wrong or else the first."""
    if name in desk.made:
        return _made(desk, name)
    chosen = name if name in desk.files else _first(desk) if not name else ""
    if not chosen:
        return None
    content = desk.files[chosen]
    wrong = [each.line for each in desk.checked.problems if each.file == chosen and each.line]
    return Opened(chosen, text_of(content), files.digest(content), len(content), wrong)


def _made(desk: TestsPage, name: str) -> Opened:
    content = desk.made[name]
    found = _changes(desk.checked)
    base = next(made.base + name.removeprefix(file) for file, made in found if name in made.files)
    return Opened(name, text_of(content), "", len(content), (), base)


def _first(desk: TestsPage) -> str:
    wrong = [each.file for each in desk.checked.problems if each.file in desk.files]
    tests = [name for name in desk.files if name.startswith("test_") and name.endswith(".py")]
    return next(iter([*wrong, *sorted(tests), *sorted(desk.files)]), "")


def text_of(content: bytes) -> str | None:
    """Return a file's text exactly, or None for what a text field can't carry."""
    if len(content) > TEXT_BYTES or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def typed(text: str, before: bytes | None) -> bytes:
    """Return what came from a text field as the file's new content.

    Browsers send every end of a line as CR LF. The file keeps the ends it had; where nothing else differs,
    it stays as it was to the byte.
    """
    plain = _plain(text)
    if before is None:
        return plain.encode()
    old = text_of(before)
    if old is not None and _plain(old) == plain:
        return before
    crlf = b"\r\n" in before and b"\n" not in before.replace(b"\r\n", b"")
    return (plain.replace("\n", "\r\n") if crlf else plain).encode()


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
