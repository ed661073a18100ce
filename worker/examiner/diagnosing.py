"""From what was asked and answered in a grading to the diagnoses of its report.

Runs after the last case is told, and only for functions that failed a case: a right submission pays nothing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from reference.diagnosis import conventions, search
from reference.diagnosis.explanation import Cases, Explanation
from reference.diagnosis.matching import Evidence
from reference.programs import Hypothesis
from reference.terms import Term, of_names
from reference.tolerance import as_tensor
from worker.examiner.check import Asked
from worker.wire import exam
from worker.wire.exam import CONTROL, LONGEST_NAME, MOST_OTHERS, MOST_TERMS, Diagnosis, Other

PASSED = "ok"
Failed = Callable[[str, Exception], None]
BY_CODE: Mapping[str, str] = {
    "changed_parameter": "parameters_changed",
    "changed_input": "input_changed",
    "returned_none": "not_written",
    "not_finite": "not_finite",
    "wrong_dtype": "wrong_dtype",
    "ones_added": "ones_added",
    "bias_row_kept": "bias_row_kept",
    "stretched": "step_broadcast",
}
"""Mistakes that the feedback code of a case tells already, without any numbers."""


@dataclass(frozen=True)
class Case:
    """A case as it went; ``code`` is its feedback code."""

    id: str
    code: str

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return self.code != PASSED


@dataclass(frozen=True)
class Shown:
    """What one test has shown: its function, the questions it asked, and its cases by their keys."""

    function: str
    asked: Sequence[Asked]
    cases: Mapping[str, Case]

    @property
    def names(self) -> Mapping[str, str]:
        """What this test calls answers, by the names of the programs, where they are others."""
        return {word: name for one in self.asked for word, name in one.names.items()}

    def by_program(self) -> "Shown":
        """Return it with its cases by the names that the programs have for them."""
        words = {name: word for word, name in self.names.items()}
        return replace(self, cases={words.get(key, key): case for key, case in self.cases.items()})


@dataclass(frozen=True)
class Looked:
    """A function that failed: the tests behind each question, what explains it, and what it builds on.

    because  the function before it whose mistakes its answers may follow from, empty if there is none
    """

    function: str
    tests: Sequence[Shown]
    evidence: Sequence[Evidence]
    explanations: Sequence[Explanation]
    because: str

    @property
    def kind(self) -> str:
        """The kind of calculation that was asked for."""
        return self.evidence[0].program.kind if self.evidence else ""

    @property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """The known mistakes in it."""
        return tuple(one.hypothesis for one in self.explanations if one.hypothesis)


def _raise(function: str, error: Exception) -> None:
    raise error


def diagnose(
    shown: Sequence[Shown], functions: Sequence[str], failed: Failed = _raise
) -> tuple[Diagnosis, ...]:
    """Return the diagnoses of all functions that failed a case, in the order of the functions.

    ``failed``: told of a function whose program, or a mistake tried in it, raises; it gets no diagnosis then
    """
    looked: list[Looked] = []
    for function in functions:
        mine = [each.by_program() for each in shown if each.function == function]
        if any(case.failed for each in mine for case in each.cases.values()):
            try:
                looked.append(_look(function, mine, looked))
            except Exception as error:  # a program of an assignment's own may raise anything
                failed(function, error)
    told = conventions.recognised({each.function: each.explanations for each in looked})
    return tuple(
        message for each in looked for one in told[each.function] if (message := _message(each, one))
    )


def _look(function: str, mine: Sequence[Shown], before: Sequence[Looked]) -> Looked:
    tests = [each for each in mine for _ in each.asked]
    asked = [one for each in mine for one in each.asked]
    evidence = [_evidence(one) for one in asked]
    base = evidence[0].program.builds_on if evidence else ""
    earlier = next((each for each in before if base and each.kind == base), None)
    given = earlier.hypotheses if earlier else ()
    because = earlier.function if earlier else ""
    found = _following(tests, asked, evidence, given, because) or search.diagnose(evidence, given)
    found = _carried_apart(tests, asked, found)
    by_code = _by_code(Looked(function, tests, evidence, found, because))
    if by_code:
        # What the code says also disturbs the numbers of later questions.
        found = tuple(one for one in found if one.kind != "unknown")
    return Looked(function, tests, evidence, (*by_code, *found), because)


def _following(
    tests: Sequence[Shown],
    asked: Sequence[Asked],
    evidence: Sequence[Evidence],
    given: Sequence[Hypothesis],
    because: str,
) -> tuple[Explanation, ...]:
    """Explain answers that follow from an earlier function's mistakes; empty unless all wrong ones do.

    A test tells for one of its questions whether an answer follows from the submission's own result.
    """
    wrong = [(number, name) for number, each in enumerate(evidence) for name in each.wrong]
    if not because or not wrong:
        return ()
    own = {(id(test), name) for test, one in zip(tests, asked, strict=True) for name in one.follows}
    follows = all((id(tests[number]), name) in own for number, name in wrong)
    if not follows and not search.follows(evidence, given):
        return ()
    names = dict.fromkeys(name for each in evidence for name in each.program.names if name in each.wrong)
    return (Explanation("consequential", "consequential", tuple(wrong), where=of_names(*names)),)


def _carried_apart(
    tests: Sequence[Shown], asked: Sequence[Asked], found: Sequence[Explanation]
) -> tuple[Explanation, ...]:
    """Return the explanations without answers that only carry another one's mistake on, and one of those.

    A test tells for its questions which of the answers are right for the others that they build on.
    """
    carried = tuple((number, name) for number, one in enumerate(asked) for name in sorted(one.within))
    rest = [
        replace(each, cases=own)
        for each in found
        if (own := tuple(case for case in each.cases if case not in carried))
    ]
    failed = [name for number, name in carried if (case := tests[number].cases.get(name)) and case.failed]
    if not failed:
        return tuple(rest)
    return (
        *rest,
        Explanation("consequential", "carried_on", carried, where=of_names(*dict.fromkeys(failed))),
    )


def _by_code(looked: Looked) -> tuple[Explanation, ...]:
    """Explain what is left by what the cases' feedback codes say."""
    named = [one for one in looked.explanations if one.kind != "unknown"]
    explained = {case for one in named for case in one.cases}
    cases: dict[str, list[tuple[int, str]]] = {}
    for number, test in enumerate(looked.tests):
        for name in looked.evidence[number].program.names:
            case = test.cases.get(name)
            if case and case.code in BY_CODE and (number, name) not in explained:
                cases.setdefault(BY_CODE[case.code], []).append((number, name))
    return tuple(
        Explanation("fault", code, tuple(found), where=of_names(looked.function), nodes=_nodes(looked, found))
        for code, found in cases.items()
    )


