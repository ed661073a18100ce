"""Rosters as tables: what spreadsheets and learning platforms write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import TooLarge, UsageError
from grader.reading import roster
from grader.reading.roster import RosterRow

ADA = RosterRow(2, "ada@example.org", "Ada Byron", "0012", "student")


@pytest.mark.parametrize(
    "content",
    [
        b"e-mail,name,matriculation,role\nada@example.org,Ada Byron,0012,student\n",
        (
            b"\xef\xbb\xbfEmail address;Vorname;Nachname;Matrikelnummer;Rolle\r\n"
            b"ada@example.org;Ada;Byron;0012;Student\r\n"
        ),
        b'Role\tID number\tFull name\tE-Mail\nstudent\t0012\t"Ada Byron"\tada@example.org',
    ],
    ids=["plain", "Excel, semicolons", "tabs"],
)
def test_columns_are_found_by_what_they_are_called(content):
    assert list(roster.read(content)) == [ADA]


def test_lines_are_those_of_the_file_and_empty_ones_are_passed_over():
    rows = roster.read(b"email\n\nada@example.org\n , \nbob@example.org\n")
    assert [(each.line, each.email) for each in rows] == [(3, "ada@example.org"), (5, "bob@example.org")]


def test_letters_of_an_old_encoding_are_read():
    [row] = roster.read("email,name\nj@example.org,Jürg".encode("cp1252"))
    assert row.name == "Jürg"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there is no column e-mail"),
        (b"name\nAda", "there is no column e-mail"),
        (b"email,mail\na@b.c,d@e.f", "two columns match email"),
        (b'email\n"ada', "not a table"),
        (b"email\na\x00b", "line contains NUL|not a table"),
    ],
)
def test_what_is_no_roster_is_said(content, said):
    if b"\x00" in content:
        [row] = roster.read(content)  # refused as an address later
        assert "\x00" in row.email
        return
    with pytest.raises(UsageError, match=said):
        roster.read(content)


def test_file_that_is_too_large_is_refused():
    with pytest.raises(TooLarge):
        roster.read(b"email\n" + b"a" * roster.MOST_BYTES)


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_an_error_that_says_so(content):
    try:
        assert all(isinstance(each, RosterRow) for each in roster.read(b"email,name\n" + content))
    except UsageError:
        pass


def test_column_of_teams_names_its_assignment():
    content = b"e-mail,Team: nyu-hw1,team other\nada@example.org, Two ,\nbob@example.org\n"
    assert [row.teams for row in roster.read(content)] == [(("nyu-hw1", "Two"), ("other", "")), ()]


def test_two_columns_for_the_teams_of_one_assignment_are_refused():
    with pytest.raises(UsageError, match="two columns hold the teams for nyu-hw1"):
        roster.read(b"e-mail,team nyu-hw1,Team nyu-hw1\n")
