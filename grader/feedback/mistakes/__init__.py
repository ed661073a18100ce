"""The words of the catalogue of mistakes: a row for each code, one vocabulary for places; no code but that.

How a mistake calculates is the matter of ``reference``, which knows the same codes; a test holds the two to
each other. The words name no hidden number and no input, and so may be shown for any test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from grader.feedback.mistakes.bookkeeping import BOOKKEEPING
from grader.feedback.mistakes.classifier import CLASSIFIER
from grader.feedback.mistakes.expressions import EXPRESSIONS
from grader.feedback.mistakes.findings import FINDINGS
from grader.feedback.mistakes.folding import FOLDING
from grader.feedback.mistakes.forward import FORWARD
from grader.feedback.mistakes.layouts import LAYOUTS
from grader.feedback.mistakes.losses import LOSSES
from grader.feedback.mistakes.row import Row
from grader.feedback.mistakes.slopes import SLOPES
from grader.feedback.mistakes.sums import SUMS
from grader.feedback.mistakes.terms import PLACES, TRAITS

__all__ = ["CHAPTERS", "COUNTED", "PLACES", "ROWS", "TRAITS", "Chapter", "Row"]

COUNTED = 56
"""How many finished public submissions of a two-layer net, of 2020 to 2026, ``Row.seen`` is counted in."""


@dataclass(frozen=True)
class Chapter:
    """Rows that belong together, under a title."""

    title: str
    rows: tuple[Row, ...]


CHAPTERS = (
    Chapter("Derivatives of activations", SLOPES),
    Chapter("Activations and layers", FORWARD),
    Chapter("Losses", LOSSES),
    Chapter("Losses that are reduced otherwise", SUMS),
    Chapter("Layouts of derivatives", LAYOUTS),
    Chapter("A classifier with a softplus loss", CLASSIFIER),
    Chapter("Written-out expressions", EXPRESSIONS),
    Chapter("Biases within the weights, and training", FOLDING),
    Chapter("Whatever the calculation", BOOKKEEPING),
    Chapter("Where no single mistake is named", FINDINGS),
)
"""The catalogue, as it is read."""

ROWS: Mapping[str, Row] = MappingProxyType(
    {code: row for chapter in CHAPTERS for row in chapter.rows for code in row.codes.split()}
)
"""The row of each code."""
