"""A roster from a file, on the web: first what would change, then the change."""

import html
import io
import re

import pytest

from grader.database.store import people
from grader.reading import roster

TABLE = "e-mail,name\nnew@example.org,<b>New\nada@example.org,Ada Byron\nbob@example.org\n"


@pytest.fixture
def place(world):
    world.url = f"/courses/{world.room.course.id}/people/import"
    world.client = world.browser("instructor")
    return world


def _shown(answer):
    return {
        "basis": re.search(r'name="basis" value="(\w+)"', answer.text)[1],
        "roster": html.unescape(
            re.search(r'<textarea name="roster"[^>]*>\n(.*?)</textarea>', answer.text, re.S)[1]
        ),
    }


def _emails(world):
    with world.database.reading() as session:
        return {each.user.email: each.user.name for each in people.roster(session, world.room.course.id)}


def test_file_is_shown_first_and_changes_nothing(place):
    file = (io.BytesIO(TABLE.encode()), "roster.csv")
    answer = place.client.post(place.url, data={"file": file}, content_type="multipart/form-data")
    assert "To be invited: 1" in answer.text
    assert "Ada → Ada Byron" in answer.text
    assert "Not in the file: 1" in answer.text
    assert "<b>New" not in answer.text
    assert _emails(place)["ada@example.org"] == "Ada"


def test_table_of_excel_is_read_and_its_other_columns_are_named(place):
    table = "sep=;\r\nE-Mail-Adresse;Nachname;Gruppen\r\nnew@example.org;Neü;A\r\n".encode("utf-16")
    file = (io.BytesIO(table), "roster.csv")
    answer = place.client.post(place.url, data={"file": file}, content_type="multipart/form-data")
    assert "new@example.org Neü" in answer.text
    assert "Columns not used: Gruppen" in answer.text


@pytest.mark.parametrize(("remove", "stays"), [({}, True), ({"remove": "yes"}, False)])
def test_what_was_shown_is_done_when_it_is_confirmed(place, remove, stays):
    shown = _shown(place.client.post(place.url, data={"roster": TABLE}))
    answer = place.client.post(place.url, data=shown | remove)
    assert re.search(r"http://localhost/invitation/[\w-]+", answer.text)
    emails = _emails(place)
    assert emails["ada@example.org"] == "Ada Byron"
    assert ("eve@example.org" in emails) is stays
    again = place.client.post(place.url, data={"roster": TABLE})
    assert "To be" not in again.text


def test_what_has_changed_meanwhile_is_shown_again(place):
    shown = _shown(place.client.post(place.url, data={"roster": TABLE}))
    eve = place.room.eve.id
    answer = place.client.post(f"/courses/{place.room.course.id}/people/{eve}/unenrol")
    assert answer.status_code == 303
    answer = place.client.post(place.url, data=shown)
    assert "Nothing was changed" in answer.text
    assert _emails(place)["ada@example.org"] == "Ada"


def test_roster_that_is_just_small_enough_can_be_confirmed(place):
    line = "ada@example.org,Ada Byron\n"
    table = "e-mail,name\n" + line * ((roster.MOST_BYTES - 20) // len(line))
    shown = _shown(place.client.post(place.url, data={"roster": table}))
    as_sent = shown | {"roster": shown["roster"].replace("\n", "\r\n")}
    answer = place.client.post(place.url, data=as_sent, content_type="multipart/form-data")
    assert answer.status_code == 200


def test_duplicates_are_listed_with_their_lines_and_nobody_can_be_removed(place):
    text = "e-mail\nx@example.org\nx@example.org\n"
    answer = place.client.post(place.url, data={"roster": text})
    assert "Line 2, x@example.org: the same e-mail address is on line 3" in answer.text
    assert 'name="remove"' not in answer.text


@pytest.mark.parametrize("data", [{}, {"roster": "name\nAda"}, {"roster": "email\n" + "a" * 210_000}])
def test_what_is_no_roster_is_said(place, data):
    assert place.client.post(place.url, data=data).status_code in (400, 413)


def test_student_who_was_removed_finds_no_course(place):
    people_page = f"/courses/{place.room.course.id}/people"
    answer = place.client.post(f"{people_page}/{place.room.ada.id}/unenrol", follow_redirects=True)
    assert "Ada is no longer in the course" in answer.text
    assert place.browser("ada").get(f"/courses/{place.room.course.id}").status_code == 404
    assert place.client.post(f"{people_page}/{place.room.ada.id}/unenrol").status_code == 409
    assert place.client.post(f"{people_page}/{place.room.instructor.id}/unenrol").status_code == 409


def test_teams_of_the_file_are_shown_and_formed(place):
    table = "e-mail,team nets\nada@example.org,One <b>\nbob@example.org,One <b>\nnew@example.org,Two\n"
    answer = place.client.post(place.url, data={"roster": table})
    assert "Into teams: 3" in answer.text
    assert "ada@example.org: One &lt;b&gt;" in answer.text
    assert "new@example.org: Two" in answer.text
    done = place.client.post(place.url, data=_shown(answer))
    assert "3 put into teams" in done.text
    page = place.client.get(f"/assignments/{place.room.assignment.id}/team").text
    assert "One &lt;b&gt;" in page
    assert "Ada" in page


def test_column_for_teams_of_nothing_is_said(place):
    answer = place.client.post(place.url, data={"roster": "e-mail,team nats\nada@example.org,One\n"})
    assert answer.status_code == 400
    assert "Did you mean “nets”?" in answer.text
