"""What a person decided about a submission."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Given:
    """Points that a person gave for a manual part: who, when and why. ``by`` is empty when nobody knows.

    ``items``: what of the rubric holds, each with its points.
    """

    part: str
    points: float
    why: str = ""
    by: str = ""
    at: datetime | None = None
    items: tuple[tuple[float, str], ...] = ()
