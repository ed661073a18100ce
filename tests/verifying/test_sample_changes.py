"""A sample that is a change to an accepted one: what it becomes, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import AssignmentError
from grader.verifying import sample_changes, samples
from tests.grader.doubles import ASSIGNMENT

RIGHT = b"def f(x):\n    y = x + 1\n    return y\n\n\ndef g(x):\n    return 2 * x\n"
FILES = {"submissions/accepted/right.py": RIGHT}


def row(*pairs, file="wrong_answer/a.py", base="accepted/right.py"):
    """Return a row of the list; the texts of pairs as TOML has them."""
    listed = ", ".join(f"[{old}, {new}]" for old, new in pairs)
    return f'[[samples]]\nfile = "{file}"\nfrom = "{base}"\nreplace = [{listed}]\n'


ROW = row(('"x + 1"', '"x - 1"'))


def read(*rows, **more):
    files = FILES | more | {samples.LIST: "".join(rows).encode()}
    return samples.samples(files, ASSIGNMENT, "nets")


def refused(*rows, **more):
    with pytest.raises(AssignmentError) as caught:
        read(*rows, **more)
    assert caught.value.where.startswith(f"nets/{samples.LIST}: samples[")
    assert caught.value.cure
    return str(caught.value)


def test_sample_is_the_accepted_one_with_the_change():
    [sample] = read(ROW)
    assert sample.file == "submissions/wrong_answer/a.py"
    assert sample.submission.files == {"mlp.py": RIGHT.replace(b"x + 1", b"x - 1")}
    assert sample.made.base == "submissions/accepted/right.py"


def test_pairs_are_put_in_one_after_the_other():
    [sample] = read(row(('"x + 1"', '"2 * x + 1"'), ('"return y"', '"return 2 * x"'), ('"+ 1"', '"+ 2"')))
    assert b"y = 2 * x + 2\n    return 2 * x\n" in sample.submission.files["mlp.py"]


def test_lines_stand_between_three_quotes_and_may_go_altogether():
    [sample] = read(
        row(
            ("'''\n    y = x + 1\n    return y\n'''", "'''\n    return x\n'''"),
            ("'''\n\n\ndef g(x):\n    return 2 * x\n'''", '""'),
        )
    )
    assert sample.submission.files["mlp.py"] == b"def f(x):\n    return x\n"


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_ends_of_lines_stay_those_of_the_accepted_one(ends):
    right = RIGHT.replace(b"\n", ends)
    change = row(("'''\n    return y\n'''", "'''\n    y += 1\n    return y\n'''"))
    [sample] = read(change, **{"submissions/accepted/right.py": right})
    assert sample.submission.files["mlp.py"] == right.replace(
        b"    return y", b"    y += 1" + ends + b"    return y"
    )


def test_folder_of_files_is_changed_as_a_whole():
    more = {
        "submissions/accepted/two/mlp.py": b"from layers import size\n",
        "submissions/accepted/two/layers.py": b"size = 3\n",
        "submissions/accepted/two/picture.png": b"\x89PNG size = 3",
    }
    changed = row(('"size = 3"', '"size = 4"'), file="wrong_answer/two", base="accepted/two")
    [sample] = read(changed, **more)
    assert sample.submission.files == {
        "mlp.py": b"from layers import size\n",
        "layers.py": b"size = 4\n",
        "picture.png": b"\x89PNG size = 3",
    }
    assert "found 2 times in accepted/two" in refused(
        row(('"size"', '"n"'), file="w/two", base="accepted/two"), **more
    )


def test_all_samples_are_files_when_they_are_asked_for_so():
    files = FILES | {samples.LIST: ROW.encode(), "handout/mlp.py": b"", "test_nets.py": b""}
    assert samples.as_files(files, "nets") == {
        "accepted/right.py": RIGHT,
        "wrong_answer/a.py": RIGHT.replace(b"x + 1", b"x - 1"),
    }
    assert samples.as_files(FILES, "nets") == {"accepted/right.py": RIGHT}


ONE = ('"x + 1"', '"x"')


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([ONE, ONE], 'pair 2 of wrong_answer/a.py: "x + 1" is found 0 times in accepted/right.py, and must'),
        ([('"x +  1"', '"x"')], 'pair 1 of wrong_answer/a.py: "x +  1" is found 0 times'),
        ([('"return"', '"yield"')], '"return" is found 2 times in accepted/right.py, and must be there once'),
        ([('"2 * x"', '"2 * x"')], "pair 1 changes nothing"),
        ([('""', '"x"')], "pair 1 of wrong_answer/a.py takes nothing out"),
        ([], "a list of pairs"),
        ([('"x + 1"', "1")], "a list of pairs"),
        ([('"x + 1"', '"x", "y"')], "a list of pairs"),
        ([ONE] * 51, "more than 50 pairs"),
    ],
)
def test_change_that_means_no_one_place_is_refused_with_its_pair(pairs, said):
    assert said in refused(row(*pairs))


def test_places_that_overlap_are_two():
    more = {"submissions/accepted/right.py": b"aaa"}
    assert "found 2 times" in refused(row(('"aa"', '"b"')), **more)


def changed(file, base, pair=ONE):
    return row(pair, file=file, base=base)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([changed("a.py", "accepted/rihgt.py")], "there is no file submissions/accepted/rihgt.py"),
        ([changed("a.py", "accepted/rihgt.py")], "Did you mean “accepted/right.py”?"),
        ([ROW, changed("b.py", "wrong_answer/a.py")], "“wrong_answer/a.py” is not an accepted sample"),
        ([changed("a.py", "accepted/../../handout/mlp.py")], "there is no file"),
        ([changed("a.py", "/etc/passwd")], "is not an accepted sample"),
        (
            [changed("accepted/b.py", "accepted/c.py"), changed("accepted/c.py", "accepted/b.py")],
            "accepted/c.py is a change itself",
        ),
        ([changed("accepted/b.py", "accepted/b.py")], "accepted/b.py is a change itself"),
        (
            [changed("accepted/b.py", "accepted/right.py"), changed("a.py", "accepted/b.py")],
            "accepted/b.py is a change itself",
        ),
        ([ROW, ROW], "given as a change twice"),
        ([changed("accepted/right.py", "accepted/right.py")], "accepted/right.py is a change itself"),
        ([changed("../../a.py", "accepted/right.py")], "points outside the folder"),
        ([changed("/tmp/a.py", "accepted/right.py")], "points outside the folder"),
        (['[[samples]]\nfile = "accepted/right.py"\nreplace = [["x", "y"]]\n'], "there is nothing to change"),
        (['[[samples]]\nfile = "a.py"\nfrom = "accepted/right.py"\n'], "replace: missing key"),
    ],
)
def test_what_is_no_change_to_an_accepted_file_is_refused(rows, said):
    assert said in refused(*rows)


@pytest.mark.parametrize("there", ["wrong_answer/a.py", "wrong_answer/a.py/mlp.py"])
def test_file_and_change_at_once_are_refused(there):
    said = refused(ROW, **{f"submissions/{there}": b"wrong"})
    assert "wrong_answer/a.py is there as a file as well" in said
    assert "Remove submissions/wrong_answer/a.py, or from and replace here." in said


def test_what_is_no_text_is_not_changed():
    assert "is not UTF-8 text" in refused(ROW, **{"submissions/accepted/right.py": b"\xff" + RIGHT})


def test_changes_of_a_large_file_stay_within_what_files_may_take():
    large = RIGHT + b"#" * sample_changes.LIMITS.file_bytes
    rows = [ROW.replace("a.py", f"{number}.py") for number in range(4)]
    assert "are larger than 64 MiB" in refused(*rows, **{"submissions/accepted/right.py": large})


LINES = st.lists(st.text("ab =\t'\"\\é", max_size=6), max_size=8).map("\n".join)


@given(before=LINES, old=LINES.filter(bool), new=LINES, after=LINES)
def test_change_of_one_place_is_the_file_with_it(before, old, new, after):
    text = f"{before}\n<{old}>\n{after}"
    change = row((_toml(f"<{old}>"), _toml(f"<{new}.")))
    [sample] = read(change, **{"submissions/accepted/right.py": text.encode()})
    assert sample.submission.files["mlp.py"].decode() == f"{before}\n<{new}.\n{after}"


def _toml(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
