"""Reads submissions: a file, a folder, a zip; one submission or a whole class.

A folder or zip with an entry file on top (or in the one folder it holds) is one submission. Otherwise
each folder, Python file and zip in it is a submission of its own; in the export of a learning platform
(``grader.reading.platforms``) it is told whose. A lone Python file stands for the first entry whatever its
name, unless that is another entry's.
Contents pass through as bytes: how they are to be decoded is judged in the box.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from grader.errors import SubmissionError, TooLarge
from grader.feedback.text import phrase, size
from grader.model import Assignment, Submission
from grader.reading import archives, platforms
from grader.reading.archives import ArchiveLimits
from grader.reading.platforms import Owner

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
    """Return the submissions at `path`. Raises SubmissionError when the path as a whole can't be read."""
    if path.is_dir():
        return tuple(_from_files(archives.read_folder(path, CLASS), str(path), assignment))
    if not path.is_file():
        raise SubmissionError("file or folder not found", where=str(path), cure="Check the spelling.")
    content = archives.read_file(path, CLASS.archive_bytes)
    if path.suffix.lower() == ".zip":
        files = archives.read_zip(content, str(path), CLASS)
        return tuple(_from_files(files, str(path), assignment))
    return (_checked(str(path), rooted({path.name: content}, assignment)),)


def _from_files(files: Mapping[str, bytes], where: str, assignment: Assignment) -> Iterator[HandIn]:
    """Yield the submissions in a folder or archive."""
    inner = archives.unwrapped(files)
    if any(each.file in inner for each in assignment.loaded):
        yield _checked(where, inner)
        return
    if not files:
        raise SubmissionError("it is empty", where=where, cure=f"Put {assignment.entry} in it.")
    exported = platforms.owned(inner) or platforms.owned(files)
    for each in exported:
        yield replace(_one(f"{where}/{each.name}", each.files, assignment), owner=each.owner)
    if not exported:
        for name, own in sorted(_grouped(inner).items()):
            yield _one(f"{where}/{name}", own, assignment)


def _grouped(files: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """Return the files of each folder, and each file on top by itself, by the folder's or file's name.

    Files on top that are neither source nor an archive (grade sheets, indexes) belong to nobody.
    """
    groups: dict[str, dict[str, bytes]] = {}
    for name, content in files.items():
        top, _, rest = name.partition("/")
        if rest:
            groups.setdefault(top, {})[rest] = content
        elif name.lower().endswith((".py", ".ipynb", ".zip")):
            groups[name] = {name: content}
    return groups


def _one(where: str, files: Mapping[str, bytes], assignment: Assignment) -> HandIn:
    """Return one submission of a class; what is wrong with it stays with it."""
    try:
        return _checked(where, rooted(_opened(files, where), assignment))
    except SubmissionError as error:
        return HandIn(where, problem=error)


def _opened(files: Mapping[str, bytes], where: str) -> Mapping[str, bytes]:
    """Return the content of the archive when there is nothing else in the submission."""
    if len(files) == 1:
        [(name, content)] = files.items()
        if name.lower().endswith(".zip"):
            return archives.read_zip(content, where, ONE)
    return files


def rooted(files: Mapping[str, bytes], assignment: Assignment) -> Mapping[str, bytes]:
    """Return the files relative to the folder of the entries; a lone source stands for the first entry."""
    known = [each.file for each in assignment.loaded]
    if any(name in files for name in known):
        return files
    homes = {PurePosixPath(name).parent for name in files if PurePosixPath(name).name in known}
    if len(homes) == 1:
        prefix = f"{homes.pop()}/"
        return {name.removeprefix(prefix): each for name, each in files.items() if name.startswith(prefix)}
    kind = PurePosixPath(assignment.entry).suffix
    sources = [name for name in files if name.endswith(kind)]
    if not homes and len(sources) == 1:
        return {assignment.entry if name in sources else name: each for name, each in files.items()}
    return files


def _checked(where: str, files: Mapping[str, bytes]) -> HandIn:
    """Return the submission, or its problem when it is larger than one submission may be."""
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
            cure="Submit only your own files, no libraries or data.",
        )
    for name, content in files.items():
        limit = _LIMITS.get(PurePosixPath(name).suffix.lower(), ONE.file_bytes)
        if len(content) > limit:
            raise TooLarge(
                f"it is larger than {size(limit)}",
                where=f"{where}: {phrase(name, 80)}",
                cure="Remove data and outputs from the file.",
            )
    if sum(map(len, files.values())) > ONE.total_bytes:
        raise TooLarge(f"it is larger than {size(ONE.total_bytes)} in total", where=where)
