"""A diagnosis on the wire: codes and bounded values arrive as they were sent, anything else is refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.database import report_rows
from tests.grader.doubles import report
from worker.engine import facts
from worker.wire.exam import LONGEST_NAME, MOST_OTHERS, MOST_TERMS, Diagnosis, Done, Other, Term

FINE = {"kind": "fault", "code": "sign", "function": "f", "cases": ("f/a",), "sure": "certain"}
codes = st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)
names = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")),
    max_size=LONGEST_NAME,
)
terms = st.lists(st.builds(Term, word=codes | st.just(""), of=names), max_size=4).map(tuple)
powers = st.integers(-9, 9)
diagnoses = st.builds(
    Diagnosis,
    kind=st.sampled_from(["fault", "factor", "shape", "convention", "consequential", "unknown"]),
    code=codes,
    function=names,
    cases=st.lists(names, max_size=3).map(tuple),
    sure=st.sampled_from(["certain", "either", "deviation"]),
    places=terms,
    operation=names,
    traits=terms,
    factor=st.none() | st.tuples(powers, powers, st.floats(-1e9, 1e9)),
    within=codes | st.just(""),
    others=st.lists(st.builds(Other, mistake=codes, places=terms, operation=names), max_size=3).map(tuple),
    names=st.lists(st.tuples(names, names), max_size=3).map(tuple),
    nodes=st.lists(names, max_size=3).map(tuple),
    because=names,
)


def received(message):
    return msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=Done)


@given(st.lists(diagnoses, max_size=3).map(tuple))
def test_what_is_sent_arrives_and_is_kept_as_it_was(sent):
    got = received(Done(diagnoses=sent)).diagnoses
    assert got == sent
    for one in map(facts.diagnosis, got):
        row = report_rows.grading_columns(report(diagnoses=(one,)))["diagnoses"][0]
        assert report_rows.diagnosis(msgspec.json.decode(msgspec.json.encode(row))) == one


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "<b>"},
        {"code": ""},
        {"code": "Sign"},
        {"code": "sign\n"},
        {"code": "s" * 65},
        {"within": "a b"},
        {"operation": "o" * (LONGEST_NAME + 1)},
        {"places": (Term(word="of the", of=""),)},
        {"places": (Term(word="", of="two\nlines"),)},
        {"places": (Term(word="", of="f"),) * (MOST_TERMS + 1)},
        {"traits": (Term(word="task", of="\x1b[31m"),)},
        {"others": (Other(mistake="sign"),) * (MOST_OTHERS + 1)},
        {"others": (Other(mistake="<i>"),)},
        {"names": (("a", "b\x00"),)},
        {"nodes": ("n" * (LONGEST_NAME + 1),)},
        {"factor": (10, 0, 1.0)},
        {"factor": (0, 0, "many")},
        {"factor": (0, 0, float("inf"))},
        {"factor": (0, 0, float("nan"))},
    ],
)
def test_what_is_no_code_has_two_lines_or_grows_is_refused(wrong):
    sent = msgspec.msgpack.encode(Done(diagnoses=(Diagnosis(**FINE | wrong),)))
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(sent, type=Done)


def test_sentences_are_refused():
    told = msgspec.to_builtins(Done(diagnoses=(Diagnosis(**FINE),)))
    told["diagnoses"][0]["title"] = "a sentence"
    with pytest.raises(msgspec.ValidationError, match="title"):
        msgspec.convert(told, Done)
