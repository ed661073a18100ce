"""No report is larger than its bounds, whatever is in it, and cutting one changes no verdict and no point."""

import json
import typing
from dataclasses import MISSING, asdict, fields, is_dataclass, replace
from enum import Enum
from types import UnionType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.arithmetic import scoring
from grader.feedback.view import staff_view, student_view
from grader.model import (
    Assignment,
    CaseResult,
    Diagnosis,
    DiagnosisKind,
    Fact,
    Finding,
    Function,
    Report,
    Status,
    Sure,
    Verdict,
    bounds,
)
from grader.model.bounds import BOUNDS

LONG = "x" * 1_000_000
WHOLE_BYTES = 256 * 1024
ASSIGNMENT = Assignment("a", "A", "mlp.py", (Function("f", 10.0), Function("g", 5.0)))

TEXTS = st.one_of(
    st.text(max_size=30),
    st.builds(
        lambda piece, times: piece * times,
        st.text(min_size=1, max_size=5),
        st.sampled_from((1, 500, 2_500)),
    ),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**4000), st.floats(), TEXTS)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        inner.map(lambda one: [one] * 110),
        st.dictionaries(TEXTS, inner, max_size=2),
    ),
    max_leaves=4,
)
VALUES = st.one_of(
    st.dictionaries(TEXTS, ANYTHING, max_size=4),
    ANYTHING.map(lambda one: {f"key {number}": one for number in range(45)}),
)
FACTS = st.builds(Fact, st.sampled_from(("ok", "raised", "not_close", "wrong_shape")), VALUES)
CASES = st.builds(
    CaseResult,
    id=TEXTS,
    name=TEXTS,
    function=st.sampled_from(("f", "g")),
    verdict=st.sampled_from(Verdict),
    fact=FACTS,
    weight=st.floats(0, 5),
    description=st.text(max_size=100),
    output=TEXTS,
)
MANY = st.sampled_from((1, 110))
REPORTS = st.builds(
    lambda cases, times, notes, more, findings, **rest: Report(
        assignment="a",
        suite="s" * 64,
        submission="h" * 64,
        device="cpu",
        seed=1,
        status=Status.GRADED,
        cases=tuple(replace(case, id=f"{case.id}{at}") for at, case in enumerate(cases * times)),
        notes=tuple(notes * more),
        findings=tuple(findings * more),
        **rest,
    ),
    cases=st.lists(CASES, max_size=3),
    times=st.sampled_from((1, 4)),
    notes=st.lists(FACTS, max_size=2),
    more=MANY,
    findings=st.lists(
        st.builds(Finding, TEXTS, TEXTS, TEXTS, st.integers(), st.integers(), TEXTS), max_size=2
    ),
    load=FACTS,
    output=TEXTS,
    versions=st.dictionaries(TEXTS, TEXTS, max_size=3),
    why=TEXTS,
)


class Drawn:
    """A report that is not printed where a test fails: it may be of many megabytes."""

    def __init__(self, report):
        self.report = report

    def __repr__(self):
        return f"a report of {len(self.report.cases)} cases"


@st.composite
def reports(draw):
    return Drawn(draw(REPORTS))


def size(report):
    return len(json.dumps(asdict(report), default=str))


def earned(report):
    score = scoring.score(ASSIGNMENT, report)
    return score.score, [(each.function.name, each.points, each.verdict) for each in score.functions]


def words(text):
    return " ".join(text.split())


@settings(max_examples=5, deadline=None)
@given(reports())
def test_any_report_is_cut_to_its_bounds_and_keeps_verdicts_and_points(drawn):
    report = drawn.report
    cut = bounds.cut(report)
    assert size(cut) <= WHOLE_BYTES
    assert [(each.verdict, each.function, each.weight) for each in cut.cases] == [
        (each.verdict, each.function, each.weight) for each in report.cases
    ]
    assert len({each.id for each in cut.cases}) == len({each.id for each in report.cases})
    assert earned(cut) == earned(report)
    assert bounds.cut(cut) == cut


def report(**values):
    given = {"assignment": "a", "suite": "s", "submission": "h", "device": "cpu", "seed": 1}
    return Report(**given | {"status": Status.GRADED} | values)


def case(**values):
    given = {"id": "f/1", "name": "one", "function": "f", "verdict": Verdict.FAILED, "fact": Fact("ok")}
    return CaseResult(**given | values)


