"""How a net of one hidden layer keeps its numbers: a matter of taste, and all of it right.

    separate           W1 (d, h), b1, W2 (h, k), b2: a column per unit, rows of X times W
    separate_by_unit   W1 (h, d), b1, W2 (k, h), b2: a row per unit, as torch keeps it
    folded             W1 (d + 1, h), W2 (h + 1, k): the bias is a row, met by a column of ones
    folded_by_unit     W1 (h, d + 1), W2 (k, h + 1): the bias is a column

Folded, the ones stand last or first, in each of the two layers. The parameters themselves are those of
``reference.network``: W1 (h, d), b1 (h,), W2 (k, h), b2 (k,). Gradients are kept as their parameters are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

LAST, FIRST = "last", "first"
WEIGHTS = ("W1", "W2")
BIASES = ("b1", "b2")


@dataclass(frozen=True)
class Layout:
    """One way of keeping them. ``ones``: where they stand, for both layers; it means nothing if separate."""

    folded: bool
    by_unit: bool
    ones: tuple[str, str] = (LAST, LAST)

    @property
    def shape(self) -> str:
        """Its name."""
        return ("folded" if self.folded else "separate") + ("_by_unit" if self.by_unit else "")

    @property
    def place_of_ones(self) -> str:
        """Where the ones stand: empty if there are none, one word if both layers agree, else two."""
        return "_".join(dict.fromkeys(self.ones)) if self.folded else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that are kept."""
        return WEIGHTS if self.folded else ("W1", "b1", "W2", "b2")

    def pack(self, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return parameters, or gradients of them, as they are kept here."""
        kept = {}
        for weight, bias, ones in zip(WEIGHTS, BIASES, self.ones, strict=True):
            matrix = parameters[weight]
            if self.folded:
                column = parameters[bias].reshape(-1, 1)
                matrix = torch.cat((matrix, column) if ones == LAST else (column, matrix), 1)
            else:
                kept[bias] = parameters[bias]
            kept[weight] = matrix if self.by_unit else matrix.T
        return {name: kept[name] for name in self.names}

    def unpack(self, kept: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the parameters out of what is kept."""
        parameters = {}
        for weight, bias, ones in zip(WEIGHTS, BIASES, self.ones, strict=True):
            matrix = kept[weight] if self.by_unit else kept[weight].T
            if self.folded:
                column, matrix = (
                    (matrix[:, -1], matrix[:, :-1]) if ones == LAST else (matrix[:, 0], matrix[:, 1:])
                )
            else:
                column = kept[bias].flatten()
            parameters[weight], parameters[bias] = matrix, column
        return parameters

    def shapes(self, inputs: int, hidden: int, outputs: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of what is kept."""
        sizes = {"W1": (hidden, inputs), "b1": (hidden,), "W2": (outputs, hidden), "b2": (outputs,)}
        packed = self.pack({name: torch.zeros(size) for name, size in sizes.items()})
        return {name: tuple(value.shape) for name, value in packed.items()}

    def with_ones(self, inputs: str, hidden: str) -> "Layout":
        """Return the same with the ones of both layers at these ends."""
        return replace(self, ones=(inputs, hidden))


SHAPES = tuple(Layout(folded, by_unit) for folded in (False, True) for by_unit in (False, True))
"""All that shapes can tell apart: ones first and ones last look alike."""


def by_shapes(found: Mapping[str, tuple[int, ...]], inputs: int, hidden: int, outputs: int) -> Layout | None:
    """Return the layout in which parameters have these shapes, None if there is none.

    A bias may be a row or a column. Where the hidden layer is square, the matrix of the other layer tells
    which way round it lies.
    """
    for layout in SHAPES:
        wanted = layout.shapes(inputs, hidden, outputs)
        if found.keys() == wanted.keys() and all(
            found[name] == size or (name in BIASES and _is_line(found[name], size[0]))
            for name, size in wanted.items()
        ):
            return layout
    return None


def _is_line(found: tuple[int, ...], length: int) -> bool:
    return found in ((1, length), (length, 1)) or (length == 1 and found == ())
