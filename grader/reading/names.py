"""Names of files that people bring: which are refused, which are by-products. Pure."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.errors import SubmissionError
from grader.feedback.text import phrase
from grader.model.language import _

_JUNK_FOLDERS = frozenset(
    {"__pycache__", "__MACOSX", "node_modules", "venv", ".venv", ".git", ".ipynb_checkpoints"}
)
_JUNK_FILES = frozenset({"Thumbs.db", "desktop.ini", ".DS_Store", ".gitignore"})


@dataclass(frozen=True)
class NameLimits:
    """How long a name can be, folders included, and each part of it: file systems count bytes, not letters.

    255 bytes are NAME_MAX of Linux, also of the tmpfs in which a submission runs.
    """

    characters: int = 240
    part_bytes: int = 255
    depth: int = 12


LIMITS = NameLimits()


def check_name(name: str, where: str) -> None:
    """Refuse a name that leaves the folder, means something else elsewhere, or can't be shown or stored.

    Raises SubmissionError with the reason and `where`.
    """
    what = _leads_astray(name) or _unfit(name)
    if what:
        raise SubmissionError(what, where=where, cure=_("Use a plain name, relative to the folder."))


def check_place(name: str, where: str) -> None:
    """Refuse a name that is not one of a place below the folder. Raises SubmissionError."""
    what = _leads_astray(name)
    if what:
        raise SubmissionError(what, where=where, cure=_("Use a plain name, relative to the folder."))


def _leads_astray(name: str) -> str:
    if not name.strip("/"):
        return _("a name is empty")
    drive = len(name) > 1 and name[1] == ":"
    if name.startswith("/") or "\\" in name or drive or {"", ".", ".."} & set(_parts(name)):
        return _("a name points outside the folder")
    return _("a name has invisible characters") if "\0" in name else ""


def _unfit(name: str) -> str:
    parts = _parts(name)
    if any(unicodedata.category(character)[0] == "C" for character in name):
        return _("a name has invisible characters")
    if len(parts) > LIMITS.depth:
        return _("more than %(depth)s folders are nested", depth=LIMITS.depth - 1)
    if len(name) > LIMITS.characters:
        return _("a name is longer than %(most)s characters", most=LIMITS.characters)
    if any(len(part.encode()) > LIMITS.part_bytes for part in parts):
        return _("a name is longer than %(most)s bytes", most=LIMITS.part_bytes)
    return ""


def _parts(name: str) -> list[str]:
    return name.rstrip("/").split("/")


def clashes(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each name that can't be there beside the others, and why.

    Those are names that are one file on some systems, and a file that is also a folder.
    """
    files: dict[str, list[str]] = {}
    for name in names:
        files.setdefault(_folded(name), []).append(name)
    for same in files.values():
        if len(same) > 1:
            both = ", ".join(phrase(name, 80) for name in dict.fromkeys(same))
            yield from ((name, _("%(names)s: one name on many systems", names=both)) for name in same)
    for name in names:
        for parent in PurePosixPath(_folded(name)).parents:
            for file in files.get(str(parent), ()):
                why = _("%(name)s is both a file and a folder", name=phrase(file, 80))
                yield from ((each, why) for each in (file, name))


def check_distinct(names: Sequence[str], where: str) -> None:
    """Refuse names that can't be side by side. Raises SubmissionError."""
    for _name, why in clashes(names):
        raise SubmissionError(why, where=where, cure=_("Keep one of them."))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def is_junk(name: str) -> bool:
    """Say whether a file is a by-product: caches, version control, what file browsers leave."""
    *folders, last = PurePosixPath(name).parts or ("",)
    return (
        any(folder in _JUNK_FOLDERS for folder in folders)
        or last in _JUNK_FILES
        or last.startswith("._")
        or last.endswith((".pyc", ".pyo"))
    )


def is_junk_folder(name: str) -> bool:
    """Say whether nothing below a folder of this name is a person's own."""
    return name in _JUNK_FOLDERS