def filled(kind):
    """Return a value of this type that is as long as anybody can make it."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, UnionType):
        return filled(next((each for each in arguments if each is str), arguments[0]))
    if origin is tuple:
        return (filled(arguments[0]),) * 300
    if origin is not None:
        return {f"{LONG}{number}": filled(str) for number in range(3)} | {"list": [LONG] * 300, "n": 1 << 200}
    if kind is str:
        return LONG
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{each.name: filled(hints[each.name]) for each in fields(kind)})
    return kind(1)


def leaves(value, name=""):
    """Yield every text, with the name of its field, and the length of everything that has one."""
    if isinstance(value, str) and not isinstance(value, Enum):
        yield name, len(value)
    elif is_dataclass(value):
        for each in fields(value):
            yield from leaves(getattr(value, each.name), each.name)
    elif isinstance(value, dict):
        yield f"number of {name}", len(value)
        for key, each in value.items():
            yield from (*leaves(str(key), "key"), *leaves(each, str(key)))
    elif isinstance(value, tuple | list):
        yield f"number of {name}", len(value)
        for each in value:
            yield from leaves(each, name)


@pytest.mark.parametrize("kind", [CaseResult, Fact, Finding, Diagnosis])
def test_every_field_of_a_part_of_a_report_is_cut(kind):
    full = filled(kind)
    holder = {
        CaseResult: {"cases": (full,)},
        Fact: {"load": full},
        Finding: {"findings": (full,)},
        Diagnosis: {"diagnoses": (full,)},
    }[kind]
    cut = bounds.cut(report(**holder))
    for name, length in leaves(cut):
        allowed = BOUNDS.text if name in bounds.TEXTS else max(BOUNDS.name, BOUNDS.items)
        of_suite = name.removeprefix("number of ") in bounds.UNCOUNTED
        assert length <= allowed or of_suite, (name, length)


def test_every_field_of_a_report_itself_is_cut():
    hints = typing.get_type_hints(Report)
    simple = [
        each for each in fields(Report) if hints[each.name] is str or "Mapping" in str(hints[each.name])
    ]
    assert {"output", "why", "versions", "device"} <= {each.name for each in simple}
    for each in simple:
        cut = bounds.cut(report(**{each.name: filled(hints[each.name])}))
        assert all(length <= BOUNDS.text for _, length in leaves(getattr(cut, each.name), each.name)), (
            each.name
        )
    assert all(each.default is not MISSING or each.name in asdict(report()) for each in fields(Report))


def test_a_report_within_the_bounds_stays_as_it_is_and_gets_no_note():
    plain = report(cases=(case(fact=Fact("wrong_shape", {"actual": [1, 2], "name": "y", "relation": ""})),))
    assert bounds.cut(plain) == plain


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"cases": (case(output=LONG),)}, "printed output"),
        ({"cases": (case(fact=Fact("raised", {"type": LONG})),)}, "long texts"),
        ({"cases": (case(fact=Fact("wrong_shape", {"actual": [1] * 500})),)}, "long lists"),
        ({"notes": (Fact("import_missing", {"module": "m"}),) * 30_000}, "notes"),
        ({"findings": (Finding("module", "os", "a.py", 1, 1),) * 30_000}, "findings in the source"),
        (
            {"cases": tuple(case(id=f"f/{n}", fact=Fact("raised", {"text": LONG})) for n in range(500))},
            "details of test cases",
        ),
    ],
)
def test_staff_and_student_are_told_what_was_cut(values, what):
    cut = bounds.cut(report(**values))
    for view in (staff_view(cut, ASSIGNMENT), student_view(cut, ASSIGNMENT)):
        (said,) = (note for note in view.notes if "cut" in note)
        assert what in words(said)
    assert len(cut.notes) <= BOUNDS.notes


def test_a_note_that_says_nothing_known_gets_a_sentence_all_the_same():
    for forged in ({}, {"cut": 5}, {"cut": [["x"], "no such word"]}, {"cut": {"a": 1}}):
        said = staff_view(report(notes=(Fact(bounds.CODE, forged),)), ASSIGNMENT).notes
        assert "cut" in said[0]


def test_a_suite_of_two_thousand_cases_keeps_all_of_them_with_their_facts():
    fact = Fact("not_close", {"name": "the gradient", "difference": 0.5, "index": [1, 2], "allowed": 1e-5})
    many = tuple(
        case(id=f"f/test_it[{number}]/close", name=f"close ({number})", fact=fact) for number in range(2_000)
    )
    cut = bounds.cut(report(cases=many))
    assert [each.id for each in cut.cases] == [each.id for each in many]
    assert [each.verdict for each in cut.cases] == [each.verdict for each in many]
    assert sum(each.fact == fact for each in cut.cases) >= 300  # as many as there is room for


def test_what_a_failed_case_says_goes_before_what_a_passed_one_says():
    text = Fact("raised", {"text": "y" * 1_900})
    passed = tuple(case(id=f"f/p{n}", verdict=Verdict.PASSED, fact=text) for n in range(200))
    cut = bounds.cut(report(cases=(*passed, case(id="f/last", fact=text))))
    assert cut.cases[-1].fact == text


def test_credit_for_transposed_numbers_survives_the_cut():
    fact = Fact(
        "wrong_shape", {"relation": "transposed", "agrees": True} | {f"k{n}": LONG for n in range(100)}
    )
    cut = bounds.cut(report(cases=tuple(case(id=f"f/{n}", fact=fact) for n in range(300))))
    assert all(
        (each.fact.values["relation"], each.fact.values["agrees"]) == ("transposed", True)
        for each in cut.cases
    )


def test_a_diagnosis_still_names_its_cases_when_their_ids_were_cut():
    long = tuple(case(id=f"f/{'p' * 300}/{number}") for number in range(3))
    said = Diagnosis(DiagnosisKind.FAULT, "c", "f", tuple(each.id for each in long), Sure.CERTAIN)
    cut = bounds.cut(report(cases=long, diagnoses=(said,)))
    assert cut.diagnoses[0].cases == tuple(each.id for each in cut.cases)
    assert len(set(cut.diagnoses[0].cases)) == 3
