"""Whose text an exception has: a library's in another version may be another, or there may be none."""

import numpy as np
import pytest
import torch

from worker.guest.installed import libraries


class Net:
    def __init__(self):
        self.weights = torch.ones(2, 3)

    def stretched(self):
        return torch.ones(5) @ self.weights

    def missing(self):
        return np.float


def assigned(gradients):
    gradients[0] = np.array([1.0, 2.0])


def refused():
    raise ValueError(f"mine, with {np.pi}")


def divided():
    return 1 / len([])


RAISING = {
    "a conversion": (lambda: float(np.array([2.5, 1.0])), "numpy"),
    "an entry": (lambda: assigned(np.zeros(3)), "numpy"),
    "a product": (lambda: Net().stretched(), "torch"),
    "a name that is gone": (lambda: Net().missing(), "numpy"),
    "within the library": (lambda: np.linalg.inv(np.zeros((2, 2))), "numpy"),
    "within a module of it": (lambda: torch.nn.Linear(2, 3)(torch.ones(5)), "torch"),
    "Python's own": (divided, ""),
    "the student's own": (refused, ""),
}


@pytest.mark.parametrize("name", RAISING)
def test_library_is_named_where_the_words_may_be_its(name):
    call, expected = RAISING[name]
    with pytest.raises(Exception) as raised:  # noqa: PT011 - of any kind
        call()
    assert libraries(raised.value) == expected


def test_objects_that_raise_when_looked_at_name_none():
    class Odd:
        __module__ = property(lambda self: 1 / 0)

    held = Odd()

    def failing():
        return held + 1

    with pytest.raises(TypeError) as raised:
        failing()
    assert libraries(raised.value) == ""
    assert libraries(ValueError("never raised")) == ""
