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
    assert list(roster.read(content).rows) == [ADA]


HEADERS = {
    "Moodle": "First name,Last name,ID number,Email address,Groups\nAda,Byron,0012,ada@example.org,A\n",
    "Moodle, German": (
        "Vorname;Nachname;ID-Nummer;E-Mail-Adresse;Rollen\nAda;Byron;0012;ada@example.org;Student/in\n"
    ),
    "Moodle worksheet": (
        "Identifier,Full name,ID number,Email address\nParticipant 7,Ada Byron,0012,ada@example.org\n"
    ),
    "Canvas": (
        "Student,ID,SIS User ID,SIS Login ID,Section,HW 1 (99)\n"
        ",,,,,Manual Posting\n    Points Possible,,,,,50.0\n"
        '"Byron, Ada",4711,0012,ada@example.org,001,12\n"Student, Test",8,,0f3a,001,\n'
    ),
    "Gradescope": "First Name,Last Name,SID,Email,Role,Section\nAda,Byron,0012,ada@example.org,Student,1\n",
    "HISinOne": "Matrikelnummer;Nachname;Vorname;E-Mail;Fachsemester\n0012;Byron;Ada;ada@example.org;3\n",
    "HIS": 'mtknr;sortname;email;sem\n0012;"Byron, Ada";ada@example.org;3\n',
    "ILIAS": (
        '"Anmeldename";"Vorname";"Nachname";"E-Mail";"Matrikel-Nr."\n'
        '"ab";"Ada";"Byron";"ada@example.org";"0012"\n'
    ),
    "both numbers": "mail,Name,Matrikel-Nr.,ID number\nada@example.org,Ada Byron,0012,77\n",
}


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS)
def test_tables_of_platforms_are_read_as_they_come(text):
    [row] = roster.read(text.encode()).rows
    assert (row.email, row.name, row.matriculation) == ("ada@example.org", "Ada Byron", "0012")
    assert row.role in ("", "student")


WRITTEN = {
    "UTF-16 as Excel writes it": "e-mail\tname\nada@example.org\tÄda".encode("utf-16"),
    "UTF-16 without a mark": "e-mail\tname\nada@example.org\tÄda".encode("utf-16-le"),
    "UTF-16, big end first": b"\xfe\xff" + "e-mail;name\nada@example.org;Äda".encode("utf-16-be"),
    "UTF-8 with a mark": "e-mail;name\nada@example.org;Äda".encode("utf-8-sig"),
    "Windows": "e-mail;name\nada@example.org;Äda".encode("cp1252"),
    "named separator": "sep=;\r\ne-mail;name\r\nada@example.org;Äda\r\n".encode(),
    "named separator in quotes": '\ufeff"sep=;"\ne-mail;name\nada@example.org;Äda\n'.encode(),
    "named tab": "SEP=\\t\ne-mail\tname\nada@example.org\tÄda".encode(),
}


@pytest.mark.parametrize("content", WRITTEN.values(), ids=WRITTEN)
def test_encodings_and_separators_of_spreadsheets_are_read(content):
    [row] = roster.read(content).rows
    assert (row.email, row.name) == ("ada@example.org", "Äda")


def test_line_that_names_the_separator_is_counted():
    [row] = roster.read(b"sep=;\ne-mail;name\nada@example.org;Ada\n").rows
    assert row.line == 3


def test_columns_that_say_nothing_we_know_are_listed():
    table = roster.read(b"e-mail,Groups,,Section,ID number,Matriculation\na@example.org,A,,1,7,12\n")
    assert table.unused == ["Groups", "Section", "ID number"]


@pytest.mark.parametrize(
    "content",
    [
        b"e-mail" + b",x" * roster.MOST_COLUMNS,
        b"e-mail" + b"".join(b",team a%d" % number for number in range(roster.MOST_TEAM_COLUMNS + 1)),
        b"e-mail\n" + b"a@b.c\n" * (roster.MOST_ROWS + 1),
    ],
    ids=["columns", "teams", "rows"],
)
def test_table_of_more_than_a_course_has_is_refused(content):
    with pytest.raises((TooLarge, UsageError), match="more than"):
        roster.read(content)


def test_lines_are_those_of_the_file_and_empty_ones_are_passed_over():
    rows = roster.read(b"email\n\nada@example.org\n , \nbob@example.org\n").rows
    assert [(each.line, each.email) for each in rows] == [(3, "ada@example.org"), (5, "bob@example.org")]


def test_letters_of_an_old_encoding_are_read():
    [row] = roster.read("email,name\nj@example.org,Jürg".encode("cp1252")).rows
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
        [row] = roster.read(content).rows  # refused as an address later
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
        assert all(isinstance(each, RosterRow) for each in roster.read(b"email,name\n" + content).rows)
    except UsageError:
        pass


def test_column_of_teams_names_its_assignment():
    content = b"e-mail,Team: nyu-hw1,team other\nada@example.org, Two ,\nbob@example.org\n"
    assert [row.teams for row in roster.read(content).rows] == [(("nyu-hw1", "Two"), ("other", "")), ()]


def test_two_columns_for_the_teams_of_one_assignment_are_refused():
    with pytest.raises(UsageError, match="two columns hold the teams for nyu-hw1"):
        roster.read(b"e-mail,team nyu-hw1,Team nyu-hw1\n")
