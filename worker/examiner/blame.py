"""Whose it is that a hidden test raised an exception in a line of its own: the student's, or the test's.

``J, grad = submission.mse_loss(y, p)`` raises for a single value, and so do a wrong key, an attribute of None
or a sum with a text. It is the student's where a value of the submission took part, as the source of the test
says (worker.examiner.flow); anything else is a mistake of the test, and so is a name that is nowhere. A value
can add to the student's share, where what a name holds lives in the box, and never take from it.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from grader.model import Verdict
from worker.examiner.answers import Answer, answer_of
from worker.examiner.errors import WrongArgument
from worker.examiner.flow import Flow, Range, flow_at, header
from worker.examiner.proxy import Remote, RemoteMethod
from worker.examiner.verdicts import TEXT_LIMIT, Outcome, place_of
from worker.wire.message import Values


@dataclass(frozen=True)
class Step:
    """One call of a hidden test's code: where it is in its file, and what its names hold."""

    file: Path
    place: Range
    frame: FrameType


@dataclass(frozen=True)
class Stop:
    """Where a test stopped: the last piece of its source, and how the submission's values got there."""

    node: ast.AST
    flow: Flow
    frame: FrameType


def students(
    error: Exception, folder: Path, given: frozenset[str], function: str, last: Answer
) -> Outcome | None:
    """Return the outcome if a value of the submission took part, None where the test itself is at fault.

    folder    where the hidden tests are
    given     fixtures of the test that can hold values of the submission
    function  what the test counts for
    last      what the submission returned last
    """
    stop = _stop(error, folder, given)
    if stop is None:
        return None
    code, values = _said(error, stop, function, last)
    file, line = place_of(error, folder)
    text = f"{type(error).__name__}: {error}"[:TEXT_LIMIT]
    return Outcome(Verdict.FAILED, code, values | {"file": file, "line": line, "text": text})


def _stop(error: Exception, folder: Path, given: frozenset[str]) -> Stop | None:
    """Return where the submission's values stopped the test, None if they had no part in it."""
    steps = list(_steps(error, folder))
    depends, any_argument = False, False
    flows: dict[ast.AST, Flow] = {}
    found: Stop | None = None
    for number, step in enumerate(steps):
        flow = flow_at(_tree(step.file), step.place.line)
        flow = flows.setdefault(flow.scope, flow)
        flow.start(given, called_with_any=any_argument)
        node = flow.at(step.place)
        pieces = _at_fault(error, node) if number + 1 == len(steps) else header(node)
        takes_part = any(flow.touches(each) or _holds_theirs(each, step.frame) for each in pieces)
        depends |= flow.depends(node)
        any_argument = takes_part
        found = Stop(node, flow, step.frame) if takes_part or depends else None
        if found and not depends and _is_the_tests(error, found):
            found = None
    return found


def _steps(error: Exception, folder: Path) -> Iterator[Step]:
    """Yield the calls within the hidden tests that led to an exception, the outermost first."""
    trace = error.__traceback__
    if trace is None:
        return
    outer: list[tuple[FrameType, int]] = []
    frame = trace.tb_frame.f_back
    while frame is not None:
        outer.insert(0, (frame, frame.f_lasti))
        frame = frame.f_back
    while trace is not None:
        outer.append((trace.tb_frame, trace.tb_lasti))
        trace = trace.tb_next
    for frame, instruction in outer:
        file = Path(frame.f_code.co_filename)
        place = _range(frame.f_code, instruction) if file.is_relative_to(folder) else None
        if place is not None:
            yield Step(file, place, frame)


