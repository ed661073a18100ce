"""Files that an assignment wants and a submission doesn't have: what that costs, in a sentence each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from grader.feedback.text import listed, phrase
from grader.model import Assignment, Manual
from grader.model.language import _, ngettext


@dataclass(frozen=True)
class WantedFiles:
    """Patterns of file names one of which should be there, and the sentence to say where none is."""

    files: tuple[str, ...]
    missing: str


def wanted(assignment: Assignment) -> tuple[WantedFiles, ...]:
    """Return what a submission can be taken without, though points depend on it."""
    return (*_optional(assignment), *_by_hand(assignment))


def missing(assignment: Assignment, names: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence for everything that is wanted and not among these names of files."""
    there = list(names)
    return tuple(
        each.missing for each in wanted(assignment) if not any(fits(name, each.files) for name in there)
    )


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Say whether a pattern fits a file's name or all of its path; capitals don't matter."""
    plain, whole = name.lower().rpartition("/")[2], name.lower()
    return any(fnmatchcase(each, pattern.lower()) for pattern in patterns for each in (plain, whole))


def _optional(assignment: Assignment) -> Iterator[WantedFiles]:
    for entry in assignment.loaded:
        points = sum(each.points for each in assignment.functions_of(entry))
        if entry.optional and points:
            text = _(
                "%(file)s was not submitted; it counts for %(points)s.",
                file=phrase(entry.file, 80),
                points=_points(points),
            )
            yield WantedFiles((entry.file,), text)


def _by_hand(assignment: Assignment) -> Iterator[WantedFiles]:
    """Yield the files for the parts that a person judges, parts of the same files together."""
    parts: dict[tuple[str, ...], list[Manual]] = {}
    for part in assignment.manual:
        if part.files:
            parts.setdefault(part.files, []).append(part)
    for files, judged in parts.items():
        text = _(
            "No file %(files)s was submitted; it counts for %(points)s: %(parts)s.",
            files=phrase(listed(list(files), "or"), 80),
            points=_points(sum(each.points for each in judged)),
            parts=phrase(_named(judged), 300),
        )
        yield WantedFiles(files, text)


def _named(parts: Sequence[Manual]) -> str:
    return ", ".join(each.name for each in parts)


def _points(points: float) -> str:
    return ngettext("%(number)s point", "%(number)s points", 1 if points == 1 else 2, number=f"{points:g}")
