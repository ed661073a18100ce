"""Which hand-ins to make of an assignment's adapter: one per known mistake, per habit and per right form.

They share everything but their first line, so what is returned is the rest once, and a head for each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reference.programs import MISTAKES, Hypothesis
from reference.programs.loss import kind_of
from reference.proof.bundle import bundle, head
from reference.wording import renamed


class ProofError(Exception):
    """What was asked for can't be made."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


@dataclass(frozen=True)
class Order:
    """What to make.

    adapter     text of the module that has the hand-in's interface
    programs    kinds of calculations (``MISTAKES``) by the function that carries them out
    operations  those whose own mistakes can be made here: a homework without tanh has none of tanh′
    habits      mistakes that only the adapter knows, forms: ways of being right; both by name
    interface   the assignment's table of this name, which the adapter reads as INTERFACE
    """

    adapter: str
    programs: Mapping[str, str]
    operations: Sequence[str] = ()
    habits: Sequence[str] = ()
    forms: Sequence[str] = ()
    interface: Mapping[str, str] = field(default_factory=dict)


def make(order: Order) -> dict[str, Any]:
    """Return ``rest`` and, with ``function`` and what must be said of it, the heads. Raises ProofError."""
    try:
        rest = bundle(order.adapter)
    except SyntaxError as error:
        raise ProofError(f"line {error.lineno or 0}: {error.msg}", "Fix the adapter.") from None
    return {
        "rest": rest,
        "mistakes": [*_mistakes(order)],
        "habits": {name: _head(order, HABIT=name) for name in order.habits},
        "forms": {name: _head(order, FORM=name) for name in order.forms},
    }


def _mistakes(order: Order) -> Iterator[dict[str, Any]]:
    for function, kind in order.programs.items():
        if kind not in MISTAKES:
            raise ProofError(f"“{kind}” is not a calculation", f"Known: {', '.join(sorted(MISTAKES))}.")
        own = _own_kind(kind, order.interface)
        for one in _apart(MISTAKES[own]()):
            if one.operation in ("", *order.operations):
                yield _mistake(order, function, own, one)


def _own_kind(kind: str, interface: Mapping[str, str]) -> str:
    """Return the kind of a calculation as this assignment's losses are reduced."""
    own = kind_of(kind, interface.get("reduction", "all"), interface.get("mean_in", "loss"))
    return own if own in MISTAKES else kind


def _apart(hypotheses: Sequence[Hypothesis]) -> Iterator[Hypothesis]:
    """Yield those that are made at one place alone, or at all places where they can be made.

    Tests that find a mistake at each of two places find it at both.
    """
    widest: dict[tuple[str, str], int] = {}
    for one in hypotheses:
        key = (one.code, one.operation)
        widest[key] = max(len(one.places), widest.get(key, 0))
    for one in hypotheses:
        if len(one.places) in (1, widest[one.code, one.operation]):
            yield one


def _mistake(order: Order, function: str, kind: str, one: Hypothesis) -> dict[str, Any]:
    labels = tuple(place.label for place in one.places)
    return {
        "function": function,
        "code": one.code,
        "places": [[word, renamed(of, order.interface)] for word, of in one.where.terms],
        "operation": one.operation,
        "head": _head(order, BROKEN=(kind, one.code, labels, one.operation)),
    }


def _head(order: Order, **said: object) -> str:
    """Return a head in which nothing is wrong but what is said."""
    return head(**{"BROKEN": None, "HABIT": "", "FORM": "", "INTERFACE": dict(order.interface)} | said)
