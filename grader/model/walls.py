"""What `chainrule doctor` tells: one wall of the sandbox, as it was measured on this machine."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wall:
    """One wall. ``holds`` is what the probe found, ``lost`` what is lost where it doesn't.

    Without a ``needed`` one nothing is graded.
    """

    name: str
    guards: str
    holds: bool
    measured: str
    lost: str = ""
    cure: str = ""
    needed: bool = False
