"""How large a report may be, and the one place that cuts one.

What a submission can influence (texts, names, lists, notes, output) is cut to ``BOUNDS``, and a note says
that it was. Every engine's report passes through ``cut``, so the command line, workers and the database do.
A field that is added later is cut as a name or a list without anybody thinking of it: what may be longer
stands in a table here.

What the suite itself says (which cases there are, what they count for, how each ended) is never left out,
since points follow from it. The details of cases get what is left of the whole, failed cases first.
"""

import hashlib
import json
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from grader.model.report import CaseResult, Fact, Report, Verdict


@dataclass(frozen=True)
class Bounds:
    """The limits. Lengths are in characters, ``report_bytes`` is of the report as JSON in ASCII.

    least_bytes  what details of cases get even where the suite's own words fill the whole
    """

    name: int = 200
    text: int = 2_000
    notes: int = 20
    findings: int = 100
    values: int = 40
    items: int = 100
    report_bytes: int = 256 * 1024
    least_bytes: int = 64 * 1024


BOUNDS = Bounds()
CODE = "report_cut"
"""The code of the note that something was cut; its ``cut`` lists words of ``WORDS``."""

WORDS = ("texts", "lists", "notes", "findings", "output", "details")
# What may be as long as a text; whatever isn't named here is a name.
TEXTS = frozenset({"text", "why", "because", "output", "what", "help", "description"})
# Their number is the suite's choice, or that of the search for mistakes.
UNCOUNTED = frozenset({"cases", "diagnoses", "parts", "nodes", "others"})
COUNTED: Mapping[str, tuple[str, int]] = {
    "notes": ("notes", BOUNDS.notes),
    "findings": ("findings", BOUNDS.findings),
}
# Names that others refer to: the end stays what it was told apart by.
KEYS = frozenset({"id", "cases", "function"})
# Points may depend on these.
SCORED = ("relation", "agrees")
INTEGER = 1 << 63
LEVELS = 2
_DIGEST = 12
_NOTE_BYTES = 512
T = TypeVar("T")


def cut(report: Report) -> Report:
    """Return the report within all bounds; one that is within them already, as it is.

    Verdicts, points and the number of cases stay. Where something was cut, a note of the code ``CODE``
    says what.
    """
    noted = [each for each in report.notes if each.code == CODE]
    cutter = _Cutter()
    shorter: Report = cutter.cut(replace(report, notes=tuple(n for n in report.notes if n.code != CODE)))
    if size_bytes(shorter) > BOUNDS.report_bytes - _NOTE_BYTES:
        shorter = _within(shorter, cutter.done)
    done = cutter.done | {word for note in noted for word in WORDS if word in _listed(note)}
    if not done:
        return shorter
    note = Fact(CODE, {"cut": [word for word in WORDS if word in done]})
    return replace(shorter, notes=(note, *shorter.notes[: BOUNDS.notes - 1]))


def cut_case(case: CaseResult) -> CaseResult:
    """Return one case with its texts and lists within their bounds, for those who look on."""
    result: CaseResult = _Cutter().cut(case)
    return result


def cut_values(values: Mapping[str, Any], spare: int = 0) -> dict[str, Any]:
    """Return a fact's values within their bounds, and nothing but what a message may carry.

    ``spare``: how much longer things may be, so that whoever cuts the whole still sees that there was more.
    """
    return _Cutter(spare).mapping(values)


def cut_text(text: str, spare: int = 0) -> str:
    """Return a text within its bound."""
    return text[: BOUNDS.text + spare]


def size_bytes(value: object) -> int:
    """Return how long a report, or a part of one, is as JSON in ASCII."""
    return len(json.dumps(value, default=_plain))


