"""What every verification tries besides the samples: functions that return what nobody asked for, or raise.

Each is the solution with one function in another's place: it returns None, one value, a tuple, an empty dict,
or raises. Whatever the tests make of that, it must be the student's, and worth nothing. Pure.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from grader.model import Assignment, Function, Submission
from grader.verifying.samples import Sample, is_full

ODD: Mapping[str, str] = MappingProxyType(
    {
        "returns None": "return None",
        "returns one value": "return 1.0",
        "returns a tuple": "return ()",
        "returns an empty dict": "return {}",
        "raises": "raise ValueError('on purpose')",
    }
)
"""What a function does instead, in words and in Python."""

PYTHON = ".py"


def odd_answers(samples: Iterable[Sample], assignment: Assignment) -> list[Sample]:
    """Return the submissions, made of the first sample that gets all points; none where there is no such."""
    solution = next((each.submission for each in samples if is_full(each, assignment)), None)
    if solution is None:
        return []
    return [each for function in assignment.functions for each in _of(function, solution, assignment)]


def _of(function: Function, solution: Submission, assignment: Assignment) -> Iterator[Sample]:
    file = function.entry or assignment.entry
    content = solution.files.get(file)
    if content is None or not function.points or not _defines(content, function.name):
        return
    for said, does in ODD.items():
        text = f"\n\ndef _odd_answer(*given, **named):\n    {does}\n\n{function.name} = _odd_answer\n"
        changed = _with(file, content, text)
        if changed is not None:
            files = {**solution.files, file: changed}
            yield Sample(f"{function.name} {said}", Submission(files), odd=function.name)


def _defines(content: bytes, name: str) -> bool:
    """Say whether a source defines each part of a function's name."""
    return all(
        part.isidentifier() and re.search(rb"\b(?:def|class)\s+" + part.encode() + rb"\b", content)
        for part in name.split(".")
    )


def _with(file: str, content: bytes, text: str) -> bytes | None:
    """Return a file with some Python at its end; None for a notebook that can't be read."""
    if file.endswith(PYTHON):
        return content + text.encode()
    try:
        notebook = json.loads(content)
        cell: dict[str, object] = {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": text,
        }
        notebook["cells"].append(cell)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return json.dumps(notebook).encode()
