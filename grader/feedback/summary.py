"""Sums up: one phrase per function, one sentence per report.

A case is named "dJdW1 (relu, sigmoid)": what is looked at, and with which parameters. When the wrong
cases are those that look at certain things or that have a certain parameter, the phrase says so.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from grader.feedback.text import listed, phrase
from grader.model import CaseResult, Verdict

WORDS: dict[Verdict, str] = {
    Verdict.PASSED: "right",
    Verdict.FAILED: "wrong",
    Verdict.ERROR: "error",
    Verdict.TIMEOUT: "out of time",
    Verdict.OUT_OF_MEMORY: "out of memory",
    Verdict.OUTPUT_LIMIT: "too much output",
    Verdict.CRASHED: "crashed",
    Verdict.FORBIDDEN: "forbidden",
    Verdict.SKIPPED: "not run",
}
_NAME = re.compile(r"(?P<subject>[^()]+?)\s*\((?P<parameters>[^()]+)\)")


@dataclass(frozen=True)
class _Named:
    subject: str
    parameters: frozenset[str]


def function_phrase(cases: Sequence[CaseResult]) -> str:
    """Return how many cases are right and what the others have in common; empty when all are right."""
    scored = [case for case in cases if case.weight > 0] or list(cases)
    wrong = [case for case in scored if case.verdict is not Verdict.PASSED]
    if not wrong:
        return ""
    if len(scored) == 1:
        return WORDS[wrong[0].verdict]
    counted = f"{len(scored) - len(wrong)} of {len(scored)} right"
    common = _in_common(scored, wrong)
    return f"{counted}, {common}" if common else counted


def _in_common(scored: Sequence[CaseResult], wrong: Sequence[CaseResult]) -> str:
    """Say what separates the wrong cases from the others, if the cases' names tell."""
    if len(wrong) == len(scored):
        return ""
    every = {case.id: _parse(case.name) for case in scored}
    bad = {case.id: every[case.id] for case in wrong}
    subjects = sorted({each.subject for each in bad.values()})
    fewer = set(subjects) < {each.subject for each in every.values()}
    shared = _shared_parameters(every.values(), bad.values())
    if not shared and not fewer:
        return ""
    explained = {
        key
        for key, each in every.items()
        if (not fewer or each.subject in subjects) and (not shared or each.parameters & set(shared))
    }
    exact = explained == set(bad)
    if exact and not fewer:
        return f"wrong wherever {listed(list(shared), 'or')} is used"
    where = f"in {listed(subjects)}" if fewer else ""
    involved = f"with {listed(list(shared), 'or')}" if shared else ""
    return " ".join(filter(None, ["wrong" if exact else "wrong only", where, involved]))


def _shared_parameters(every: Iterable[_Named], bad: Collection[_Named]) -> tuple[str, ...]:
    """Return the fewest parameters such that each wrong case has one of them and some other case none."""
    everything = list(every)
    values = sorted({value for each in bad for value in each.parameters})
    for count in (1, 2):
        for chosen in combinations(values, count):
            hit = set(chosen)
            if all(each.parameters & hit for each in bad) and any(
                not each.parameters & hit for each in everything
            ):
                return chosen
    return ()


def _parse(name: str) -> _Named:
    match = _NAME.fullmatch(name)
    if match is None:
        return _Named(name, frozenset())
    parameters = (value.strip() for value in match["parameters"].split(","))
    return _Named(match["subject"], frozenset(filter(None, parameters)))


def headline(
    right: Sequence[str], rest: Sequence[tuple[str, str]], *, scored: bool, hidden: bool = False
) -> str:
    """Return the sentence beside the score: what is right, then what the others lack.

    ``rest`` has function names and phrases; ``scored`` says whether anything was worth points, ``hidden``
    whether there is more than may be seen.
    """
    if not scored:
        return "Nothing in this hand-in could be scored."
    if not rest and not hidden:
        return "Everything that was tested is right."
    said = []
    if right:
        said.append(f"{listed(list(right))} {'is' if len(right) == 1 else 'are'} right.")
    said += [f"{phrase(name)}: {why}." for name, why in rest]
    if hidden:
        said.append("Other results are not shown yet.")
    return " ".join(said)