def _nodes(looked: Looked, cases: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """Return where these answers come out."""
    places = {
        (number, place.label): place.node
        for number, each in enumerate(looked.evidence)
        for place in each.program.places
    }
    return tuple(dict.fromkeys(places[case] for case in cases))


def _evidence(asked: Asked) -> Evidence:
    found = {
        name: value.double()
        for name, given in asked.found.items()
        if name in asked.program.names and (value := as_tensor(given)) is not None and not value.is_complex()
    }
    return Evidence(asked.program, found, asked.earlier)


def _message(looked: Looked, one: Explanation) -> Diagnosis | None:
    cases = _failed(looked, one.cases)
    if not cases:
        return None
    names = {word: name for test in looked.tests for word, name in test.names.items()}
    return Diagnosis(
        kind=one.kind,
        code=one.code,
        function=looked.function,
        cases=cases,
        sure=one.sure,
        places=_terms(one.where.terms),
        operation=_name(one.where.operation),
        traits=_terms(one.traits),
        factor=one.factor,
        within=one.within,
        others=tuple(
            Other(mistake=code, places=_terms(where.terms), operation=_name(where.operation))
            for code, where in one.others[:MOST_OTHERS]
        ),
        names=tuple((_name(word), _name(name)) for word, name in names.items() if word != name)[:MOST_TERMS],
        nodes=tuple(map(_name, one.nodes)),
        because=(looked.because or looked.function) if one.kind == "consequential" else "",
    )


def _terms(terms: Sequence[Term]) -> tuple[exam.Term, ...]:
    """Return them as they are sent: no more, and no longer, than the wire takes."""
    return tuple(exam.Term(word=word, of=_name(of)) for word, of in terms[:MOST_TERMS])


def _name(text: str) -> str:
    """Return a name as the wire takes it: tests may call their answers anything."""
    return re.sub(f"[{CONTROL}]", " ", text)[:LONGEST_NAME]


def _failed(looked: Looked, cases: Cases) -> tuple[str, ...]:
    """Return the ids of the failed cases among them, each once."""
    found = [looked.tests[number].cases.get(name) for number, name in cases]
    return tuple(dict.fromkeys(case.id for case in found if case is not None and case.failed))
