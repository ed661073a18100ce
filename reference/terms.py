"""Places, and what is special of a question, as words of a vocabulary. Others make sentences of them."""

from typing import NamedTuple


class Term(NamedTuple):
    """A word of the vocabulary, and the name that it is said of: ``("gradient_of", "a·b")``.

    Without a word it is the name alone: ``("", "dJdW1")``. A test holds the words to those of
    ``grader.feedback``.
    """

    word: str
    of: str = ""


class Where(NamedTuple):
    """The steps that something is said of; ``operation``: only where that operation stands, empty for any."""

    terms: tuple[Term, ...] = ()
    operation: str = ""


NOWHERE = Where()


def of_names(*names: str) -> Where:
    """Return steps that are known by their names alone."""
    return Where(tuple(Term("", name) for name in names))