class _Cutter:
    """Cuts a tree of values; ``done`` collects in the words of ``WORDS`` what was cut."""

    def __init__(self, spare: int = 0) -> None:
        self.done: set[str] = set()
        self._spare = spare

    def cut(self, value: Any, name: str = "") -> Any:
        """Return the value cut as one that is called so."""
        if value is None or isinstance(value, bool | float | Enum):
            return value
        if isinstance(value, int):
            return max(-INTEGER, min(value, INTEGER - 1))
        if isinstance(value, str):
            return self._text(value, name)
        if is_dataclass(value) and not isinstance(value, type):
            return self._fields(value)
        if isinstance(value, Mapping):
            return self.mapping(value)
        return self._sequence(value, name) if isinstance(value, tuple) else self._foreign(value)

    def mapping(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return a fact's values, or another table, with so many entries."""
        kept = list(values)
        if len(kept) > BOUNDS.values:
            self.done.add("lists")
            kept = sorted(kept, key=lambda key: key not in SCORED)[: BOUNDS.values]
        return {self._text(str(key), ""): self._value(values[key], str(key)) for key in kept}

    def _value(self, value: Any, name: str) -> Any:
        """Return one value of a table: plain data, or a list of plain data."""
        if value is None or isinstance(value, bool | int | float | str):
            return self.cut(value, name)
        if not isinstance(value, list | tuple):
            return self._foreign(value)
        most = BOUNDS.items + self._spare
        if len(value) > most:
            self.done.add("lists")
        return [self._item(each) for each in value[:most]]

    def _item(self, value: Any) -> Any:
        if isinstance(value, bool):
            return int(value)
        return self.cut(value) if isinstance(value, int | float | str) else self._foreign(value)

    def _fields(self, value: Any) -> Any:
        changed = {}
        for field in fields(value):
            before = getattr(value, field.name)
            after = self.cut(before, field.name)
            if after is not before:
                changed[field.name] = after
        return replace(value, **changed) if changed else value

    def _sequence(self, value: tuple[Any, ...], name: str) -> tuple[Any, ...]:
        word, limit = COUNTED.get(name, ("lists", BOUNDS.items))
        if name not in UNCOUNTED and len(value) > limit:
            self.done.add(word)
            value = value[:limit]
        after = tuple(self.cut(each, name) for each in value)
        return value if all(a is b for a, b in zip(after, value, strict=True)) else after

    def _text(self, value: str, name: str) -> str:
        limit = (BOUNDS.text if name in TEXTS else BOUNDS.name) + self._spare
        if len(value) <= limit:
            return value
        self.done.add("output" if name == "output" else "texts")
        return _told_apart(value, limit) if name in KEYS else value[: limit - 1] + "…"

    def _foreign(self, value: object) -> str:
        """Return some text for what no report holds, such as a list in a list."""
        shown = reprlib.Repr()
        shown.maxlevel = LEVELS  # each level shows several times as much
        try:
            text = shown.repr(value)
        except Exception:  # what others wrote may fail at being shown
            text = type(value).__name__
        return self._text(text, "")


def _told_apart(value: str, limit: int) -> str:
    """Return the beginning and a digest, so that two long names stay two names."""
    digest = hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()[:_DIGEST]
    return f"{value[: limit - _DIGEST - 1]}…{digest}"


def _within(report: Report, done: set[str]) -> Report:
    """Return a report of cut texts with as many details as the whole has room for."""
    bare = _bare(report)
    room = BOUNDS.report_bytes - _NOTE_BYTES - size_bytes(bare)
    purse = _Purse(max(room, BOUNDS.least_bytes), done)
    load = purse.afford(report.load, bare.load, "details")
    notes = purse.afford_each(report.notes, "notes")
    findings = purse.afford_each(report.findings, "findings")
    facts, outputs = [case.fact for case in bare.cases], [case.output for case in bare.cases]
    order = sorted(range(len(facts)), key=lambda at: report.cases[at].verdict is Verdict.PASSED)
    for at in order:
        facts[at] = purse.afford(report.cases[at].fact, facts[at], "details")
    for at in order:
        outputs[at] = purse.afford(report.cases[at].output, "", "output")
    cases = tuple(
        replace(case, fact=fact, output=output)
        for case, fact, output in zip(report.cases, facts, outputs, strict=True)
    )
    output = purse.afford(report.output, "", "output")
    return replace(report, load=load, notes=notes, findings=findings, cases=cases, output=output)


def _bare(report: Report) -> Report:
    """Return what a report says without a word that a submission can make longer."""
    cases = tuple(replace(case, fact=_bare_fact(case.fact), output="") for case in report.cases)
    return replace(report, load=_bare_fact(report.load), notes=(), findings=(), cases=cases, output="")


def _bare_fact(fact: Fact) -> Fact:
    return Fact(fact.code, {key: fact.values[key] for key in SCORED if key in fact.values})


class _Purse:
    """What is left of a report's room; ``done`` collects what there was no room for."""

    def __init__(self, room_bytes: int, done: set[str]) -> None:
        self._left = room_bytes
        self._done = done

    def afford(self, whole: T, instead: T, word: str) -> T:
        """Return the first if there is room for it, else the second, which costs nothing."""
        cost = size_bytes(whole) - size_bytes(instead)
        if cost > self._left:
            self._done.add(word)
            return instead
        self._left -= cost
        return whole

    def afford_each(self, each: tuple[T, ...], word: str) -> tuple[T, ...]:
        """Return those that there is room for."""
        return tuple(one for one in each if self.afford((one,), (), word))


def _listed(note: Fact) -> Sequence[Any]:
    words = note.values.get("cut")
    return words if isinstance(words, list) else ()


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return {field.name: getattr(value, field.name) for field in fields(value)}  # type: ignore[arg-type]
