"""Notices derivatives that are tried out numerically where they are to be written by hand: a hint for staff.

While a call is answered, a profiler sees which functions of the submission begin, and with what. A function
that is called again and again around one point, so that one number of what it is given goes up and down by
the same small step, is differentiated by finite differences; one that is called with a tiny imaginary part
by a complex step. A loop over samples changes everything at once; one over epochs moves on and does not
come back.

It runs beside the student's code, which could silence it, and sees neither what only calls a library nor
what happens after EVENTS_LIMIT: it proves nothing, and no points hang on it.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType

import numpy as np
from numpy.typing import NDArray

from worker.guest.habits import own_attributes
from worker.guest.own_lines import own_lines
from worker.sandbox.witness import Place
from worker.wire.message import Caught

EVENTS_LIMIT = 20_000
CALLS_LIMIT = 64
NOTES_LIMIT = 3
LEAVES_LIMIT = 32
SIZE_LIMIT = 4096
DEPTH_LIMIT = 3

SMALL = 1e-2
"""How small a step is, for each 1 of what it is made on."""

RETURNS = 2.1
"""How many steps from its first point a function is called, at most: a loop that moves on goes further."""

ALIKE = 0.05
MANY = 4

Numbers = NDArray[np.float64]
Path = tuple[str, ...]
Leaves = dict[Path, Numbers]


@dataclass
class _Calls:
    """The calls of one function during one request: what it was first given, and where that stood."""

    given: Mapping[str, object]
    count: int = 1
    first: Leaves | None = None
    last: Leaves = field(default_factory=dict)


class Stepping:
    """What was noticed in a session."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._calls: dict[CodeType, _Calls] = {}
        self._steps: dict[tuple[CodeType, Path], list[float]] = {}
        self._moving_on: set[tuple[CodeType, Path]] = set()
        self._noted: set[CodeType] = set()
        self._found: list[Caught] = []
        self._left = 0

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Look at the functions that begin meanwhile, the first EVENTS_LIMIT events long."""
        self._left, self._calls = EVENTS_LIMIT, {}
        sys.setprofile(self._event)
        try:
            yield
        finally:
            sys.setprofile(None)
            self._calls = {}

    def take(self) -> tuple[Caught, ...]:
        """Return what was noticed since this was asked last."""
        found, self._found = tuple(self._found), []
        return found

    def _event(self, frame: FrameType, event: str, _: object) -> None:
        self._left -= 1
        if self._left < 0:
            sys.setprofile(None)
        elif event == "call" and frame.f_code.co_filename.startswith(self._folder):
            try:
                self._begin(frame)
            except Exception:  # a hint is never a reason to disturb what is graded
                sys.setprofile(None)

    def _begin(self, frame: FrameType) -> None:
        code, given = frame.f_code, frame.f_locals
        if code in self._noted or len(self._noted) >= NOTES_LIMIT:
            return
        if any(map(_steps_aside, given.values())):
            self._note(frame, "complex_step")
            return
        calls = self._calls.get(code)
        if calls is None:
            self._calls[code] = _Calls(dict(given))
        elif calls.count < CALLS_LIMIT:
            calls.count += 1
            if self._goes_up_and_down(code, calls, given):
                self._note(frame, "finite_differences")

    def _goes_up_and_down(self, code: CodeType, calls: _Calls, given: Mapping[str, object]) -> bool:
        if calls.first is None:
            # Only what is called twice is worth a copy. What was changed in place since shows no step yet.
            calls.first = calls.last = leaves(calls.given)
        now = leaves(given)
        before, calls.last = calls.last, now
        back = [path for path in now if self._steps_back(code, path, calls.first, before, now)]
        return bool(back)

    def _steps_back(self, code: CodeType, path: Path, first: Leaves, before: Leaves, now: Leaves) -> bool:
        """Note the step that was made with these numbers; returns whether there were many like it."""
        place, numbers = (code, path), now[path]
        step = small_step(before.get(path), numbers)
        steps = self._steps.setdefault(place, [])
        if not step or place in self._moving_on or len(steps) >= CALLS_LIMIT:
            return False
        start = first.get(path)
        if start is None or start.shape != numbers.shape or np.abs(numbers - start).max() > RETURNS * step:
            self._moving_on.add(place)
            return False
        steps.append(step)
        return alike(steps)

    def _note(self, frame: FrameType, what: str) -> None:
        self._noted.add(frame.f_code)
        places: list[Place] = []
        caller = frame.f_back
        while caller is not None:
            places.append(Place(caller.f_code.co_filename, caller.f_lineno, caller.f_code.co_qualname))
            caller = caller.f_back
        self._found.append(Caught(lines=own_lines([*reversed(places)], self._folder), what=what))


def small_step(before: Numbers | None, now: Numbers) -> float:
    """Return the size of the step between two calls; 0 if it is none of finite differences.

    One number changes, or two (one goes back and the next forth), by little.
    """
    if before is None or before.shape != now.shape:
        return 0.0
    changed = now != before
    if not 1 <= np.count_nonzero(changed) <= 2:
        return 0.0
    step = float(np.abs(now - before).max())
    scale = max(1.0, float(np.abs(now[changed]).max()))
    return step if step <= SMALL * scale else 0.0


def alike(steps: list[float]) -> bool:
    """Return whether many steps are as large as the last one, or half or twice as large."""
    ratios = np.array(steps) / steps[-1]
    return sum(int(np.count_nonzero(np.abs(ratios / each - 1) < ALIKE)) for each in (0.5, 1, 2)) >= MANY


def leaves(given: Mapping[str, object]) -> Leaves:
    """Return the floating-point numbers among a function's arguments, and within them, by where they are."""
    found: Leaves = {}
    for name, value in given.items():
        _collect(value, (name,), found)
    return found


def _collect(value: object, path: tuple[str, ...], found: Leaves) -> None:
    if len(found) >= LEAVES_LIMIT or len(path) > DEPTH_LIMIT:
        return
    numbers = _numbers(value)
    if numbers is not None:
        if 0 < numbers.size <= SIZE_LIMIT and numbers.dtype.kind == "f":
            found[path] = numbers.astype(np.float64).ravel()
    elif type(value) in (list, tuple):
        for place, each in enumerate(list(value)[:LEAVES_LIMIT]):  # type: ignore[call-overload]
            _collect(each, (*path, str(place)), found)
    else:
        inner = value if type(value) is dict else own_attributes(value)
        for name, each in list(inner.items())[:LEAVES_LIMIT]:
            _collect(each, (*path, str(name)), found)


def _numbers(value: object) -> NDArray[np.generic] | None:
    """Return a number or an array as an array, which shares its memory; None for anything else."""
    if type(value) in (float, complex) or isinstance(value, np.floating | np.complexfloating):
        return np.asarray(value)
    if type(value) is np.ndarray:
        return value
    if type(value).__module__ in ("torch", "torch.nn.parameter") and hasattr(value, "detach"):
        detached = value.detach()
        return np.asarray(detached.numpy()) if detached.device.type == "cpu" else None
    return None


def _steps_aside(value: object) -> bool:
    """Return whether an argument has a tiny imaginary part."""
    numbers = _numbers(value)
    if numbers is None or numbers.dtype.kind != "c" or not numbers.size or numbers.size > SIZE_LIMIT:
        return False
    aside = float(np.abs(numbers.imag).max())
    return 0 < aside <= SMALL * max(1.0, float(np.abs(numbers.real).max()))
