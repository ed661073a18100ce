"""The catalogue of mistakes: every known way of being wrong, and what is said about it.

A fault breaks a rule of a derivative, a step of the forward pass, or the bookkeeping around them. How it
calculates stands beside the rule it breaks (reference.operations); here are its words. They are one line
each, name no hidden number and no input, and so may be shown for any test. ``{where}`` is the step.

``seen`` counts the hand-ins that made it or its like, among 56 finished public ones of the two-layer net
(2020–2026); 0 stands for once at most. Where several mistakes give the same numbers, the commoner is named.
"""

from collections.abc import Mapping
from types import MappingProxyType

from reference.faults.bookkeeping import BOOKKEEPING
from reference.faults.classifier import CLASSIFIER
from reference.faults.expressions import EXPRESSIONS
from reference.faults.fault import Fault
from reference.faults.findings import FINDINGS
from reference.faults.folding import FOLDING
from reference.faults.forward import FORWARD
from reference.faults.layouts import LAYOUTS
from reference.faults.losses import LOSSES
from reference.faults.slopes import SLOPES
from reference.faults.sums import SUMS

__all__ = ["CATALOGUE", "Fault"]

CATALOGUE: Mapping[str, Fault] = MappingProxyType(
    {
        row.code: row
        for row in (
            *SLOPES,
            *FORWARD,
            *LOSSES,
            *SUMS,
            *LAYOUTS,
            *CLASSIFIER,
            *EXPRESSIONS,
            *FOLDING,
            *BOOKKEEPING,
            *FINDINGS,
        )
    }
)
"""All faults by code."""
