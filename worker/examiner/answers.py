"""What an answer of the submission is, in the few words that a student is told: its kind, and how many."""

from collections.abc import Sized
from dataclasses import dataclass

import numpy as np
import torch

from worker.examiner.proxy import RemoteDict, RemoteList

KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "nothing"),
    ((bool, np.bool_), "truth"),
    ((int, float, complex, np.generic), "number"),
    (str, "text"),
    (torch.Tensor, "tensor"),
    (np.ndarray, "array"),
    (tuple, "tuple"),
    ((list, RemoteList), "list"),
    ((dict, RemoteDict), "dict"),
)


@dataclass(frozen=True)
class Answer:
    """A kind of value, empty if it is not known; ``count``: the number of entries, where it has some here."""

    kind: str = ""
    count: int | None = None


def answer_of(value: object) -> Answer:
    """Return what a value is; its contents are not looked at."""
    kind = next((word for types, word in KINDS if isinstance(value, types)), "object")
    held = isinstance(value, tuple | list | dict)
    return Answer(kind, len(value) if held and isinstance(value, Sized) else None)
