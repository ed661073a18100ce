"""Turns the values behind a feedback code into words.

A value may come from the submission (a shape, the name of an exception's class, a file name), so its
type is checked before it is formatted: any value gives some words, never an exception. What could carry
hidden inputs out to a student is left out unless the reader may see the case's output.
"""

import builtins
import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from grader.feedback import text
from grader.model.language import N_, Texts, _


class Reader(Enum):
    """Who reads: a student who may not see what the submission wrote, one who may, or staff."""

    STUDENT = "student"
    OUTPUT = "output"
    STAFF = "staff"


# An exception class may be made at run time and named after the input it was given.
EXCEPTIONS = frozenset(
    name
    for name in dir(builtins)
    if isinstance(getattr(builtins, name), type(BaseException))
    and issubclass(getattr(builtins, name), BaseException)
)
TYPES = frozenset(
    "int float bool str bytes bytearray complex list tuple dict set frozenset range function method type "
    "module generator NoneType Tensor Parameter ndarray float16 float32 float64 int32 int64 "
    "bfloat16".split()
)
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,80}")
# How a place in a notebook is told: the file, and which of its code cells.
_CELL = re.compile(r"(.*\.ipynb)\[(\d{1,4})\]")
SIGNALS: Mapping[int, str] = Texts(
    {
        4: "an illegal instruction",
        6: "an abort",
        7: "a bus error",
        8: "an arithmetic fault",
        9: "a kill signal",
        11: "a segmentation fault",
        15: "a termination signal",
        31: "a system call that the sandbox does not allow",
    }
)
RELATIONS: Mapping[str, str] = Texts(
    {
        "": "",
        "transposed": " It has the right sizes in the wrong order: it is transposed.",
        "broadcasts": " Torch would stretch one to the other without a word, so shapes must be equal.",
        "flattened": " It has the correct number of elements, flattened.",
        "extra_axis": " It has an axis of length 1 too many.",
    }
)
LAYOUTS: Mapping[str, str] = Texts(
    {
        "separate": "matrices and separate biases, with a column for each unit",
        "separate_by_unit": "matrices and separate biases, with a row for each unit, as torch keeps them",
        "folded": "matrices with the biases folded in, a column for each unit",
        "folded_by_unit": "matrices with the biases folded in, a row for each unit",
    }
)
ONES: Mapping[str, str] = Texts(
    {
        "last": ", and ones last",
        "first": ", and ones first",
        "last_first": ", ones last beside X and first beside the hidden layer",
        "first_last": ", ones first beside X and last beside the hidden layer",
    }
)
BECAUSE: Mapping[str, str] = Texts(
    {
        "timeout": "a time-out",
        "output_limit": "too much output",
        "out_of_memory": "memory ran out",
        "crashed": "a crash",
        "forbidden": "something forbidden was used",
        "load": "your file could not be loaded",
        "total": "the time for the whole grading was used up",
    }
)
PAIR = 2
UNNAMED_LIMIT = N_("amount")  # where whoever noticed the breach did not know the limit
AGREES = N_(" Its numbers are correct.")
GOT: Mapping[str, str] = Texts(
    {
        "nothing": "nothing (None)",
        "truth": "True or False",
        "number": "one number",
        "text": "a text",
        "tensor": "one tensor",
        "array": "one array",
        "tuple": "a tuple",
        "list": "a list",
        "dict": "a dict",
        "object": "an object",
    }
)
COUNTED: Mapping[str, tuple[str, str]] = {
    "tensor": (N_("an empty tensor"), N_("one tensor of %(count)s")),
    "array": (N_("an empty array"), N_("one array of %(count)s")),
    "tuple": (N_("an empty tuple"), N_("a tuple of %(count)s")),
    "list": (N_("an empty list"), N_("a list of %(count)s")),
    "dict": (N_("an empty dict"), N_("a dict of %(count)s")),
}
CUT: Mapping[str, str] = Texts(
    {
        "texts": "long texts",
        "lists": "long lists",
        "notes": "notes",
        "findings": "findings in the source",
        "output": "printed output",
        "details": "details of test cases",
    }
)
HINTS: Mapping[str, str] = Texts(
    {
        "transposed": "Look at the order of the factors in the matrix product, or transpose the result.",
        "broadcasts": "Check which axis a sum runs over, and whether it keeps its axis.",
        "flattened": "Leave out flatten, view or reshape, or undo it at the end.",
        "extra_axis": "Sum without keepdim, or index the axis away.",
    }
)


def words(values: Mapping[str, Any], reader: Reader) -> dict[str, str]:
    """Return every value as words, with the composite ones that sentences are made of."""
    said = {name: FORMATS.get(name, _phrase)(value) for name, value in values.items()}
    said["place"] = _place(values, reader)
    said["scope"] = _(" for the whole grading") if values.get("where") == "total" else ""
    said["clock"] = _(" of CPU time") if values.get("clock") == "cpu" else ""
    # For something forbidden, where names the function around it in the source: nothing was run to find it.
    within = values.get("where")
    said["within"] = (
        _(", in %(function)s", function=text.phrase(within, 60)) if isinstance(within, str) and within else ""
    )
    said["with_versions"] = _with_versions(values.get("libraries"))
    said["ending"] = _ending(values, reader)
    said["layout"] = LAYOUTS.get(str(values.get("layout")), "") + ONES.get(str(values.get("ones")), "")
    relation = str(values.get("relation", ""))
    said["relation"] = RELATIONS.get(relation, "") + (_(AGREES) if values.get("agrees") is True else "")
    because = str(values.get("because", ""))
    said["because"] = BECAUSE.get(
        because, _("the test was skipped") if reader is Reader.STUDENT else text.phrase(because)
    )
    said["got"] = _got(values.get("got"), values.get("count"))
    said["entry"] = _entry(values.get("entry"))
    said["hint"] = HINTS.get(relation, _("Print the shape of each factor, and compare it with the handout."))
    said["seen_type"] = _type_name(values.get("type"), EXCEPTIONS, _("an exception of its own class"), reader)
    said["seen_kind"] = _type_name(values.get("actual"), TYPES, _("something else"), reader)
    return said


