"""Reads what was handed in: a file, a folder, a zip; one submission or a whole class.

A folder or zip with the entry file on top (or in the one folder it holds) is one submission. Otherwise
each folder, Python file and zip in it is a submission of its own; in the export of a learning platform
(``grader.platforms``) it is told whose. A lone Python file stands for the entry file whatever its name.
Contents pass through as bytes: how they are to be decoded is judged in the box.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from grader import archives, platforms
from grader.archives import ArchiveLimits
from grader.errors import SubmissionError, TooLarge
from grader.feedback.text import phrase, size
from grader.model import Assignment, Submission
from grader.platforms import Owner

SOURCE_BYTES = 256 * 1024
NOTEBOOK_BYTES = 10 << 20
_LIMITS: Mapping[str, int] = {".py": SOURCE_BYTES, ".ipynb": NOTEBOOK_BYTES}
# One submission may hold so much; a folder or archive of a class is held to ArchiveLimits as a whole.
ONE = ArchiveLimits(files=200, total_bytes=20 << 20, file_bytes=NOTEBOOK_BYTES, archive_bytes=20 << 20)
CLASS = ArchiveLimits(files=50_000, total_bytes=2 << 30, file_bytes=ONE.archive_bytes, archive_bytes=1 << 30)


@dataclass(frozen=True)
class HandIn:
    """One submission, or why it can't be read. ``name`` says where it came from, ``owner`` whose it is."""

    name: str
    submission: Submission | None = None
    problem: SubmissionError | None = None
    owner: Owner | None = None


def read(path: Path, assignment: Assignment) -> tuple[HandIn, ...]:
    """Return the hand-ins at `path`. Raises SubmissionError when the path as a whole can't be read."""
    if path.is_dir():
        return tuple(_from_files(archives.read_folder(path, CLASS), str(path), assignment.entry))
    if not path.is_file():
        raise SubmissionError("there is no such file or folder", where=str(path), cure="Check the spelling.")
    content = archives.read_file(path, CLASS.archive_bytes)
    if path.suffix.lower() == ".zip":
        files = archives.read_zip(content, str(path), CLASS)
        return tuple(_from_files(files, str(path), assignment.entry))
    return (_checked(str(path), {_entry_name(path.name, assignment.entry): content}),)


def _entry_name(name: str, entry: str) -> str:
    """Return the name under which a lone file is handed in: a Python file is the entry, whatever its name."""
    return entry if name.endswith(".py") else name


def _from_files(files: Mapping[str, bytes], where: str, entry: str) -> Iterator[HandIn]:
    """Yield the hand-ins in a folder or archive."""
    inner = archives.unwrapped(files)
    if entry in inner:
        yield _checked(where, inner)
        return
    if not files:
        raise SubmissionError("there is nothing in it", where=where, cure=f"Put {entry} in it.")
    exported = platforms.owned(inner) or platforms.owned(files)
    for each in exported:
        yield replace(_one(f"{where}/{each.name}", each.files, entry), owner=each.owner)
    if not exported:
        for name, own in sorted(_grouped(inner).items()):
            yield _one(f"{where}/{name}", own, entry)


def _grouped(files: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """Return the files of each folder, and each file on top by itself, by the folder's or file's name.

    Files on top that are neither Python nor an archive (grade sheets, indexes) belong to nobody.
    """
    groups: dict[str, dict[str, bytes]] = {}
    for name, content in files.items():
        top, _, rest = name.partition("/")
        if rest:
            groups.setdefault(top, {})[rest] = content
        elif name.lower().endswith((".py", ".zip")):
            groups[name] = {name: content}
    return groups


def _one(where: str, files: Mapping[str, bytes], entry: str) -> HandIn:
    """Return one submission of a class; what is wrong with it stays with it."""
    try:
        return _checked(where, rooted(_opened(files, where), entry))
    except SubmissionError as error:
        return HandIn(where, problem=error)


def _opened(files: Mapping[str, bytes], where: str) -> Mapping[str, bytes]:
    """Return the content of the archive when there is nothing else in the hand-in."""
    if len(files) == 1:
        [(name, content)] = files.items()
        if name.lower().endswith(".zip"):
            return archives.read_zip(content, where, ONE)
    return files


def rooted(files: Mapping[str, bytes], entry: str) -> Mapping[str, bytes]:
    """Return the files relative to the folder of the entry file, which a lone Python file stands for."""
    if entry in files:
        return files
    homes = [PurePosixPath(name).parent for name in files if PurePosixPath(name).name == entry]
    if len(homes) == 1:
        prefix = f"{homes[0]}/"
        return {name.removeprefix(prefix): each for name, each in files.items() if name.startswith(prefix)}
    sources = [name for name in files if name.endswith(".py")]
    if not homes and len(sources) == 1:
        return {entry: files[sources[0]]}
    return files


def _checked(where: str, files: Mapping[str, bytes]) -> HandIn:
    """Return the hand-in, or its problem when it is larger than one submission may be."""
    try:
        check_sizes(files, where)
    except TooLarge as error:
        return HandIn(where, problem=error)
    return HandIn(where, Submission(dict(files)))


def check_sizes(files: Mapping[str, bytes], where: str) -> None:
    """Refuse too many files, or files too large for one submission."""
    if len(files) > ONE.files:
        raise TooLarge(
            f"there are {len(files)} files, more than {ONE.files}",
            where=where,
            cure="Hand in your own files only, no libraries and no data.",
        )
    for name, content in files.items():
        limit = _LIMITS.get(PurePosixPath(name).suffix.lower(), ONE.file_bytes)
        if len(content) > limit:
            raise TooLarge(
                f"it is larger than {size(limit)}",
                where=f"{where}: {phrase(name, 80)}",
                cure="Take data and outputs out of the file.",
            )
    if sum(map(len, files.values())) > ONE.total_bytes:
        raise TooLarge(f"it is larger than {size(ONE.total_bytes)} in all", where=where)
