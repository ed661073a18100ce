"""Reads tables that people write (TOML) into checked values, and says what is wrong where.

Used for assignment.toml, the settings file and the list of expected verdicts. Every key that is there
must be asked for: what nobody asked for is a spelling mistake, and the nearest known key is proposed.
"""

import difflib
import sys
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar, overload

from grader.errors import ChainruleError
from grader.model.language import _

Choice = TypeVar("Choice", bound=StrEnum)
Refusal = type[ChainruleError]
_GREATEST = sys.float_info.max


SHARES: Mapping[str, float] = {"none": 0.0, "half": 0.5, "full": 1.0}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``Did you mean “x”?`` or the list of what is known."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    if near:
        return _("Did you mean “%(near)s”?", near=near[0])
    return _("Known: %(names)s.", names=", ".join(names)) if names else ""


def parse(text: bytes, file: str, refusal: Refusal) -> "Table":
    """Return the TOML document as a table; raises `refusal` with file and line when it isn't one."""
    try:
        return Table(tomllib.loads(text.decode("utf-8")), file, refusal)
    except UnicodeDecodeError as error:
        raise refusal(
            _("byte %(start)s is not UTF-8", start=error.start), where=file, cure=_("Save the file as UTF-8.")
        ) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise refusal(
            _("this is not TOML: %(error)s", error=error), where=file, cure=_("See https://toml.io.")
        ) from None


class Table:
    """One table of a document. Every reading method marks its key as known; ``done`` refuses the others."""

    def __init__(self, values: dict[str, Any], file: str, refusal: Refusal, path: str = "") -> None:
        self._values = values
        self._file = file
        self._refusal = refusal
        self._path = path
        self._asked: set[str] = set()

    def refuse(self, key: str, what: str, cure: str = "") -> ChainruleError:
        """Return the error for `key`, to be raised."""
        return self._refusal(what, where=f"{self._file}: {self._path}{key}", cure=cure)

    @overload
    def text(self, key: str) -> str: ...
    @overload
    def text(self, key: str, default: str) -> str: ...
    def text(self, key: str, default: str | None = None) -> str:
        """Return a string that is not empty."""
        value = self._get(key, default)
        if isinstance(value, str) and (value.strip() or value == default):
            return value
        raise self.refuse(key, _("this must be non-empty text in quotes"))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings, without duplicates; empty when the key is absent."""
        value = self._get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise self.refuse(key, _('this must be a list of strings, such as ["a", "b"]'))
        self.distinct(key, value)
        return tuple(value)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """Return a list of pairs of texts, which differ; there must be one at least."""
        value = self._get(key, None)
        if not isinstance(value, list) or not value or not all(map(_is_pair, value)):
            cure = _("A text of several lines stands between three quotes.")
            raise self.refuse(key, _('this must be a list of pairs, such as [["old", "new"]]'), cure)
        for place, (old, new) in enumerate(value, start=1):
            if old == new:
                raise self.refuse(key, _("pair %(place)s changes nothing", place=place), _("Leave it out."))
        return tuple((old, new) for old, new in value)

    def number(
        self, key: str, default: float | None = None, *, least: float = 0.0, most: float = _GREATEST
    ) -> float:
        """Return a finite number from `least` to `most`."""
        value = self._get(key, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and least <= value <= most:
            return float(value)
        bound = (
            _("from %(least)s to %(most)s", least=f"{least:g}", most=f"{most:g}")
            if most < _GREATEST
            else _("and at least %(least)s", least=f"{least:g}")
        )
        raise self.refuse(key, _("this must be a number, %(bound)s", bound=bound))

    def share(self, key: str) -> float:
        """Return a share from 0 to 1, which may be written in words: none, half, full; none when absent."""
        value = self._get(key, "none")
        if isinstance(value, str) and value in SHARES:
            return SHARES[value]
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        raise self.refuse(
            key, _("this must be %(shares)s, or a number from 0 to 1", shares=", ".join(SHARES))
        )

    def whole(self, key: str, default: int, *, least: int = 0) -> int:
        """Return a whole number, at least `least`."""
        value = self._get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        raise self.refuse(key, _("this must be a whole number, and at least %(least)s", least=least))

    def truth(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._get(key, default)
        if isinstance(value, bool):
            return value
        raise self.refuse(key, _("this must be true or false"))

    def choice(self, key: str, default: Choice) -> Choice:
        """Return one of the words of an enumeration."""
        value = self._get(key, default.value)
        words = [str(each) for each in type(default)]
        if value in words:
            return type(default)(value)
        raise self.refuse(
            key,
            _("“%(value)s” is not one of %(words)s", value=value, words=", ".join(words)),
            did_you_mean(str(value), words),
        )

    def table(self, key: str) -> "Table":
        """Return a table; an empty one when the key is absent."""
        value = self._get(key, {})
        if isinstance(value, dict):
            return Table(value, self._file, self._refusal, f"{self._path}{key}.")
        raise self.refuse(
            key, _("this must be a table: write [%(path)s%(key)s] above it", path=self._path, key=key)
        )

    def tables(self, key: str) -> tuple["Table", ...]:
        """Return a list of tables, written [[key]]."""
        value = self._get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.refuse(
                key,
                _(
                    "this must be a list of tables: write [[%(path)s%(key)s]] above each",
                    path=self._path,
                    key=key,
                ),
            )
        return tuple(
            Table(each, self._file, self._refusal, f"{self._path}{key}[{place}].")
            for place, each in enumerate(value, start=1)
        )

    def names(self) -> tuple[str, ...]:
        """Return the keys that are there."""
        return tuple(self._values)

    def distinct(self, key: str, names: Iterable[str]) -> None:
        """Refuse a name that appears twice."""
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise self.refuse(key, _("“%(name)s” appears twice", name=name), _("Remove one of them."))
            seen.add(name)

    def done(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                raise self.refuse(key, _("unknown key"), did_you_mean(key, self._asked))

    def _get(self, key: str, default: Any) -> Any:
        self._asked.add(key)
        if key in self._values:
            return self._values[key]
        if default is None:
            raise self.refuse(key, _("missing key"), _("Add a line such as %(key)s = …", key=key))
        return default


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(each, str) for each in value)
