"""What to fix: one card per mistake, the one to fix first on top, what follows from it listed under it.

A mistake that was diagnosed comes as a code and values and speaks in the words of the catalogue of mistakes.
A wrong case that no diagnosis accounts for speaks for itself, one per function. A diagnosis names no hidden
number, but the cases it came from may be hidden: it is shown as soon as the message of one of them is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from grader.feedback.mistake_words import Words, bare, in_short, words
from grader.feedback.summary import in_common
from grader.feedback.text import listed, phrase
from grader.model import CaseResult, Diagnosis, DiagnosisKind, Sure, Verdict
from grader.model.language import N_, _

NO_MISTAKE = (None, Verdict.PASSED, Verdict.SKIPPED)
CERTAIN = N_("Certain: no other known mistake gives exactly these numbers.")
TOGETHER = N_("Each is off by itself, and together they are correct.")
EITHER = N_("Not certain: the same numbers come from %(others)s.")


@dataclass(frozen=True)
class Mend:
    """One card.

    where    function, or function and case
    title    the mistake in a few words, empty when none is known
    sure     how sure that is
    shows    in which cases it shows
    follows  what is wrong only because of it
    nodes    the steps in the assignment's graph
    mistakes  what the sentences are made of: codes and values, in the words of this assignment
    """

    where: str
    message: str
    help: str
    title: str = ""
    sure: str = ""
    shows: str = ""
    follows: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    mistakes: tuple[Diagnosis, ...] = ()


class Seen(Protocol):
    """A case as the reader may see it."""

    @property
    def name(self) -> str:
        """Its name, or a stand-in."""

    @property
    def verdict(self) -> Verdict | None:
        """Its verdict, None if it may not be seen."""

    @property
    def message(self) -> str | None:
        """What is said of it, None if it may not be seen."""

    @property
    def advice(self) -> str:
        """What to do."""


@dataclass(frozen=True)
class Look:
    """One function as the reader sees it; ``cases`` and what may be ``seen`` of them in the same order.

    ``counts`` is false for one of a choice whose others got more.
    """

    name: str
    points: float
    cases: Sequence[CaseResult]
    seen: Sequence[Seen]
    named: bool
    counts: bool = True

    @property
    def shown(self) -> Mapping[str, Seen]:
        """The wrong cases whose message may be read, by id."""
        pairs = zip(self.cases, self.seen, strict=True)
        return {case.id: seen for case, seen in pairs if seen.message and seen.verdict not in NO_MISTAKE}


def cards(looks: Sequence[Look], diagnoses: Sequence[Diagnosis]) -> tuple[Mend, ...]:
    """Return the cards in the order of the functions, those that points can be had for first."""
    ordered = sorted(looks, key=lambda look: (look.points <= 0, not look.counts))
    readable = [each for look in ordered for each in of_function(look, diagnoses)]
    made = [card for look in ordered for card in _of_look(look, readable)]
    return tuple(_with_consequences(_merged(made, readable), readable))


def of_function(look: Look, diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Return the function's diagnoses that the reader may see."""
    shown = look.shown
    return [each for each in diagnoses if each.function == look.name and any(c in shown for c in each.cases)]


def _of_look(look: Look, diagnoses: Sequence[Diagnosis]) -> Iterator[Mend]:
    mine = [each for each in diagnoses if each.function == look.name]
    for each in mine:
        if each.kind is not DiagnosisKind.CONSEQUENTIAL:
            yield _card(look, each)
    explained = {case for each in mine for case in each.cases}
    weights = {case.id: case.weight for case in look.cases}
    rest = [(name, seen) for name, seen in look.shown.items() if name not in explained]
    for name, seen in sorted(rest, key=lambda pair: weights[pair[0]] <= 0)[:1]:
        if weights[name] > 0 or not mine:
            yield Mend(f"{look.name}, {seen.name}", seen.message or "", seen.advice)


def _card(look: Look, each: Diagnosis) -> Mend:
    said = words(each)
    return Mend(
        where=look.name,
        title=phrase(said.title),
        message=phrase(said.what),
        help=phrase(said.help),
        sure=_sure(each, said),
        shows=_shows(look, each),
        nodes=each.nodes,
        mistakes=(bare(each),),
    )


def _sure(each: Diagnosis, said: Words) -> str:
    if each.sure is Sure.EITHER:
        return _(EITHER, others=listed([phrase(other) for other in said.others], "or"))
    return _(CERTAIN) if each.sure is Sure.CERTAIN else ""


def _shows(look: Look, each: Diagnosis) -> str:
    """Say in how many cases it shows, and what these have in common where their names may be read."""
    scored = [case for case in look.cases if case.weight > 0]
    hit = [case for case in scored if case.id in each.cases]
    if not hit or len(scored) < 2 or not look.named:
        return ""
    where = in_common(scored, hit)
    if len(hit) == len(scored):
        return _("It shows in every case.")
    if where:
        text = N_("It shows in %(hit)s of %(all)s cases: %(where)s.")
        return _(text, hit=len(hit), all=len(scored), where=where)
    return _("It shows in %(hit)s of %(all)s cases.", hit=len(hit), all=len(scored))


def _merged(made: Sequence[Mend], diagnoses: Sequence[Diagnosis]) -> list[Mend]:
    """Tell a convention once, for all the functions that share in it."""
    titles = {phrase(words(each).title) for each in diagnoses if each.kind is DiagnosisKind.CONVENTION}
    shared = [card for card in made if card.title in titles]
    if len(shared) < 2:
        return list(made)
    facts = {each.function: in_short(each) for each in diagnoses if each.kind is DiagnosisKind.CONVENTION}
    whole = replace(
        shared[0],
        where=listed([card.where for card in shared]),
        message=" ".join([*(phrase(facts[card.where]) for card in shared), _(TOGETHER)]),
        shows="",
        nodes=tuple(dict.fromkeys(node for card in shared for node in card.nodes)),
        mistakes=tuple(each for card in shared for each in card.mistakes),
    )
    return [whole if card is shared[0] else card for card in made if card not in shared[1:]]


def _with_consequences(made: Sequence[Mend], diagnoses: Sequence[Diagnosis]) -> Iterator[Mend]:
    """List what follows from a mistake under its function's first card."""
    following = [each for each in diagnoses if each.kind is DiagnosisKind.CONSEQUENTIAL]
    told: set[str] = set()
    for card in made:
        mine = [each for each in following if each.because in card.where and each.function not in told]
        told |= {each.function for each in mine}
        yield replace(
            card,
            follows=tuple(f"{each.function}: {phrase(words(each).title)}" for each in mine),
            mistakes=(*card.mistakes, *map(bare, mine)),
        )
    for each in following:
        if each.function not in told:
            said = words(each)
            yield Mend(
                each.function,
                phrase(said.what),
                phrase(said.help),
                phrase(said.title),
                mistakes=(bare(each),),
            )
