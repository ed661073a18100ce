import ast
import builtins
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.feedback import CATALOGUE, Reader, advice, message, text
from grader.feedback.catalogue import FOR_STAFF, NOTES, OURS
from grader.model import Fact

ROOT = Path(__file__).resolve().parents[2]
# Calls and keywords by which the other rooms name a feedback code.
NAMED_BY = frozenset({"Fact", "Mismatch", "CheckFailed", "Note", "LoadFailed", "ImportFailed", "_Refused"})
CODES = sorted(CATALOGUE)
SECRET = "0.4711"
codes = st.sampled_from(CODES)
things = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers() | st.text())
)
KEYS = "name text type line file function where actual expected relation index difference seconds how number"
values = st.dictionaries(st.sampled_from([*KEYS.split(), "libraries"]) | st.text(max_size=5), things)


def codes_used(tree):
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given_code = [each.value for each in node.keywords if each.arg == "code"]
        first = node.args[:1] if name in NAMED_BY else node.args[1:2] if name == "true" else []
        for value in [*first, *given_code]:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


@pytest.mark.parametrize("room", ["worker", "reference", "grader", "hidden_tests"])
def test_every_code_in_use_has_a_sentence(room):
    used = {
        code: path.name
        for path in (ROOT / room).rglob("*.py")
        if not {"submissions", "handout"} & set(path.parts)
        for code in codes_used(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert used
    assert set(used) <= set(CATALOGUE), {code: used[code] for code in set(used) - set(CATALOGUE)}


def test_every_note_of_a_box_is_shown():
    used = {
        code
        for path in (ROOT / "worker/guest").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Note"
        for code in codes_used(node)
    }
    assert "cell_raised" in used
    assert used <= NOTES


def test_codes_are_seen_wherever_they_are_named():
    source = 'Fact("a")\nx.Mismatch("b", {})\nLoadReport(code="c")\nFact(name)\nother("d")'
    source += '\ncheck.true(x > 0, "e", name="W1")'
    assert set(codes_used(ast.parse(source))) == {"a", "b", "c", "e"}


@given(codes, values, st.sampled_from(list(Reader)))
def test_any_values_give_a_sentence(code, given_values, reader):
    said = message(Fact(code, given_values), reader)
    assert said
    assert "\n" not in said
    assert len(said) < 2_000
    assert isinstance(advice(Fact(code, given_values)), str)


def test_unknown_code_is_an_error():
    with pytest.raises(KeyError):
        message(Fact("not_clsoe"))


@pytest.mark.parametrize("code", CODES)
def test_sentences_are_plain(code):
    entry = CATALOGUE[code]
    for sentence in (entry.message, entry.advice):
        assert "!" not in sentence
        assert not re.search(r"\berror occurred\b|please|\boops", sentence, re.IGNORECASE)
        assert not sentence or sentence.rstrip("}")[-1] in ".:{" or sentence.endswith("}")
    assert entry.message[0].isupper() or entry.message.startswith("{")


@pytest.mark.parametrize(
    "code", sorted(set(CODES) - {"ok", "assertion", "printed_false", "script_exit"} - OURS)
)
def test_student_is_told_what_to_do_next(code):
    assert CATALOGUE[code].advice


# A syntax error is found before any hidden input exists, so its own line may be shown.
@pytest.mark.parametrize("code", sorted(set(CODES) - FOR_STAFF - {"syntax_error", "cell_unreadable"}))
@pytest.mark.parametrize("key", ["text", "type", "file", "function", "where", "why", "because"])
def test_nothing_that_may_carry_hidden_inputs_reaches_a_student(code, key):
    if (code, key) == ("forbidden", "where"):
        return  # read off the source before anything ran
    fact = Fact(code, {"name": "dJdW1", "line": 3, "how": "exit", "number": 4711, key: SECRET})
    assert SECRET not in message(fact, Reader.STUDENT)
    assert "4711" not in message(fact, Reader.STUDENT) or code == "script_exit"
    assert SECRET not in advice(fact)


@pytest.mark.parametrize("reader", [Reader.STUDENT, Reader.OUTPUT])
@pytest.mark.parametrize("code", ["assertion", "printed_false", "suite_broken", "unusable", "wrong_count"])
def test_texts_of_the_hidden_tests_are_for_staff(code, reader):
    fact = Fact(code, {"text": SECRET})
    assert SECRET not in message(fact, reader)
    assert SECRET in message(fact, Reader.STAFF)


@pytest.mark.parametrize(
    ("code", "values", "said"),
    [
        ("wrong_count", {"got": "tensor", "wanted": 2}, "f returned one tensor where a pair is asked."),
        ("wrong_count", {"got": "tuple", "count": 2, "wanted": 3},
         "f returned a tuple of 2 where 3 values are asked."),
        ("missing_entry", {"got": "dict", "count": 0, "entry": "dW"},
         "f returned an empty dict without an entry “dW”."),
        ("missing_entry", {"got": "list", "count": 1, "entry": 2},
         "f returned a list of 1 without element 2."),
        ("missing_member", {"got": "nothing", "attribute": "shape"},
         "f returned nothing (None), which has no shape."),
        ("unusable", {"got": SECRET}, "The test can't work with what f returned: something else."),
    ],
)  # fmt: skip
def test_what_a_test_can_not_work_with_is_told_by_its_kind(code, values, said):
    fact = Fact(code, {"name": "f", "text": SECRET, "file": "test_f.py", "line": 9, **values})
    assert message(fact, Reader.STUDENT) == said
    assert message(fact) == f'{said} The test stops at line 9 of test_f.py: "{SECRET}".'


def test_a_layout_is_told_in_words():
    said = message(Fact("layout", {"layout": "folded", "ones": "first"}))
    assert said.endswith("with the biases folded in, a column for each unit, and ones first.")
    assert "bias" not in message(Fact("layout", {"layout": SECRET, "ones": SECRET}))


def test_exception_of_a_made_up_class_is_not_named_to_a_student():
    fact = Fact("raised", {"type": f"X{SECRET}", "text": SECRET, "line": 12, "file": "mlp.py"})
    assert message(fact, Reader.STUDENT) == "Your code raised an exception of its own class at line 12."
    assert SECRET in message(fact, Reader.OUTPUT)


def test_versions_of_libraries_stand_behind_what_was_raised():
    values = {"type": "TypeError", "line": 3, "libraries": ["NumPy 2.4.6", "PyTorch 2.13.0"]}
    expected = "Your code raised TypeError at line 3 (with NumPy 2.4.6 and PyTorch 2.13.0)."
    assert message(Fact("raised", values), Reader.STUDENT) == expected


@pytest.mark.parametrize("name", ["ValueError", "RuntimeError", "ZeroDivisionError"])
def test_builtin_exceptions_are_named(name):
    assert hasattr(builtins, name)
    assert name in message(Fact("raised", {"type": name, "line": 2}), Reader.STUDENT)


def test_difference_is_explained_as_people_read_it():
    values = {"name": "dJdW1", "difference": 0.031, "index": [2, 0], "allowed": 1e-4}
    said = message(Fact("not_close", values))
    assert said == "dJdW1 is incorrect: greatest relative difference 3.1e-2 at [2, 0], allowed 1e-4."


def test_transposed_result_is_named_as_such():
    values = {"name": "dJdW1", "actual": [3, 2], "expected": [2, 3], "relation": "transposed", "agrees": True}
    said = message(Fact("wrong_shape", values))
    assert said.startswith("dJdW1 has shape (3, 2), but (2, 3) is asked.")
    assert "transposed" in said
    assert said.endswith("Its numbers are correct.")


def test_crash_names_the_signal_and_student_is_not_told_an_exit_status():
    assert "segmentation fault" in message(Fact("crashed", {"how": "signal", "number": 11}), Reader.STUDENT)
    assert "7" not in message(Fact("crashed", {"how": "exit", "number": 7}), Reader.STUDENT)
    assert "exit status 7" in message(Fact("crashed", {"how": "exit", "number": 7}), Reader.STAFF)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.031, "3.1e-2"),
        (1e-4, "1e-4"),
        (0.5, "0.5"),
        (12.0, "12"),
        (1234.0, "1234"),
        (2e7, "2e7"),
        (0.0, "0"),
    ],
)
def test_numbers_are_short(value, said):
    assert text.number(value) == said


@pytest.mark.parametrize(("count", "said"), [(1 << 30, "1 GiB"), (65536, "64 KiB"), (10, "10 bytes")])
def test_sizes_have_the_largest_unit(count, said):
    assert text.size(count) == said


@given(st.text())
def test_phrases_are_one_clean_line(given_text):
    shown = text.phrase(given_text)
    assert len(shown) <= text.PHRASE
    assert shown.isprintable()


@pytest.mark.parametrize(
    "character", ["\x1b", "\x00", "\u202e", "\u2066", "\u200b", "\ud800", "\x9b", "\u2028"]
)
def test_control_and_bidi_characters_are_removed(character):
    assert text.phrase(f"a{character}b") == "ab"
    assert text.block(f"a{character}b\nc") == "ab\nc"


def test_terminal_sequences_leave_nothing_behind():
    assert text.phrase("\x1b[31mred\x1b[0m \x1b]0;title\x07end") == "red end"


def test_lists_are_written_as_people_write_them():
    assert [text.listed(each) for each in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