def _range(code: CodeType, instruction: int) -> Range | None:
    found = next(islice(code.co_positions(), instruction // 2, None), None)
    line, end_line, column, end_column = found or (None, None, None, None)
    return None if line is None else Range(line, end_line or line, column or 0, end_column or 0)


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_bytes())


def _at_fault(error: Exception, node: ast.AST) -> list[ast.AST]:
    """Return the operands of what raised: of a call whose arguments can't be sent, these alone."""
    if isinstance(error, WrongArgument) and isinstance(node, ast.Call):
        every = [*node.args, *(each.value for each in node.keywords)]
        if error.argument is None:
            return [*every]
        position, name = error.argument
        named = [each.value for each in node.keywords if each.arg == name]
        return [*(named or node.args[position : position + 1])]
    return header(node)


def _holds_theirs(node: ast.AST, frame: FrameType) -> bool:
    """Return whether a name in it holds an object that lives in the box."""
    held = (_held(each.id, frame) for each in ast.walk(node) if isinstance(each, ast.Name))
    return any(isinstance(each, Remote | RemoteMethod) for each in held)


def _held(name: str, frame: FrameType) -> Any:
    return frame.f_locals.get(name, frame.f_globals.get(name))


def _is_the_tests(error: Exception, stop: Stop) -> bool:
    """Return whether no value can make this right: a name that is nowhere, a call with missing arguments."""
    code, node = stop.frame.f_code, stop.node
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
        return error.name not in (*code.co_freevars, *code.co_cellvars)
    if not isinstance(error, TypeError) or not isinstance(node, ast.Call):
        return False
    return not stop.flow.touches(node.func) and not _can_be_called(node, stop.frame)


def _can_be_called(node: ast.Call, frame: FrameType) -> bool:
    """Return whether a function of the test's own side takes so many arguments of these names."""
    several = any(isinstance(each, ast.Starred) for each in node.args)
    function = _function(node.func, frame)
    if several or function is None or not all(each.arg for each in node.keywords):
        return True
    try:
        inspect.signature(function).bind(*node.args, **{str(each.arg): None for each in node.keywords})
    except TypeError:
        return False
    except ValueError:  # it has no signature
        return True
    return True


def _function(node: ast.AST, frame: FrameType) -> Any:
    """Return what is called, if it is a function or a method of an object of ours, else None."""
    if isinstance(node, ast.Name):
        held = _held(node.id, frame)
        return held if inspect.isroutine(held) else None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = _held(node.value.id, frame)
        ours = owner is not None and not isinstance(owner, Remote | RemoteMethod)
        method = inspect.getattr_static(type(owner), node.attr, None) if ours else None
        return getattr(owner, node.attr) if inspect.isfunction(method) else None
    return None


def _said(error: Exception, stop: Stop, function: str, last: Answer) -> tuple[str, Values]:
    """Return the feedback code for what the test could not do with an answer, and its values."""
    node = stop.node
    name, got = _answer(node, stop, function, last)
    values: Values = {"name": name, "got": got.kind, "count": got.count}
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=asked) | ast.List(elts=asked)]) if _is_unpacked(error):
            return "wrong_count", values | {"wanted": len(asked)}
        case ast.Subscript(slice=ast.Constant(value=str() | int() as key)):
            return "missing_entry", values | {"entry": key}
        case ast.Attribute(attr=attribute) if isinstance(error, AttributeError):
            return "missing_member", values | {"attribute": attribute}
    return "unusable", values


def _is_unpacked(error: Exception) -> bool:
    return isinstance(error, TypeError | ValueError)


def _answer(node: ast.AST, stop: Stop, function: str, last: Answer) -> tuple[str, Answer]:
    """Return what gave the value that the test stopped at, and what that value is, as far as it is known."""
    value = node
    if isinstance(node, ast.Assign | ast.Subscript | ast.Attribute):
        value = node.value
    if isinstance(value, ast.Call):
        return _called(value) or function, last
    if isinstance(value, ast.Name):
        origin = stop.flow.origin(value.id)
        called = _called(origin) if isinstance(origin, ast.Call) else ""
        held = stop.frame.f_locals.get(value.id)
        # Part of what was returned is told as what it is: by its own name.
        return called or (value.id if origin is not None else function), answer_of(held)
    return function, Answer()


def _called(node: ast.Call) -> str:
    """Return the name of a function or method that is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""
