"""The files that an assignment from scratch begins with: small, complete, and graded as they stand."""

import tomlkit

_DOCUMENT = """\
title = "Title"
entry = "solution.py"            # the file that students hand in, and that the tests import
files = ["solution.py"]          # what may be handed in; add helper modules here
text = "text.md"                 # what students read
device = "any"                   # cpu, gpu, any

[[functions]]                    # one for each function of the points table, in its order
name = "relu"
points = 10

[[functions]]
name = "relu_backward"
points = 10

[limits]
test_seconds = 5                 # for each test; a hand-in that takes longer is stopped

[forbid]
autograd = "allow"               # forbid: derivatives have to be written by hand

[visibility]                     # from when on students see: always, after_due, after_publish, never
message = "always"
output = "never"
"""
_TEXT = """\
Write `relu` and its backward pass in `solution.py`.

* `relu(x)` returns $\\max(x, 0)$ for every element of the tensor `x`.
* `relu_backward(x, upstream)` returns the gradient of the loss with respect to `x`, where `upstream` is the
  gradient with respect to `relu(x)`.

Hand in `solution.py`. The handout has a file to start from.
"""
_TESTS = '''\
"""Hidden tests: students never see this file.

`submission` is the student's module; a call of its functions runs in the sandbox. `check` compares, and says
what differs in words that give nothing away. `rng` gives random numbers that are the same for one hand-in.
"""

import pytest
import torch


@pytest.mark.function("relu")
@pytest.mark.parametrize("shape", [(7,), (5, 3)])
def test_relu(submission, check, rng, shape):
    """The values, for a vector and for a matrix."""
    x = rng.normal(*shape)
    check.close(submission.relu(x), torch.clamp(x, min=0), name="relu(x)")
    check.unchanged(x, name="x")


@pytest.mark.function("relu_backward")
@pytest.mark.parametrize("shape", [(7,), (5, 3)])
def test_relu_backward(submission, check, rng, shape):
    """The gradient, for a random gradient from above."""
    x, upstream = rng.normal(*shape), rng.normal(*shape)
    check.close(submission.relu_backward(x, upstream), upstream * (x > 0), name="the gradient")
'''
_HANDOUT = '''\
"""Start here."""

import torch


def relu(x: torch.Tensor) -> torch.Tensor:
    """Return max(x, 0) for every element."""
    raise NotImplementedError


def relu_backward(x: torch.Tensor, upstream: torch.Tensor) -> torch.Tensor:
    """Return the gradient with respect to x."""
    raise NotImplementedError
'''
_SOLUTION = '''\
"""A right solution: it must get all points. `Verify` says whether it does."""

import torch


def relu(x: torch.Tensor) -> torch.Tensor:
    return x.clamp(min=0)


def relu_backward(x: torch.Tensor, upstream: torch.Tensor) -> torch.Tensor:
    return torch.where(x > 0, upstream, torch.zeros_like(upstream))
'''
_WRONG = '''\
"""A mistake that the tests must find: the gradient from above is left out."""

import torch


def relu(x: torch.Tensor) -> torch.Tensor:
    return x.clamp(min=0)


def relu_backward(x: torch.Tensor, upstream: torch.Tensor) -> torch.Tensor:
    return (x > 0).to(x.dtype)
'''


def files(title: str) -> dict[str, bytes]:
    """Return an assignment of that title with two functions, tests, a handout and samples to verify them."""
    document = tomlkit.parse(_DOCUMENT)
    document["title"] = title
    texts = {
        "assignment.toml": tomlkit.dumps(document),
        "text.md": _TEXT,
        "test_example.py": _TESTS,
        "handout/solution.py": _HANDOUT,
        "submissions/accepted/solution.py": _SOLUTION,
        "submissions/wrong_answer/upstream_left_out.py": _WRONG,
    }
    return {name: text.encode("utf-8") for name, text in texts.items()}
