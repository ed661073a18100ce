"""Reads submissions: a file, a folder, a zip; one submission or a whole class.

A folder or zip with an entry file on top (or in the one folder it holds) is one submission. Otherwise
each folder, Python file and zip in it is a submission of its own; in the export of a learning platform
(``grader.reading.platforms``) it is told whose. A lone Python file stands for the first entry whatever its
name, unless that is another entry's.
Contents pass through as bytes: how they are to be decoded is judged in the box.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TypeVar

from grader.errors import SubmissionError, TooLarge
from grader.feedback.text import phrase, size
from grader.model import Assignment, Submission
from grader.model.language import _
from grader.reading import archives, platforms
from grader.reading.archives import ArchiveLimits, Member
from grader.reading.names import check_name, clashes
from grader.reading.platforms import Owner

SOURCE_BYTES = 256 * 1024
NOTEBOOK_BYTES = 10 << 20
_Value = TypeVar("_Value")
_LIMITS: Mapping[str, int] = {".py": SOURCE_BYTES, ".ipynb": NOTEBOOK_BYTES}
# One submission may hold so much; a folder or archive of a class is held to ArchiveLimits as a whole.
ONE = ArchiveLimits(files=200, total_bytes=20 << 20, file_bytes=NOTEBOOK_BYTES, archive_bytes=20 << 20)
CLASS = ArchiveLimits(files=50_000, total_bytes=2 << 30, file_bytes=ONE.archive_bytes, archive_bytes=1 << 30)


@dataclass(frozen=True)
class HandIn:
    """One submission, or why it can't be read. ``name`` says where it came from, ``owner`` whose it is.

    ``left_out``: why files of it that nobody needs can't be read; the others are graded without them.
    """

    name: str
    submission: Submission | None = None
    problem: SubmissionError | None = None
    owner: Owner | None = None
    left_out: tuple[SubmissionError, ...] = ()


def read(path: Path, assignment: Assignment) -> tuple[HandIn, ...]:
    """Return the submissions at `path`. Raises SubmissionError when the path as a whole can't be read."""
    if path.is_dir():
        return tuple(_from_files(archives.folder_members(path, CLASS), str(path), assignment))
    if not path.is_file():
        raise SubmissionError(_("file or folder not found"), where=str(path), cure=_("Check the spelling."))
    content = archives.read_file(path, CLASS.archive_bytes)
    if path.suffix.lower() == ".zip":
        files = archives.read_members(content, str(path), CLASS)
        return tuple(_from_files(files, str(path), assignment))
    return (_checked(str(path), rooted({path.name: content}, assignment)),)


def _from_files(files: Mapping[str, Member], where: str, assignment: Assignment) -> Iterator[HandIn]:
    """Yield the submissions in a folder or archive."""
    inner = archives.unwrapped(files)
    if any(each.file in inner for each in assignment.loaded):
        yield _checked(where, inner)
        return
    if not files:
        cure = _("Put %(entry)s in it.", entry=assignment.entry)
        raise SubmissionError(_("it is empty"), where=where, cure=cure)
    exported = platforms.owned(inner) or platforms.owned(files)
    for each in exported:
        yield replace(_one(_below(where, each.name), each.files, assignment), owner=each.owner)
    groups = {} if exported else _grouped(inner)
    if not exported and not groups:
        raise SubmissionError(
            _("no source file is in it"), where=where, cure=_("Put %(entry)s in it.", entry=assignment.entry)
        )
    for name, own in sorted(groups.items()):
        yield _one(_below(where, name), own, assignment)


def _below(where: str, name: str) -> str:
    return f"{where}/{phrase(name, 240)}"


def _grouped(files: Mapping[str, Member]) -> dict[str, dict[str, Member]]:
    """Return the files of each folder, and each file on top by itself, by the folder's or file's name.

    Files on top that are neither source nor an archive (grade sheets, indexes) belong to nobody.
    """
    groups: dict[str, dict[str, Member]] = {}
    for name, content in files.items():
        top, _, rest = name.partition("/")
        if rest:
            groups.setdefault(top, {})[rest] = content
        elif _is_source(name):
            # Beside a folder of this name it is a submission of its own, unless it is that one's.
            groups.setdefault(name, {})[name] = content
    return groups


