"""What is different between two sets of files."""

from hypothesis import given
from hypothesis import strategies as st

from grader.arithmetic import text_diff
from grader.arithmetic.text_diff import FileWay, LineMark, difference


def _texts(hunk, *marks):
    return [line.text for line in hunk if line.mark in marks]


def test_files_are_added_removed_and_changed_and_the_same_ones_are_not_named():
    found = difference({"a": b"1\n", "b": b"1\n", "c": b"1\n"}, {"b": b"2\n", "c": b"1\n", "d": b"1\n"})
    assert [(each.name, each.way) for each in found.files] == [
        ("a", FileWay.REMOVED),
        ("b", FileWay.CHANGED),
        ("d", FileWay.ADDED),
    ]
    assert found.counts == {FileWay.ADDED: 1, FileWay.REMOVED: 1, FileWay.CHANGED: 1}
    assert (found.added, found.removed) == (2, 2)


def test_lines_have_their_numbers_in_both_files():
    before = b"".join(b"line %d\n" % each for each in range(1, 21))
    after = before.replace(b"line 10\n", b"other\nand more\n")
    (hunk,) = difference({"t": before}, {"t": after}).files[0].hunks
    assert [(line.before, line.after) for line in hunk if line.mark is not LineMark.SAME] == [
        (10, 0),
        (0, 10),
        (0, 11),
    ]
    assert [(line.before, line.after) for line in hunk][:3] == [(7, 7), (8, 8), (9, 9)]
    assert [(line.before, line.after) for line in hunk][-1] == (13, 14)


def test_changes_far_apart_are_hunks_of_their_own():
    before = [b"%d" % each for each in range(100)]
    after = [b"x" if each in (b"5", b"80") else each for each in before]
    (change,) = difference({"t": b"\n".join(before)}, {"t": b"\n".join(after)}).files
    assert [_texts(hunk, LineMark.REMOVED) for hunk in change.hunks] == [["5"], ["80"]]


def test_lines_that_look_like_a_headline_of_a_hunk_are_lines():
    (change,) = difference({"t": b"@@ -1 +1 @@\n"}, {"t": b"--- a\n+++ b\n"}).files
    assert _texts(change.hunks[0], LineMark.REMOVED) == ["@@ -1 +1 @@"]
    assert _texts(change.hunks[0], LineMark.ADDED) == ["--- a", "+++ b"]


def test_what_is_no_text_is_only_named():
    for content in (b"\x89PNG\xff", b"a\0b"):
        (change,) = difference({}, {"w.bin": content}).files
        assert (change.hunks, change.because) == ((), "it is not text")


def test_ends_of_lines_alone_are_told_in_words():
    (change,) = difference({"t": b"a\nb\n"}, {"t": b"a\r\nb\r\n"}).files
    assert (change.hunks, change.because) == ((), "only line endings differ")


def test_an_empty_file_is_told_in_words():
    for before, after, way in (({}, {"t": b""}, FileWay.ADDED), ({"t": b""}, {}, FileWay.REMOVED)):
        (change,) = difference(before, after).files
        assert (change.way, change.hunks, change.because) == (way, (), "it is empty")


def test_a_very_long_file_is_not_compared():
    (change,) = difference({"t": b""}, {"t": b"x\n" * (text_diff.LINES_COMPARED + 1)}).files
    assert (change.hunks, change.because) == ((), "it has more than 4,000 lines")


def test_so_many_lines_are_shown_and_the_others_counted():
    files = dict.fromkeys("abc", b"x\n" * 1_000)
    found = difference({}, files).files
    assert [sum(map(len, each.hunks)) for each in found] == [1_000, 500, 0]
    assert [each.left_out for each in found] == [0, 500, 1_000]
    assert [each.added for each in found] == [1_000] * 3
    assert [each.because for each in found] == [""] * 3


def test_changed_files_get_room_before_whole_ones():
    found = difference({"z": b"1\n"}, {"a": b"x\n" * 2_000, "z": b"2\n"}).files
    assert [each.name for each in found] == ["a", "z"]
    assert [each.left_out for each in found] == [502, 0]


def test_long_lines_are_cut():
    (change,) = difference({}, {"t": b"x" * 10_000}).files
    assert change.hunks[0][0].text == "x" * text_diff.CHARACTERS_SHOWN + "…"


_CONTENTS = st.binary(max_size=40) | st.text(max_size=40).map(str.encode)
_FILES = st.dictionaries(st.sampled_from("abc"), _CONTENTS)


@given(_FILES, _FILES)
def test_every_difference_is_named_and_nothing_else(before, after):
    found = difference(before, after)
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {each.name for each in found.files} == names
    assert all(each.hunks or each.because for each in found.files)


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.lists(st.sampled_from("abcd"), max_size=30))
def test_hunks_tell_the_lines_of_both_files(before, after):
    change = text_diff.one("t", "\n".join(before).encode(), "\n".join(after).encode())
    for hunk in change.hunks:
        for line in hunk:
            assert line.before == 0 or before[line.before - 1] == line.text
            assert line.after == 0 or after[line.after - 1] == line.text
    assert change.removed - change.added == len(before) - len(after)
