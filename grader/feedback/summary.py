"""Sums up: one phrase per function, one sentence per report.

A case is named "dJdW1 (relu, sigmoid)": what is looked at, and with which parameters. When the wrong
cases are those that look at certain things or that have a certain parameter, the phrase says so.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from grader.feedback.text import listed, phrase
from grader.model import VERDICTS, CaseResult, Verdict
from grader.model.language import N_, Texts, _, ngettext

_NAME = re.compile(r"(?P<subject>[^()]*[^()\s])\s+\((?P<parameters>[^()]{1,60})\)")


# What wrong cases that went wrong in the same way have in common, where it is worth a word.
KINDS: Mapping[str, str] = Texts(
    {
        "changed_input": "an input is changed",
        "changed_parameter": "parameters are changed",
        "missing_attribute": "not there",
        "missing_function": "not there",
        "not_finite": "NaN or infinite",
        "not_numbers": "no numbers",
        "raised": "an exception",
        "returned_none": "nothing is returned",
        "wrong_dtype": "wrong dtype",
        "wrong_shape": "wrong shape",
    }
)
LONGEST_LIST = 60  # characters of names that a phrase may list
ORDINALS = (
    N_("the first is %(values)s"),
    N_("the second is %(values)s"),
    N_("the third is %(values)s"),
    N_("the fourth is %(values)s"),
)


@dataclass(frozen=True)
class _Named:
    """A case's name taken apart."""

    subject: str
    parameters: tuple[str, ...]

    def has(self, values: Collection[str]) -> bool:
        """Say whether one of the parameters is among the values."""
        return any(each in values for each in self.parameters)


@dataclass(frozen=True)
class _Common:
    """What separates wrong cases from the others; ``exact`` if none of the others is like that."""

    where: str
    exact: bool = True


def counted(cases: Sequence[CaseResult]) -> str:
    """Return how many cases are right; empty where there are not several."""
    scored = _scored(cases)
    right = sum(case.verdict is Verdict.PASSED for case in scored)
    return _("%(right)s of %(all)s correct", right=right, all=len(scored)) if len(scored) > 1 else ""


def _scored(cases: Sequence[CaseResult]) -> Sequence[CaseResult]:
    return [case for case in cases if case.weight > 0] or list(cases)


def function_phrase(cases: Sequence[CaseResult]) -> str:
    """Return how many cases are right and what the others have in common; empty when all are right."""
    scored = _scored(cases)
    wrong = [case for case in scored if case.verdict is not Verdict.PASSED]
    if not wrong:
        return ""
    if len(scored) == 1:
        return VERDICTS[wrong[0].verdict].word
    kind, common = _kind(wrong), _in_common(scored, wrong)
    found = ", ".join(filter(None, [counted(cases), _wrong(common) if common else ""]))
    return f"{found} ({kind})" if kind else found


def in_common(scored: Sequence[CaseResult], some: Sequence[CaseResult]) -> str:
    """Return what separates some cases from the others, if their names tell; empty when it is all of them."""
    found = _in_common(scored, some)
    return found.where if found else ""


def _wrong(common: _Common) -> str:
    text = N_("incorrect %(where)s") if common.exact else N_("incorrect only %(where)s")
    return _(text, where=common.where)


def _kind(wrong: Sequence[CaseResult]) -> str:
    """Say in which way all of these went wrong, if it is one way."""
    if len({case.fact.code for case in wrong}) > 1:
        return ""
    if {case.fact.values.get("relation") for case in wrong} == {"transposed"}:
        return _("transposed")
    return KINDS.get(wrong[0].fact.code, "")


def _in_common(scored: Sequence[CaseResult], wrong: Sequence[CaseResult]) -> _Common | None:
    """Return what separates the wrong cases from the others, if the cases' names tell."""
    bad = {_parse(case.name) for case in wrong}
    every = {_parse(case.name) for case in scored}
    if bad == every:
        return None
    subjects = sorted({each.subject for each in bad})
    fewer = set(subjects) < {each.subject for each in every}
    asked = {each for each in every if each.subject in subjects}
    if fewer and sum(map(len, subjects)) > LONGEST_LIST:
        return None
    where = _("in %(subjects)s", subjects=listed(subjects)) if fewer else ""
    if bad == asked:
        return _Common(where)
    found = _by_parameters(asked, bad)
    if found is None:
        return _Common(where, exact=False) if fewer else None
    return replace(found, where=" ".join(filter(None, [where, found.where])))


def _by_parameters(every: Collection[_Named], bad: Collection[_Named]) -> _Common | None:
    """Return which parameters separate the bad from the others: exactly, or at least in one direction."""
    values = sorted({value for each in bad for value in each.parameters})
    shared = [
        chosen for count in (1, 2) for chosen in combinations(values, count) if _covers(chosen, every, bad)
    ]
    for chosen in shared:
        if all(each in bad for each in every if each.has(chosen)):
            return _Common(_("wherever %(values)s is used", values=listed(list(chosen), "or")))
    by_place = _by_place(every, bad)
    if by_place:
        return _Common(_("wherever %(place)s", place=by_place))
    if not shared:
        return None
    return _Common(_("with %(values)s", values=listed(list(shared[0]), "or")), exact=False)


def _covers(chosen: Collection[str], every: Iterable[_Named], bad: Iterable[_Named]) -> bool:
    """Say whether each of the bad has one of the values, and some other case none."""
    return all(each.has(chosen) for each in bad) and not all(each.has(chosen) for each in every)


def _by_place(every: Collection[_Named], bad: Collection[_Named]) -> str:
    """Say which values at one place of the list of parameters make exactly the bad ones."""
    for place, ordinal in enumerate(ORDINALS):
        if not all(len(each.parameters) > place for each in every):
            return ""
        chosen = {each.parameters[place] for each in bad}
        if {each for each in every if each.parameters[place] in chosen} == set(bad):
            return _(ordinal, values=listed(sorted(chosen), "or"))
    return ""


def _parse(name: str) -> _Named:
    shown = phrase(name)
    match = _NAME.fullmatch(shown)
    if match is None:
        return _Named(shown, ())
    parameters = (value.strip() for value in match["parameters"].split(","))
    return _Named(match["subject"], tuple(filter(None, parameters)))


def headline(
    right: Sequence[str], rest: Sequence[tuple[str, str]], *, scored: bool, hidden: bool = False
) -> str:
    """Return the sentence beside the score: what is right, then what the others lack.

    ``rest`` has function names and phrases; ``scored`` says whether anything was worth points, ``hidden``
    whether there is more than may be seen.
    """
    if not scored:
        return _("Nothing in this submission could be scored.")
    if not rest and not hidden:
        return _("Everything that was tested is correct.")
    said = []
    if right:
        names = listed(list(right))
        said.append(ngettext("%(names)s is correct.", "%(names)s are correct.", len(right), names=names))
    said += [f"{phrase(name)}: {why}." for name, why in rest]
    if hidden:
        said.append(_("Other results are not shown yet."))
    return " ".join(said)
