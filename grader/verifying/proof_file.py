"""Reads ``proof/proof.toml`` of an assignment, and turns it into submissions to grade.

The texts come from the reference (``Maker``), in a process of its own. Pure.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from grader.errors import AssignmentError
from grader.feedback import mistake_words
from grader.model import Assignment, Submission, Term, schema
from grader.model.language import _, in_english
from grader.verifying import samples

FOLDER = "proof"
FILE = f"{FOLDER}/proof.toml"
ADAPTER = f"{FOLDER}/hand_in.py"

Maker = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""An order for ``reference.proof`` as plain data → its answer."""


class Kind(StrEnum):
    """What a submission is meant to show."""

    MISTAKE = "mistake"
    HABIT = "habit"
    FORM = "form"


@dataclass(frozen=True)
class NamedMistake:
    """A mistake as it is to be named; ``where`` is empty if any place will do."""

    code: str
    where: str = ""


@dataclass(frozen=True)
class HandInMade:
    """One submission: what it shows, in words, and what must be said of the functions that it breaks."""

    kind: Kind
    name: str
    submission: Submission
    breaks: Mapping[str, Sequence[NamedMistake]] = field(default_factory=dict)


@dataclass(frozen=True)
class MistakeRow:
    """A habit or a form as it stands in the file."""

    name: str
    why: str
    breaks: Mapping[str, Sequence[NamedMistake]] = field(default_factory=dict)


@dataclass(frozen=True)
class Proof:
    """What an assignment wants to be tried."""

    where: str
    adapter: str
    operations: tuple[str, ...]
    programs: Mapping[str, str]
    habits: tuple[MistakeRow, ...]
    forms: tuple[MistakeRow, ...]

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions that mistakes are made in."""
        return tuple(dict.fromkeys([*self.programs, *(name for each in self.habits for name in each.breaks)]))


def read(files: Mapping[str, bytes], assignment: Assignment, where: str) -> Proof | None:
    """Return the proof of an assignment folder, given all its files; None if it has none.

    Raises AssignmentError where it is not in order.
    """
    if FILE not in files:
        return None
    table = schema.parse(files[FILE], f"{where}/{FILE}", AssignmentError)
    proof = Proof(
        where=where,
        adapter=_adapter(files, where),
        operations=table.texts("operations"),
        programs=_programs(table.table("programs"), assignment),
        habits=tuple(_row(each, assignment, breaks=True) for each in table.tables("habits")),
        forms=tuple(_row(each, assignment, breaks=False) for each in table.tables("forms")),
    )
    table.distinct("habits", (each.name for each in proof.habits))
    table.distinct("forms", (each.name for each in proof.forms))
    table.done()
    return proof


def hand_ins(
    proof: Proof, assignment: Assignment, make: Maker, only: Sequence[str] = (), *, once: bool = False
) -> Iterator[HandInMade]:
    """Yield the submissions, correct variants first.

    ``only``: mistakes and habits of these functions alone; ``once``: each mistake of a function at one choice
    of places, the widest, and not at each of them.
    """
    programs = {name: kind for name, kind in proof.programs.items() if name in only or not only}
    habits = [each for each in proof.habits if not only or set(each.breaks) & set(only)]
    habits.sort(key=lambda each: [*each.breaks])  # those that break the same stand together
    made = make(
        {
            "adapter": proof.adapter,
            "programs": programs,
            "operations": proof.operations,
            "habits": [each.name for each in habits],
            "forms": [each.name for each in proof.forms],
            "interface": dict(assignment.interface),
        }
    )

    def submission(head: str) -> Submission:
        return Submission({assignment.entry: f"{head}{made['rest']}".encode()})

    for row in proof.forms:
        yield HandInMade(Kind.FORM, row.why, submission(made["forms"][row.name]))
    for row in habits:
        yield HandInMade(Kind.HABIT, row.why, submission(made["habits"][row.name]), row.breaks)
    for each in _first(made["mistakes"]) if once else made["mistakes"]:
        with in_english():
            where = mistake_words.where([Term(*place) for place in each["places"]], each["operation"])
            name = f"{mistake_words.title(each['code'])}: {where}"
        breaks = {each["function"]: (NamedMistake(each["code"], where),)}
        yield HandInMade(Kind.MISTAKE, name, submission(each["head"]), breaks)


def right_forms(found: Iterable[samples.Sample], assignment: Assignment) -> list[HandInMade]:
    """Return the samples that must get all points: forms of being right that people wrote."""
    full = samples.full_points(assignment)
    return [
        HandInMade(Kind.FORM, each.file, each.submission)
        for each in found
        if each.score is not None
        and abs(each.score - full) <= samples.TOLERANCE
        # A mistake in a function without points costs none and is named all the same.
        and not any((each.diagnoses or {}).values())
    ]


def _first(mistakes: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the first of each code of each function."""
    seen = set()
    for each in mistakes:
        if (each["function"], each["code"]) not in seen:
            seen.add((each["function"], each["code"]))
            yield each


def _adapter(files: Mapping[str, bytes], where: str) -> str:
    try:
        return files[ADAPTER].decode("utf-8")
    except KeyError:
        cure = _("It has the submission's interface; docs/proof.md shows one.")
        raise AssignmentError(_("file not found"), where=f"{where}/{ADAPTER}", cure=cure) from None
    except UnicodeDecodeError as error:
        raise AssignmentError(
            _("byte %(start)s is not UTF-8", start=error.start),
            where=f"{where}/{ADAPTER}",
            cure=_("Save the file as UTF-8."),
        ) from None


def _programs(table: schema.Table, assignment: Assignment) -> Mapping[str, str]:
    return {name: table.text(_known(table, name, assignment)) for name in table.names()}


def _row(table: schema.Table, assignment: Assignment, *, breaks: bool) -> MistakeRow:
    name, why = table.text("name"), table.text("why")
    broken: dict[str, Sequence[NamedMistake]] = {}
    if breaks:
        said = table.table("diagnoses")
        broken = {
            function: tuple(map(NamedMistake, said.texts(_known(said, function, assignment))))
            for function in said.names()
        }
        if not broken:
            raise table.refuse("diagnoses", _("it names no function"), _('Say which: { "f" = ["code"] }'))
    table.done()
    return MistakeRow(name, why, broken)


def _known(table: schema.Table, name: str, assignment: Assignment) -> str:
    """Return the name, if it is a function that can lose points."""
    known = [function.name for function in assignment.functions if function.points]
    if name not in known:
        raise table.refuse(name, _("this is not a function with points"), schema.did_you_mean(name, known))
    return name
