"""What staff takes away from an assignment's page."""

import csv
import io
import json
import zipfile

import pytest

from grader.database.store import audit
from grader.render.grades import FORMATS
from tests.web.doubles import RIGHT


@pytest.fixture
def place(world):
    """Ada's hand-in is graded."""
    world.submission(world.browser("ada"))
    world.grade(RIGHT)
    world.url = f"/assignments/{world.room.assignment.id}"
    return world


def test_page_offers_each_format_and_is_linked_for_staff_alone(place):
    assert "/export" in place.browser("ta").get(place.url).text
    assert "/export" not in place.browser("ada").get(place.url).text
    page = place.browser("ta").get(f"{place.url}/export").text
    assert all(f'value="{name}"' in page for name in FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_grades_come_as_a_file(place, name):
    answer = place.browser("ta").get(
        f"{place.url}/export/grades.csv", query_string={"as": name, "passed": "20"}
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="nets-{name}.csv"'
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert any("30.0" in row for row in rows if any("ada@example.org" in each for each in row))


@pytest.mark.parametrize(
    "query", [{"as": "wrong"}, {"as": "olat", "passed": "many"}, {"as": "olat", "passed": "-1"}]
)
def test_what_makes_no_sense_is_said(place, query):
    assert place.browser("ta").get(f"{place.url}/export/grades.csv", query_string=query).status_code == 400


WORKSHEET = (
    "\ufeffID,Vollständiger Name,ID-Nummer,E-Mail-Adresse,Bewertung,Bestwertung\r\n"
    'Teilnehmer/in 7,Ada,,Ada@example.org,,"30,00"\r\nTeilnehmer/in 8,Bob,,bob@example.org,,"30,00"\r\n'
)


def _filled(place, who, table, **fields):
    data = {"table": (io.BytesIO(table.encode()), "table.csv")} | fields
    url = f"{place.url}/export/filled.csv"
    return place.browser(who).post(url, data=data, content_type="multipart/form-data")


def test_table_of_the_platform_comes_back_with_grades(place):
    answer = _filled(place, "ta", WORKSHEET)
    assert answer.headers["Content-Disposition"] == "attachment; filename=nets-filled.csv"
    header, ada, bob = csv.reader(io.StringIO(answer.text, newline=""))
    assert (header[0], ada[4], bob[4]) == ("ID", "30,00", "")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "no table was chosen"),
        ("a,b\n1,2\n", "neither a grading worksheet"),
        ("Identifier,Grade\nParticipant 7,\n", "nobody with a score is in this table"),
        ("Student,ID,Section,Other (7)\nByron,1,,\n", "There are: Other"),
    ],
)
def test_table_that_can_not_be_filled_is_said(place, table, said):
    answer = _filled(place, "ta", table)
    assert answer.status_code == 400
    assert said in answer.text


def _archive(client, url):
    return zipfile.ZipFile(io.BytesIO(client.get(url, buffered=True).data))


def test_archives_hold_the_hand_in_and_its_result(place):
    client = place.browser("ta")
    for which in ("", "?which=all"):
        archive = _archive(client, f"{place.url}/export/submissions.zip{which}")
        assert [each.split("/")[1] for each in archive.namelist()] == ["mlp.py"]
    archive = _archive(client, f"{place.url}/export/gradescope.zip")
    assert json.loads(archive.read(archive.namelist()[0]))["score"] == 30.0


def test_who_took_what_away_is_in_the_log(place):
    place.browser("ta").get(f"{place.url}/export/grades.csv?as=olat")
    _archive(place.browser("ta"), f"{place.url}/export/submissions.zip?which=all")
    with place.database.reading() as session:
        done = audit.about(session, f"assignment:{place.room.assignment.id}")[-2:]
        assert [each.actor_id for each in done] == [place.room.ta.id] * 2
    assert [each.after["what"] for each in done] == ["grades for olat", "submissions-all"]


def test_everybody_can_take_away_what_is_kept_of_them(place):
    assert "/account/data.zip" in place.browser("ada").get("/account").text
    for who, names in (("ada", 3), ("bob", 1)):
        archive = _archive(place.browser(who), "/account/data.zip")
        assert len(archive.namelist()) == names
        assert json.loads(archive.read("account.json"))["email"] == f"{who}@example.org"
