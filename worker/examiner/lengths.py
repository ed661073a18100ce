"""How long the sums of a test can be: the longest axis of what it gives to the submission."""

from collections.abc import Sequence


class Lengths:
    """Of the axes that have crossed: those that the test has chosen count, those of the submission don't.

    An allowance grows with them, so a submission must not be able to choose: an answer with a million rows
    that the test passes on, or calculates an argument from, is none of the test's own.
    """

    def __init__(self) -> None:
        self._ours: set[int] = set()
        self._theirs: set[int] = set()
        self.longest = 1

    def begin(self) -> None:
        """Begin a test: nothing has been given in it yet."""
        self.longest = 1

    def give(self, shape: Sequence[int]) -> None:
        """Note the shape of an argument."""
        self._ours.update(length for length in shape if length not in self._theirs)
        self.longest = max((self.longest, *(length for length in shape if length in self._ours)))

    def answer(self, shape: Sequence[int]) -> None:
        """Note the shape of an answer."""
        self._theirs.update(length for length in shape if length not in self._ours)
