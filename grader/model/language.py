"""Texts in the language of whoever reads them.

The code says everything in English. ``_`` and ``ngettext`` tell a text in the language that ``speaking``
set, or as it is written. A table at module level marks its texts with ``N_`` and ``NN_``, which only say
to ``make messages`` that these are texts, and tells them when they are shown: see ``Texts``. An error is told
where it is raised, in the language of who asked. A row of a catalogue (``Row``, ``CatalogueEntry``) is known
to ``make messages`` as it is. ``grader.config.languages`` says where the catalogues of other languages are.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Generic, TypeVar

Key = TypeVar("Key")
_ENGLISH = NullTranslations()
_SPOKEN: ContextVar[NullTranslations] = ContextVar("spoken", default=_ENGLISH)


def told(text: str, /) -> str:
    """Return a text in the reader's language, with its ``%(name)s`` as they are."""
    # An empty text stands for what a catalogue says about itself.
    return _SPOKEN.get().gettext(text) if text else ""


def told_of(one: str, many: str, count: int, /) -> str:
    """Return the form of a text that fits the count, with its ``%(name)s`` as they are."""
    return _SPOKEN.get().ngettext(one, many, count)


def _(text: str, /, **values: object) -> str:
    """Return a text in the reader's language, with values in the place of ``%(name)s``."""
    return told(text) % values if values else told(text)


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of a text that fits the count, which stands in the place of ``%(num)s``."""
    return told_of(one, many, count) % {"num": f"{count:,}", **values}


def N_(text: str) -> str:
    """Mark a text that is told later."""
    return text


def NN_(one: str, many: str) -> tuple[str, str]:
    """Mark the two forms of a text that is told later, with a count."""
    return one, many


@contextmanager
def speaking(catalogue: NullTranslations) -> Iterator[None]:
    """Tell texts by a catalogue while this lasts."""
    before = _SPOKEN.set(catalogue)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def in_english() -> AbstractContextManager[None]:
    """Tell texts as they are written: what is kept as a name or compared has one language."""
    return speaking(_ENGLISH)


@dataclass(frozen=True, eq=False)
class Texts(Mapping[Key, str], Generic[Key]):
    """A table of texts: each is told in the language of whoever asks for it."""

    english: Mapping[Key, str]

    def __getitem__(self, key: Key) -> str:
        return _(self.english[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self.english)

    def __len__(self) -> int:
        return len(self.english)
