"""Stand-ins for the student's objects, which live in the box.

Attributes and entries are places: writing to one writes in the box, reading one reads there.
Arguments and results of calls are values. No method of a student's object runs here: everything is
a request to the session, and every answer is validated before it becomes an object.
"""

from collections.abc import Callable, Iterator, MutableMapping, MutableSequence
from typing import Any, Protocol, TypeVar

DUNDERS_ASKED = frozenset({"__name__", "__doc__", "__dict__", "__module__", "__qualname__"})
Container = TypeVar("Container", list[Any], dict[Any, Any])


class Requests(Protocol):
    """What stand-ins ask of the session that their objects live in; see worker.examiner.space."""

    @property
    def is_alive(self) -> bool:
        """Whether the session still serves."""

    def request(self, op: str, target: int, args: tuple[object, ...], kwargs: dict[str, Any]) -> Any:
        """Have one operation carried out in the box."""

    def release(self, ref: int) -> None:
        """Let the box forget an object."""

    def count(self, answer: object) -> int:
        """Return a length, checked."""

    def entries(self, answer: object, kind: type[Container]) -> Container:
        """Return a container of entries, checked."""

    def known_attribute(self, ref: int, name: str) -> "Remote | None":
        """Return an attribute that came with the very last reply."""

    def known_entries(self, ref: int) -> dict[Any, Any] | None:
        """Return the entries of a dict that came with the very last reply."""


class Remote:
    """Base of every stand-in. Its own names start with an underscore, so that the student's are free."""

    __slots__ = ("__weakref__", "_methods", "_ref", "_space", "_type_name")
    _space: Requests
    _ref: int
    _type_name: str
    _methods: frozenset[str]

    def __init__(self, space: Requests, ref: int, type_name: str, methods: frozenset[str]) -> None:
        keep = object.__setattr__  # our own __setattr__ writes in the box
        keep(self, "_space", space)
        keep(self, "_ref", ref)
        keep(self, "_type_name", type_name)
        keep(self, "_methods", methods)

    def __del__(self) -> None:
        if self._ref:
            self._space.release(self._ref)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name not in DUNDERS_ASKED:
            raise AttributeError(name)
        if name in self._methods:
            return RemoteMethod(self, name)
        known = self._space.known_attribute(self._ref, name)
        return self._ask("getattr", name) if known is None else known

    def __setattr__(self, name: str, value: object) -> None:
        self._ask("setattr", name, value)

    def __delattr__(self, name: str) -> None:
        self._ask("delattr", name)

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call it in the box: arguments and result are values."""
        return self._space.request("call", self._ref, args, kwargs)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, Remote) and self._ask("isinstance", instance) is True

    def __dir__(self) -> list[str]:
        names = self._ask("dir")
        return [name for name in names if type(name) is str] if type(names) is list else []

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return self._text("repr")

    def __str__(self) -> str:
        return self._text("str")

    def _ask(self, op: str, *args: object) -> Any:
        return self._space.request(op, self._ref, args, {})

    def _text(self, op: str) -> str:
        if not self._space.is_alive:
            return f"<{self._type_name} of an ended session>"
        answer = self._ask(op)
        return answer if type(answer) is str else f"<{self._type_name}>"


class _Holder(Remote):
    """What may have entries: each read, write and count is a request."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        return self._ask("getitem", key)

    def __setitem__(self, key: Any, value: object) -> None:
        self._ask("setitem", key, value)

    def __delitem__(self, key: Any) -> None:
        self._ask("delitem", key)

    def __len__(self) -> int:
        return self._space.count(self._ask("len"))


class RemoteObject(_Holder):
    """Any object: attributes, calls, entries, iteration."""

    __slots__ = ()

    def __contains__(self, key: object) -> bool:
        return self._ask("contains", key) is True

    def __iter__(self) -> Iterator[Any]:
        iterator = self._ask("iter")
        while isinstance(iterator, Remote):
            try:
                yield iterator._ask("next")
            except StopIteration:
                return


class _Collection(_Holder):
    """A dict or list: true unless it is empty, and printed as its entries, as data."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return len(self) > 0

    def __repr__(self) -> str:
        return repr(self._entries()) if self._space.is_alive else super().__repr__()

    __str__ = __repr__

    def _entries(self) -> Any:
        """Return the entries as data, fetched with one request."""
        raise NotImplementedError


class RemoteDict(_Collection, MutableMapping[Any, Any]):
    """A dict in the box. Comparing and printing look at its entries as data.

    A small dict arrives with its entries, which hold until the next request.
    """

    __slots__ = ()

    def __getitem__(self, key: object) -> Any:
        known = self._known()
        if known is not None and type(key) is str and key in known:
            return known[key]
        return super().__getitem__(key)

    def __len__(self) -> int:
        known = self._known()
        return super().__len__() if known is None else len(known)

    def __contains__(self, key: object) -> bool:
        known = self._known()
        if known is not None and type(key) is str:
            return key in known
        return self._ask("contains", key) is True

    def __iter__(self) -> Iterator[Any]:
        known = self._known()
        return iter(self._space.entries(self._ask("keys"), list) if known is None else list(known))

    __hash__ = Remote.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RemoteDict):
            return self is other or self._entries() == other._entries()
        return isinstance(other, dict) and self._entries() == other

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set many entries with one request."""
        self._ask("update", dict(*args, **kwargs))

    def items(self) -> Any:
        """Return keys and values, fetched with one request."""
        return self._entries().items()

    def values(self) -> Any:
        """Return the values, fetched with one request."""
        return self._entries().values()

    def copy(self) -> dict[Any, Any]:
        """Return a dict of the entries, as data."""
        return self._entries()

    def _known(self) -> dict[Any, Any] | None:
        return self._space.known_entries(self._ref)

    def _entries(self) -> dict[Any, Any]:
        known = self._known()
        if known is not None:
            return dict(known)
        entries: dict[Any, Any] = self._space.entries(self._ask("entries"), dict)
        return entries


class RemoteList(_Collection, MutableSequence[Any]):
    """A list or tuple in the box."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(index) if isinstance(index, int) else self._entries()[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries())

    __hash__ = Remote.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RemoteList):
            return self is other or self._entries() == other._entries()
        return isinstance(other, list | tuple) and self._entries() == list(other)

    def insert(self, index: int, value: object) -> None:
        """Insert in the box."""
        self._space.request("call_attribute", self._ref, ("insert", index, value), {})

    def _entries(self) -> list[Any]:
        entries: list[Any] = self._space.entries(self._ask("entries"), list)
        return entries


class RemoteMethod:
    """An attribute that its class says is a function: calling it costs one request."""

    __slots__ = ("_name", "_owner")

    def __init__(self, owner: Remote, name: str) -> None:
        self._owner = owner
        self._name = name

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call it in the box: arguments and result are values."""
        owner = self._owner
        return owner._space.request("call_attribute", owner._ref, (self._name, *args), kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._itself(), name)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._itself())

    def __repr__(self) -> str:
        return repr(self._itself())

    def _itself(self) -> Any:
        return self._owner._ask("getattr", self._name)


STAND_INS: dict[str, Callable[[Requests, int, str, frozenset[str]], Remote]] = {
    "mapping": RemoteDict,
    "sequence": RemoteList,
}


def stand_in(space: Requests, ref: int, kind: str, type_name: str, methods: frozenset[str]) -> Remote:
    """Return the stand-in for a handle."""
    return STAND_INS.get(kind, RemoteObject)(space, ref, type_name, methods)
