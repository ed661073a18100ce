"""From the numbers of somebody's intermediates to the lines behind them.

Intermediates are known by what they are at several points and by what stands before them, never by their
names: which operation on inputs and earlier intermediates gives exactly these numbers at every point? With
that, a forward pass of anybody's own can be differentiated, also one that calculates something else than
was asked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations_with_replacement

import torch
from torch import Tensor

from reference.expressions import Expression, Line, Lines, Values, gradients, values
from reference.operations import (
    ADD,
    DIVIDE,
    EXP,
    IDENTITY,
    LOG,
    MAXIMUM,
    MULTIPLY,
    NEGATIVE_PRODUCT,
    POWER,
    SCALE,
    SQRT,
    SUBTRACT,
)
from reference.tape import Operation

CLOSE = 1e-9
"""Numbers that agree to so many digits are the same: more than chance gives, fewer than rounding leaves."""

_EITHER_WAY = (ADD, MULTIPLY, NEGATIVE_PRODUCT, MAXIMUM)
_ORDERED = (SUBTRACT, DIVIDE)
_OF_ONE = (EXP, LOG, SQRT)
_EXPONENTS = (2.0, 3.0)


@dataclass(frozen=True)
class Reading:
    """What somebody's intermediates are, beside those that are asked.

    lines   the way of writing the expression that is the nearest to theirs, or their own if that is right
    cases   names of the lines by the number of the case that they count for, from 0; most count for one
    theirs  by the name of a line: the intermediate that stands for it; those that do not exist are absent
    signs   by the name of a line: −1 if theirs is its negative
    own     their own forward pass, as far as their result needs it; None if a line is no single operation
    """

    lines: Lines
    cases: tuple[tuple[str, ...], ...]
    theirs: Mapping[str, str]
    signs: Mapping[str, float] = field(default_factory=dict)
    own: Lines | None = None


def same(one: Tensor, other: Tensor) -> bool:
    """Return whether two lists of numbers agree one by one; a NaN is like nothing."""
    return bool(((one - other).abs() <= CLOSE * other.abs()).all())


def recognise(inputs: Values, entries: Values) -> dict[str, Line | None]:
    """Return for each intermediate the line that gives it, None where no single operation does."""
    known, found = dict(inputs), dict[str, Line | None]()
    for name, value in entries.items():
        found[name] = next((line for line in _lines(name, value, known)), None)
        known = {name: value, **known}  # what was calculated last is what is used next
    return found


def _lines(name: str, value: Tensor, known: Values) -> Iterator[Line]:
    """Yield the lines that give a value: what only is a copy first, for that is no operation."""
    yield from (Line(name, IDENTITY, (operand,)) for operand, given in known.items() if same(given, value))
    for operation, operands in _two(known):
        if same(operation.forward(*(known[each] for each in operands)), value):
            yield Line(name, operation, operands)
    for operand, given in known.items():
        for operation in _OF_ONE:
            if same(operation.forward(given), value):
                yield Line(name, operation, (operand,))
        for exponent in _EXPONENTS:
            if same(given**exponent, value):
                yield Line(name, POWER, (operand,), {"exponent": exponent})
        factor = float(value[0] / given[0])
        if same(factor * given, value):
            yield Line(name, SCALE, (operand,), {"factor": factor})


def _two(known: Values) -> Iterator[tuple[Operation, tuple[str, str]]]:
    for pair in combinations_with_replacement(known, 2):
        yield from ((operation, pair) for operation in _EITHER_WAY)
        for operation in _ORDERED:
            yield operation, pair
            yield operation, (pair[1], pair[0])


def read(expression: Expression, inputs: Values, entries: Values) -> Reading:
    """Return what these intermediates are. ``entries`` is not empty."""
    truths = [values(lines, inputs) for lines in expression.ways]
    matched = [_matched(lines, truth, entries) for lines, truth in zip(expression.ways, truths, strict=True)]
    best = max(range(len(truths)), key=lambda at: len(matched[at][0]))
    (theirs, signs), lines = matched[best], expression.ways[best]
    cases = tuple((line.name,) for line in lines)
    whole = Reading(lines, cases, theirs, signs)
    if asked := sheets_lines(whole):
        return replace(whole, own=asked)  # nothing is left to be recognised
    result = truths[best][lines[-1].name]
    last = next((name for name, value in entries.items() if same(value, result)), [*entries][-1])
    own = _needed(recognise(inputs, entries), last)
    if len(theirs) < len(lines) and own and len(own) >= len(lines) and last in theirs.values():
        return Reading(own, _dealt(own, len(lines)), {line.name: line.name for line in own}, {}, own)
    return Reading(lines, cases, _paired(lines, theirs, entries), signs, own)


def _matched(lines: Lines, truth: Values, entries: Values) -> tuple[dict[str, str], dict[str, float]]:
    """Return which intermediate is which line, and −1 for a product that is there as its negative."""
    theirs: dict[str, str] = {}
    signs: dict[str, float] = {}
    for line in lines:
        left = [name for name in entries if name not in theirs.values()]
        may_turn = line.operation is MULTIPLY and line is not lines[-1]
        for sign in (1.0, -1.0) if may_turn else (1.0,):
            name = next((each for each in left if same(sign * entries[each], truth[line.name])), None)
            if name is not None and line.name not in theirs:
                theirs[line.name], signs[line.name] = name, sign
    return theirs, signs


def _paired(lines: Lines, theirs: Mapping[str, str], entries: Values) -> dict[str, str]:
    """Return the matches, and for the other lines, in order, the intermediates that are none.

    The result of a forward pass that is wrong is paired with the last line.
    """
    missing = [line.name for line in lines if line.name not in theirs]
    left = [name for name in entries if name not in theirs.values()]
    found = dict(theirs)
    if missing and left and missing[-1] == lines[-1].name:
        found[missing.pop()] = left.pop()
    return found | dict(zip(missing, left, strict=False))


def _needed(found: Mapping[str, Line | None], last: str) -> Lines | None:
    """Return the lines that a result is calculated from, in their order; None if one of them is unknown."""
    wanted = [last]
    for name in wanted:
        line = found[name]
        if line is None:
            return None
        wanted += [each for each in line.operands if each in found and each not in wanted]
    return tuple(line for name, line in found.items() if line is not None and name in wanted)


def _dealt(lines: Lines, count: int) -> tuple[tuple[str, ...], ...]:
    """Return the names of lines in so many groups; the last but one takes what is too many."""
    names = [line.name for line in lines]
    if count == 1:
        return (tuple(names),)
    first = [(name,) for name in names[: count - 2]]
    return (*first, tuple(names[count - 2 : -1]), (names[-1],))


def follows_from_own(reading: Reading, inputs: Values, entries: Values) -> frozenset[str]:
    """Return the lines whose values are what their operation gives of the operands that are there."""
    known = dict(inputs) | {
        line: reading.signs.get(line, 1.0) * entries[name] for line, name in reading.theirs.items()
    }
    return frozenset(
        line.name
        for line in reading.lines
        if all(each in known for each in (line.name, *line.operands))
        and same(known[line.name], line.operation.forward(*map(known.get, line.operands), **line.options))
    )


def sheets_lines(reading: Reading) -> Lines:
    """Return the lines that are asked, called as somebody calls theirs; none if they lack one of them."""
    if len(reading.theirs) < len(reading.lines) or any(sign < 0 for sign in reading.signs.values()):
        return ()
    return tuple(
        Line(
            reading.theirs[line.name],
            line.operation,
            tuple(reading.theirs.get(each, each) for each in line.operands),
            line.options,
        )
        for line in reading.lines
    )


def carried_back(lines: Lines, known: Values, given: Values) -> dict[str, Tensor]:
    """Return what each gradient is by the chain rule, if those of all lines that use it are as given.

    known  inputs and intermediates, as somebody has them
    given  their gradients; where one is needed that is absent, the result is absent too
    """
    found = {}
    for name in known:
        users = [line for line in lines if name in line.operands]
        if users and all(line.name in given for line in users):
            found[name] = torch.stack([given[line.name] * _share(line, name, known) for line in users]).sum(0)
    return found


def _share(line: Line, name: str, known: Values) -> Tensor:
    """Return the derivative of a line with respect to one of its operands."""
    return gradients((line,), {each: known[each] for each in dict.fromkeys(line.operands)})[name]
