"""The student's own lines of code, as they are told: of a traceback, and of what the autograd trap caught."""

import linecache

from worker.sandbox.witness import Place, Witness
from worker.wire.message import Caught, Line

LINE_LIMIT = 8
SOURCE_LIMIT = 300


def own_lines(places: list[Place], folder: str) -> tuple[Line, ...]:
    """Return the last of the places that lie in ``folder``, which ends with a separator."""
    own = [place for place in places if place.file.startswith(folder)]
    return tuple(_line(place, folder) for place in own[-LINE_LIMIT:])


def caught(witness: Witness, folder: str) -> tuple[Caught, ...]:
    """Return what the trap has caught since this was asked last."""
    return tuple(Caught(lines=own_lines([*reversed(call)], folder)) for call in witness.take())


def bounded(text: str, limit: int) -> str:
    """Return a text that can be sent, cut short."""
    return text[:limit].encode(errors="replace").decode()


def _line(place: Place, folder: str) -> Line:
    return Line(
        file=bounded(place.file[len(folder) :], SOURCE_LIMIT),
        line=place.line,
        function=bounded(place.function, SOURCE_LIMIT),
        source=bounded(linecache.getline(place.file, place.line).strip(), SOURCE_LIMIT),
    )
