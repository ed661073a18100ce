"""What the catalogue says of one mistake."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One mistake.

    breaks  the rule or step that it breaks: slope, forward, reduction, loss, layer, bookkeeping
    factor  by what power of n (rows) and k (outputs) and by which number it is off, if by such a factor
    """

    code: str
    title: str
    what: str
    help: str
    breaks: str
    seen: int = 0
    factor: tuple[int, int, float] | None = None
