"""What a verdict is to people, and which of several stands for all: the one table that says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from grader.model.report import Verdict


@dataclass(frozen=True)
class Look:
    """How a verdict is shown, and how grave it is: of verdicts together, the gravest names the whole."""

    sign: str
    word: str
    colour: str  # as terminals name it; the pages' style sheet knows the verdicts themselves
    gravity: int


VERDICTS: Mapping[Verdict, Look] = MappingProxyType(
    {
        Verdict.PASSED: Look("✓", "right", "green", 0),
        Verdict.FAILED: Look("✕", "wrong", "red", 2),
        Verdict.ERROR: Look("!", "error", "yellow", 3),
        Verdict.TIMEOUT: Look("◷", "out of time", "yellow", 5),
        Verdict.OUT_OF_MEMORY: Look("!", "out of memory", "yellow", 6),
        Verdict.OUTPUT_LIMIT: Look("!", "too much output", "yellow", 4),
        Verdict.CRASHED: Look("!", "crashed", "yellow", 7),
        Verdict.FORBIDDEN: Look("!", "forbidden", "magenta", 8),
        Verdict.SKIPPED: Look("–", "not run", "dim", 1),
    }
)
