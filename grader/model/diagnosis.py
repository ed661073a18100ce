"""What a report says of mistakes: codes and the words of the catalogue of mistakes, no numbers."""

from dataclasses import dataclass
from enum import StrEnum


class DiagnosisKind(StrEnum):
    """What a diagnosis says. A ``CONVENTION`` is two departures that make up for each other."""

    FAULT = "fault"
    FACTOR = "factor"
    SHAPE = "shape"
    CONVENTION = "convention"
    CONSEQUENTIAL = "consequential"
    UNKNOWN = "unknown"


class Sure(StrEnum):
    """How sure a diagnosis is: the only known mistake that gives these numbers, one of several, or none."""

    CERTAIN = "certain"
    EITHER = "either"
    DEVIATION = "deviation"


@dataclass(frozen=True)
class Diagnosis:
    """What accounts for the failed cases of one function. Its texts come from the catalogue of mistakes.

    ``where`` names the step in words, ``nodes`` those of the assignment's graph; ``others`` are titles of
    mistakes that give the same numbers; ``because`` is the function to be mended first, if not this one.
    """

    kind: DiagnosisKind
    code: str
    title: str
    what: str
    help: str
    function: str
    cases: tuple[str, ...]
    sure: Sure
    where: str = ""
    nodes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    because: str = ""
