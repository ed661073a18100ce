"""What an examiner reads after a call, so that the reply to the next such call brings it along.

Hidden tests read the same attributes after the same calls (``net.grads`` after ``net.backward(…)``), and
each would cost a request. Only dicts of few small entries in an instance's own ``__dict__`` are brought:
reading those runs no code of the student's.
"""

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CALLS = frozenset({"call", "call_attribute"})
NOTHING: Mapping[str, object] = types.MappingProxyType({})


def own_attributes(value: object) -> Mapping[str, object]:
    """Return an instance's own attributes, as far as it keeps them in a dict: with ``__slots__`` it has none.

    Of a class that calls something else ``__dict__`` there is nothing to be expected.
    """
    try:
        own = object.__getattribute__(value, "__dict__")
    except Exception:  # there is none; or a property of that name, which raises what it likes
        return NOTHING
    return own if type(own) is dict else NOTHING


@dataclass(frozen=True, slots=True)
class Call:
    """A kind of call: what class of object it made or was made on, and by which method."""

    kind: type
    method: object


class Habits:
    """Remembers, call by call, which attributes were read before the next one.

    subject  the object that the last call made, or was made on
    """

    def __init__(self) -> None:
        self.subject: object = None
        self._read_after: dict[Call, list[str]] = {}
        self._call: Call | None = None

    def called(self, op: str, target: object, args: Sequence[object], outcome: object) -> None:
        """Note a call; what is read from now on is read after it."""
        makes = op == "call" or isinstance(target, types.ModuleType)
        self.subject = outcome if makes else target
        self._call = Call(type(self.subject), args[0] if op == "call_attribute" else None)

    def read(self, target: object, name: str) -> None:
        """Note that a small dict was read."""
        if self._call is not None and target is self.subject:
            names = self._read_after.setdefault(self._call, [])
            if name not in names:
                names.append(name)

    def expected(self) -> Mapping[str, object]:
        """Return what was read after earlier calls of the last call's kind, as far as it is there."""
        names = self._read_after.get(self._call) if self._call is not None else None
        if not names or type(self.subject).__getattribute__ is not object.__getattribute__:
            return {}
        own, kind = own_attributes(self.subject), type(self.subject)
        return {name: own[name] for name in names if name in own and not hasattr(kind, name)}
