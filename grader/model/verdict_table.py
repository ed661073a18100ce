"""What a verdict is to people, and which of several stands for all: the one table that says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from grader.model.language import _
from grader.model.report import Verdict


@dataclass(frozen=True)
class VerdictLook:
    """How a verdict is shown, and how grave it is: of verdicts together, the gravest names the whole."""

    sign: str
    english: str
    colour: str  # as terminals name it; the pages' style sheet knows the verdicts themselves
    gravity: int

    @property
    def word(self) -> str:
        """The verdict in a word or two, in the reader's language."""
        return _(self.english)


VERDICTS: Mapping[Verdict, VerdictLook] = MappingProxyType(
    {
        Verdict.PASSED: VerdictLook("✓", "correct", "green", 0),
        Verdict.FAILED: VerdictLook("✕", "incorrect", "red", 2),
        Verdict.ERROR: VerdictLook("!", "error", "yellow", 3),
        Verdict.TIMEOUT: VerdictLook("◷", "out of time", "yellow", 5),
        Verdict.OUT_OF_MEMORY: VerdictLook("!", "out of memory", "yellow", 6),
        Verdict.OUTPUT_LIMIT: VerdictLook("!", "too much output", "yellow", 4),
        Verdict.CRASHED: VerdictLook("!", "crashed", "yellow", 7),
        Verdict.FORBIDDEN: VerdictLook("!", "forbidden", "magenta", 8),
        Verdict.SKIPPED: VerdictLook("–", "not run", "dim", 1),
    }
)
