"""Written-out expressions of a few numbers, as lines of one operation each.

    f = 4(xyz + max(z, w))        A = (a − b·c)·d        B = √(a + b + c³) + log(a/d)
    C = d − exp((a + b)·c)        the logarithm is the natural one

Every value is a float64 tensor (p,), one entry for each of p points.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from torch import Tensor

from reference.operations import (
    ADD,
    DIVIDE,
    EXP,
    LOG,
    MAXIMUM,
    MULTIPLY,
    POWER,
    SCALE,
    SQRT,
    SUBTRACT,
)
from reference.tape import NOTHING, Operation, Tape, Variable

Values = Mapping[str, Tensor]
"""Inputs or lines by their names, each (p,)."""


@dataclass(frozen=True, eq=False)
class Line:
    """One intermediate: an operation on inputs and earlier lines, which are called by their names."""

    name: str
    operation: Operation
    operands: tuple[str, ...]
    options: Mapping[str, float] = field(default_factory=dict)


Lines = tuple[Line, ...]
"""A whole forward pass; the last line is its result."""


@dataclass(frozen=True, eq=False)
class Expression:
    """An expression of the sheet: its inputs, and ways of writing it as lines, the sheet's own first."""

    name: str
    inputs: tuple[str, ...]
    ways: tuple[Lines, ...]

    @property
    def lines(self) -> Lines:
        """The sheet's own way."""
        return self.ways[0]


def _lines(*rows: tuple[Operation, str]) -> Lines:
    """Return lines that are called by their numbers, from 1; operands are separated by blanks."""
    return tuple(
        Line(str(number), operation, tuple(operands.split()))
        for number, (operation, operands) in enumerate(rows, start=1)
    )


def _power(lines: Lines, name: str, exponent: float) -> Lines:
    """Return the lines with the exponent of one of them set."""
    return _with_option(lines, name, {"exponent": exponent})


def _with_option(lines: Lines, name: str, options: Mapping[str, float]) -> Lines:
    return tuple(
        Line(each.name, each.operation, each.operands, options) if each.name == name else each
        for each in lines
    )


def _b(first: str, second: str) -> Lines:
    """Return B with its three summands added in this order: a, b and 1, which is c³."""
    rows = ((POWER, "c"), (ADD, first), (ADD, second), (SQRT, "3"), (DIVIDE, "a d"), (LOG, "5"), (ADD, "4 6"))
    return _power(_lines(*rows), "1", 3)


EXPRESSIONS: Mapping[str, Expression] = MappingProxyType(
    {
        "f": Expression(
            "f",
            ("w", "x", "y", "z"),
            (
                _with_option(
                    _lines(
                        (MULTIPLY, "x y"), (MULTIPLY, "1 z"), (MAXIMUM, "z w"), (ADD, "2 3"), (SCALE, "4")
                    ),
                    "5",
                    {"factor": 4.0},
                ),
            ),
        ),
        "A": Expression(
            "A", ("a", "b", "c", "d"), (_lines((MULTIPLY, "b c"), (SUBTRACT, "a 1"), (MULTIPLY, "2 d")),)
        ),
        "B": Expression("B", ("a", "b", "c", "d"), (_b("a b", "2 1"), _b("a 1", "2 b"), _b("b 1", "a 2"))),
        "C": Expression(
            "C",
            ("a", "b", "c", "d"),
            (_lines((ADD, "a b"), (MULTIPLY, "1 c"), (EXP, "2"), (SUBTRACT, "d 3")),),
        ),
    }
)
"""The expressions by their names."""

SHEET: Mapping[str, float] = MappingProxyType({"a": 2.0, "b": -7.0, "c": 4.0, "d": 1.0})
"""The sheet's own point of A, B and C. It hides a factor d that is left out, and C is all but 1 there."""


def recorded(
    lines: Lines, inputs: Values, broken: Mapping[str, str] = NOTHING
) -> tuple[Tape, dict[str, Variable]]:
    """Return a tape with the forward pass, and all inputs and lines on it by their names."""
    tape = Tape(broken)
    found = {name: tape.variable(value) for name, value in inputs.items()}
    for line in lines:
        operands = (found[name] for name in line.operands)
        found[line.name] = tape.apply(line.operation, *operands, label=line.name, **line.options)
    return tape, found


def values(lines: Lines, inputs: Values) -> dict[str, Tensor]:
    """Return the value of every line."""
    found = recorded(lines, inputs)[1]
    return {line.name: found[line.name].value for line in lines}


def gradients(lines: Lines, inputs: Values, broken: Mapping[str, str] = NOTHING) -> dict[str, Tensor]:
    """Return the gradients of the last line with respect to every line and every input."""
    tape, found = recorded(lines, inputs, broken)
    last = found[lines[-1].name]
    upstream = torch.ones_like(last.value)
    return dict(zip(found, tape.gradients(last, upstream, *found.values()), strict=True))


def words(lines: Lines, name: str) -> str:
    """Return a line, or an input, as it is written in a formula."""
    return _written({line.name: line for line in lines}, name)[0]


@dataclass(frozen=True)
class _Form:
    """How an operation is written, how tightly it binds, and how tightly each operand has to."""

    text: str
    binds: int
    asks: tuple[int, ...]


_SUM, _PRODUCT, _POWER, _ATOM = range(4)
_FORMS: Mapping[str, _Form] = MappingProxyType(
    {
        "+": _Form("{0} + {1}", _SUM, (_SUM, _SUM)),
        "−": _Form("{0} − {1}", _SUM, (_SUM, _PRODUCT)),
        "×": _Form("{0}·{1}", _PRODUCT, (_PRODUCT, _PRODUCT)),
        "−×": _Form("−{0}·{1}", _SUM, (_PRODUCT, _PRODUCT)),
        "÷": _Form("{0}/{1}", _PRODUCT, (_PRODUCT, _POWER)),
        "power": _Form("{0}{exponent}", _POWER, (_ATOM,)),
        "√": _Form("√({0})", _ATOM, (_SUM,)),
        "exp": _Form("exp({0})", _ATOM, (_SUM,)),
        "log": _Form("log({0})", _ATOM, (_SUM,)),
        "max": _Form("max({0}, {1})", _ATOM, (_SUM, _SUM)),
        "factor": _Form("{factor}·{0}", _PRODUCT, (_PRODUCT,)),
        "identity": _Form("{0}", _SUM, (_SUM,)),
    }
)
_RAISED = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")


def _written(lines: Mapping[str, Line], name: str) -> tuple[str, int]:
    """Return a formula, and how tightly it binds."""
    if name not in lines:
        return name, _ATOM
    line = lines[name]
    form = _FORMS[line.operation.name]
    operands = [_written(lines, each) for each in line.operands]
    parts = [
        text if binds >= asked else f"({text})"
        for (text, binds), asked in zip(operands, form.asks, strict=True)
    ]
    numbers = {key: f"{value:g}" for key, value in line.options.items()}
    if "exponent" in numbers:
        numbers["exponent"] = numbers["exponent"].translate(_RAISED)
    return form.text.format(*parts, **numbers), form.binds