def _phrase(value: Any) -> str:
    return text.phrase(str(value)) if value is not None else ""


def _number(value: Any) -> str:
    return text.number(value) if _is_number(value) else _phrase(value)


def _difference(value: Any) -> str:
    """Say a relative difference; where nothing was expected, anything is infinitely far off."""
    return _number(value) if _is_number(value) else _("infinite")


def _index(value: Any) -> str:
    return f"[{', '.join(_phrase(i) for i in value)}]" if isinstance(value, list | tuple) else _phrase(value)


def _shape(value: Any) -> str:
    if not isinstance(value, list | tuple):
        return _phrase(value)
    return f"({_phrase(value[0])},)" if len(value) == 1 else f"({', '.join(_phrase(n) for n in value)})"


def _limit(value: Any) -> str:
    return _size(value) if value else _(UNNAMED_LIMIT)


def _size(value: Any) -> str:
    return text.size(value) if _is_number(value) and value >= 0 else _phrase(value)


def _seconds(value: Any) -> str:
    return text.seconds(value) if _is_number(value) else _phrase(value)


def _found(value: Any) -> str:
    return {"nan": _("NaN (not a number)"), "inf": _("an infinite value")}.get(str(value), _phrase(value))


def _cut(value: Any) -> str:
    words = value if isinstance(value, list) else []
    return text.listed([CUT[each] for each in words if isinstance(each, str) and each in CUT]) or _("texts")


def _got(kind: Any, count: Any) -> str:
    """Say what was returned: its kind, and of how many where that is known."""
    if not isinstance(count, int) or isinstance(count, bool) or str(kind) not in COUNTED:
        return GOT.get(str(kind), _("something else"))
    empty, several = COUNTED[str(kind)]
    return _(several, count=_phrase(count)) if count else _(empty)


def _entry(key: Any) -> str:
    """Say which entry is asked: by its name, or by how many come before it."""
    name = _phrase(key)
    return _("element %(name)s", name=name) if isinstance(key, int) else _("an entry “%(name)s”", name=name)


def _wanted(count: Any) -> str:
    return _("a pair is") if count == PAIR else _("%(count)s values are", count=_phrase(count))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


FORMATS: Mapping[str, Callable[[Any], str]] = {
    "difference": _difference,
    "allowed": _number,
    "index": _index,
    "actual": _shape,
    "expected": _shape,
    "limit_bytes": _limit,
    "size_bytes": _size,
    "seconds": _seconds,
    "found": _found,
    "cut": _cut,
    "wanted": _wanted,
}


def _place(values: Mapping[str, Any], reader: Reader) -> str:
    """Say `` at line 12 of mlp.py, in backward``, as far as it is known and may be told."""
    line, file, function = (values.get(key) for key in ("line", "file", "function"))
    said = _(" at line %(line)s", line=line) if isinstance(line, int) and line > 0 else ""
    if said and isinstance(file, str) and (cell := _CELL.fullmatch(file)):
        file, number = cell.groups()
        said += "" if values.get("cell") == int(number) else _(" of code cell %(cell)s", cell=number)
    trusted = reader is not Reader.STUDENT
    if said and trusted and isinstance(file, str) and _FILE.fullmatch(file):
        said += _(" of %(file)s", file=file)
    if said and trusted and isinstance(function, str) and function and function != "<module>":
        said += _(", in %(function)s", function=text.phrase(function, 60))
    return said


def _with_versions(libraries: Any) -> str:
    """Say which versions the words of an exception come from: at home another one may be installed."""
    said = libraries if isinstance(libraries, list) else []
    named = [text.phrase(each, 60) for each in said if isinstance(each, str)]
    return _(" (with %(libraries)s)", libraries=text.listed(named)) if named else ""


def _ending(values: Mapping[str, Any], reader: Reader) -> str:
    """Say how a process ended. The exit status is the submission's own choice, so it may carry data."""
    number = values.get("number")
    if values.get("how") == "signal" and isinstance(number, int):
        signal = SIGNALS.get(number) or _("signal %(number)s", number=number)
        return _("was ended by %(signal)s", signal=signal)
    if values.get("how") == "exit" and isinstance(number, int) and reader is not Reader.STUDENT:
        return _("ended the whole Python process (exit status %(number)s)", number=number)
    return _("ended the whole Python process")


def _type_name(value: Any, known: frozenset[str], instead: str, reader: Reader) -> str:
    name = str(value) if isinstance(value, str) else ""
    return text.phrase(name, 60) if name and (name in known or reader is not Reader.STUDENT) else instead
