"""Which assignment is meant, when the command does or doesn't say."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from grader.assignment import assignment_folder
from grader.errors import SubmissionError, UsageError
from grader.model import Suite, schema
from grader.model.language import _
from grader.reading import archives
from grader.reading.submissions import CLASS

_LOOKED_AT = 5_000  # file names in a folder


def suite(name: str | None, paths: Iterable[Path], folders: Iterable[Path]) -> Suite:
    """Return the assignment called `name`, or the only one whose entry file is among `paths`."""
    searched = tuple(folders)
    if name is not None:
        return assignment_folder.load(assignment_folder.find(name, searched))
    known = {
        slug: assignment_folder.load(folder) for slug, folder in assignment_folder.available(searched).items()
    }
    submitted = {file for path in paths for file in _names(path)}
    fitting = [each for each in known.values() if _fits(each.assignment.entry, submitted)]
    if len(fitting) == 1:
        return fitting[0]
    raise UsageError(
        _("can't tell which assignment this is for"),
        where="--assignment",
        cure=_("Choose one with -a. %(did_you_mean)s", did_you_mean=schema.did_you_mean("", known)).strip(),
    )


def _fits(entry: str, names: Iterable[str]) -> bool:
    """Say whether one of the names is the entry's, also with something put before it on download."""
    ends = tuple(f"{sign}{entry}".lower() for sign in "_- ")
    return any(name.lower() == entry.lower() or name.lower().endswith(ends) for name in names)


def _names(path: Path) -> Iterator[str]:
    """Yield the names of the files at `path`, in a folder or archive too."""
    if path.is_dir():
        yield from _names_in(path)
    elif path.suffix.lower() == ".zip" and path.is_file():
        try:
            names = archives.names_in(archives.read_file(path, CLASS.archive_bytes), str(path), CLASS)
        except SubmissionError:
            return
        yield from (PurePosixPath(name).name for name in names)
    else:
        yield path.name


def _names_in(folder: Path) -> Iterator[str]:
    seen = 0
    for *_above, names in os.walk(folder):
        seen += len(names)
        yield from names
        if seen > _LOOKED_AT:
            return
