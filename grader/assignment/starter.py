"""The files that a new assignment begins with, and what is said about them.

One from scratch is small, complete, and graded as it stands; one that begins as a copy keeps all files.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import tomlkit

from grader.assignment import toml_edit as document
from grader.assignment.assignment_folder import FILE

GUIDE = "README.md"

_ABOUT: Mapping[str, str] = MappingProxyType(
    {
        FILE: "title, functions and their points, limits, what is forbidden, who sees what",
        "text.md": "what students read: Markdown, with formulas between dollar signs",
        "test_": "hidden tests, ordinary pytest. Students never see them",
        "handout/": "what students start from. Submitted unchanged, it must get 0 points",
        "mounted/": "files placed next to the submission when it runs, such as data. Students get them too",
        "data/": "files that only the tests read",
        "submissions/accepted/": "correct submissions: they must get all points. Add every permitted variant",
        "submissions/wrong_answer/": "mistakes that the tests must find: collect those you have seen",
        "submissions/expected.toml": "optional: the exact points of each sample; samples that are changes",
        "proof/": "what `chainrule prove` builds the known mistakes into",
        "graph": "the computation graph and its pictures; `chainrule picture` redraws them",
    }
)
"""What a file is for, by how its name begins, in the order of a guide."""

_GUIDE = """\
# {slug}

{table}

1. Write `text.md` and the first lines of `assignment.toml`: which file is submitted, and the points of
   each function.
2. Write the handout and a solution in `submissions/accepted/`, then the tests.
3. `chainrule verify .` in this folder: the solution gets all points, the handout none, each mistake its
   verdict.
4. Add a mistake to `submissions/wrong_answer/` whenever you see one, and verify again.
5. `chainrule admin assignment COURSE .` adds it to a course; or upload this folder as a zip, under New
   assignment on the course's page.

docs/instructor.md of Chainrule explains every key and how tests are written. This file is only for you:
neither students nor tests see it.
"""
_DOCUMENT = """\
title = "Title"
entry = "solution.py"            # the file that students submit and the tests import
files = ["solution.py"]          # files that can be submitted; add helper modules here
text = "text.md"                 # what students read
device = "any"                   # cpu, gpu, any

[[functions]]                    # one for each function of the points table, in its order
name = "relu"
points = 10

[[functions]]
name = "relu_backward"
points = 10

[limits]
test_seconds = 5                 # of CPU time, for each test; a submission that uses more is stopped

[forbid]
autograd = "allow"               # forbid: derivatives must be written by hand

[visibility]                     # when students see it: always, after_due, after_publish, never
message = "always"
output = "never"
"""
_TEXT = """\
Write `relu` and its backward pass in `solution.py`.

* `relu(x)` returns $\\max(x, 0)$ for every element of the tensor `x`.
* `relu_backward(x, upstream)` returns the gradient of the loss with respect to `x`, where `upstream` is the
  gradient with respect to `relu(x)`.

Submit `solution.py`. The handout has a file to start from.
"""
_TESTS = '''\
"""Hidden tests: students never see this file.

`submission` is the student's module; a call of its functions runs in the sandbox. `check` compares, and
says what differs without giving answers away. `rng` gives the same random numbers for the same submission.
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
    """The gradient, for a random upstream gradient."""
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
"""A correct solution: it must get all points. `Verify` checks that."""

import torch


def relu(x: torch.Tensor) -> torch.Tensor:
    return x.clamp(min=0)


def relu_backward(x: torch.Tensor, upstream: torch.Tensor) -> torch.Tensor:
    return torch.where(x > 0, upstream, torch.zeros_like(upstream))
'''
_WRONG = '''\
"""A mistake that the tests must find: the upstream gradient is left out."""

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


def titled(files: Mapping[str, bytes], title: str) -> dict[str, bytes]:
    """Return an assignment's files with another title; with its own where none is given.

    Raises AssignmentError when the document is not in order.
    """
    if not title:
        return dict(files)
    there = files[FILE]
    return {**files, FILE: document.edited(there, replace(document.read(there, "new"), title=title))}


def guide(slug: str, files: Mapping[str, bytes]) -> bytes:
    """Return what the folder's files are for, and the way from here to a published assignment."""
    return _GUIDE.format(slug=slug, table="\n".join(_rows(files))).encode("utf-8")


def _rows(files: Mapping[str, bytes]) -> Iterator[str]:
    yield "| file | what it is for |"
    yield "|---|---|"
    for begin, about in _ABOUT.items():
        found = [name for name in files if name.startswith(begin)]
        if found:
            yield f"| `{found[0] if len(found) == 1 else begin + '…'}` | {about} |"