def _one(where: str, files: Mapping[str, Member], assignment: Assignment) -> HandIn:
    """Return one submission of a class; what is wrong with it stays with it."""
    try:
        return _checked(where, rooted(_opened(files, where), assignment))
    except SubmissionError as error:
        return HandIn(where, problem=error)


def _opened(files: Mapping[str, Member], where: str) -> Mapping[str, Member]:
    """Return the content of the archive and what lies beside it, where it is the only source."""
    sources = [name for name in files if _is_source(name)]
    content = files[sources[0]] if len(sources) == 1 else b""
    if not content or not isinstance(content, bytes) or not sources[0].lower().endswith(".zip"):
        return files
    beside = {name: each for name, each in files.items() if name != sources[0]}
    return beside | archives.unwrapped(archives.read_members(content, where, ONE))


def _is_source(name: str) -> bool:
    return name.lower().endswith((*_LIMITS, ".zip"))


def rooted(files: Mapping[str, _Value], assignment: Assignment) -> Mapping[str, _Value]:
    """Return the files relative to the folder of the entries; a lone source stands for the first entry.

    A file whose name differs from an entry's in capitals only, ``mlp.PY``, is that entry.
    """
    known = [each.file for each in assignment.loaded]
    files = _spelled(files, known)
    if any(name in files for name in known):
        return files
    homes = {PurePosixPath(name).parent for name in files if PurePosixPath(name).name in known}
    if len(homes) == 1:
        prefix = f"{homes.pop()}/"
        return {name.removeprefix(prefix): each for name, each in files.items() if name.startswith(prefix)}
    kind = PurePosixPath(assignment.entry).suffix
    sources = [name for name in files if name.lower().endswith(kind)]
    if not homes and len(sources) == 1:
        return {assignment.entry if name in sources else name: each for name, each in files.items()}
    return files


def _spelled(files: Mapping[str, _Value], known: Sequence[str]) -> Mapping[str, _Value]:
    """Return the files with the capitals of entries as the assignment has them, where only one is meant."""
    meant = {name.casefold(): name for name in known}

    def spelled(name: str) -> str:
        folder, slash, last = name.rpartition("/")
        right = f"{folder}{slash}{meant.get(last.casefold(), last)}"
        return name if right in files else right

    found = [spelled(name) for name in files]
    return dict(zip(found, files.values(), strict=True)) if len(set(found)) == len(found) else files


def _checked(where: str, files: Mapping[str, Member]) -> HandIn:
    """Return the submission without the files that can't be read, or its problem.

    A source that can't be read is the submission's problem; others may need it.
    """
    problems = _problems(where, files)
    sources = [each for name, each in problems.items() if _is_source(name)]
    kept = {name: each for name, each in files.items() if isinstance(each, bytes) and name not in problems}
    if sources or not kept:
        return HandIn(where, problem=(sources or list(problems.values()))[0])
    try:
        check_sizes(kept, where)
    except TooLarge as error:
        return HandIn(where, problem=error)
    return HandIn(where, Submission(kept), left_out=tuple(problems.values()))


def _problems(where: str, files: Mapping[str, Member]) -> Mapping[str, SubmissionError]:
    """Return why files can't be taken, by their names."""
    found: dict[str, SubmissionError] = {}
    for name, why in clashes(list(files)):
        found[name] = SubmissionError(why, where=f"{where}: {phrase(name, 80)}", cure=_("Keep one of them."))
    for name, content in files.items():
        if isinstance(content, SubmissionError):
            found[name] = content
            continue
        try:
            check_name(name, f"{where}: {phrase(name, 80)}")
        except SubmissionError as error:
            found[name] = error
    return found


def check_sizes(files: Mapping[str, bytes], where: str) -> None:
    """Refuse too many files, or files too large for one submission."""
    if len(files) > ONE.files:
        raise TooLarge(
            _("there are %(files)s files, more than %(most)s", files=len(files), most=ONE.files),
            where=where,
            cure=_("Submit only your own files, no libraries or data."),
        )
    for name, content in files.items():
        limit = _LIMITS.get(PurePosixPath(name).suffix.lower(), ONE.file_bytes)
        if len(content) > limit:
            raise TooLarge(
                _("it is larger than %(most)s", most=size(limit)),
                where=f"{where}: {phrase(name, 80)}",
                cure=_("Remove data and outputs from the file."),
            )
    if sum(map(len, files.values())) > ONE.total_bytes:
        raise TooLarge(_("it holds more than %(most)s in total", most=size(ONE.total_bytes)), where=where)
