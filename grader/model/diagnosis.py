"""What a report says of mistakes: codes and values. ``grader.feedback`` makes sentences of them."""

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
class Term:
    """A word of the vocabulary, and the name that it is said of; without a word the name alone."""

    word: str
    of: str = ""


@dataclass(frozen=True)
class Other:
    """A known mistake that gives the same numbers; ``mistake`` is its code."""

    mistake: str
    places: tuple[Term, ...] = ()
    operation: str = ""


@dataclass(frozen=True)
class Sentences:
    """What a diagnosis said in sentences, as it was kept until there were codes and values."""

    title: str
    what: str
    help: str
    where: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """What accounts for the failed cases of one function, by its code in the catalogue of mistakes.

    places     the steps it is at; ``operation``: only where that operation stands, empty for any
    traits     what the questions that failed have, and no others
    factor     by what power of n (rows) and k (outputs) and by which number the answers are off
    within     the mistake that a convention makes of it
    others     mistakes that give the same numbers
    names      what this assignment calls things, by the names of the catalogue
    nodes      the steps in the assignment's graph
    because    the function to fix first, if not this one
    told       the sentences of a grading that was kept before there were values
    """

    kind: DiagnosisKind
    code: str
    function: str
    cases: tuple[str, ...]
    sure: Sure
    places: tuple[Term, ...] = ()
    operation: str = ""
    traits: tuple[Term, ...] = ()
    factor: tuple[int, int, float] | None = None
    within: str = ""
    others: tuple[Other, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    nodes: tuple[str, ...] = ()
    because: str = ""
    told: Sentences | None = None
