"""The pages on which staff sees a class: its figures, and the submissions behind each of them."""

import html
import re

import pytest

from grader.database.store import listing as store
from grader.database.tables import AssignmentRow, User
from grader.model import Diagnosis, DiagnosisKind, Fact, Sentences, Sure, Verdict
from grader.services.act import Act
from grader.services.courses import courses
from grader.web.course import listing
from tests.classroom import NOW, submit, suite
from tests.web.doubles import RIGHT, WRONG, case

EVIL = "<script>alert(1)</script>"
SLIP = Diagnosis(
    DiagnosisKind.FAULT,
    "sign",
    "MLP.backward",
    (),
    Sure.CERTAIN,
    told=Sentences(f"The sign is lost {EVIL}", f"It is lost {EVIL}.", "h"),
)


class Staffroom:
    """An assistant's browser, and what it finds."""

    def __init__(self, world):
        self.world = world
        self.client = world.browser("ta")
        self.address = f"/assignments/{world.room.assignment.id}/class"
        self.list = f"/courses/{world.room.course.id}/submissions"

    def hand_in(self, name, cases=RIGHT, **more):
        number = self.world.submission(self.world.browser(name), files={"mlp.py": name.encode()})
        self.world.grade(cases, **more)
        return number

    def page(self, address=None):
        answer = self.client.get(address or self.address)
        assert answer.status_code == 200, answer.text
        return answer.text

    def text(self, address=None):
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", self.page(address))).split())

    def listed(self, address=None):
        """Return the submissions in the table at an address."""
        return [
            int(each)
            for each in re.findall(
                r'<th scope="row"><a href="/submissions/(\d+)"', self.page(address or self.list)
            )
        ]

    def links(self, pattern):
        """Return the addresses that the class's page links to."""
        found = (html.unescape(each) for each in re.findall(r'href="([^"]+)"', self.page()))
        return list(dict.fromkeys(each for each in found if re.search(pattern, each)))


@pytest.fixture
def room(world):
    return Staffroom(world)


def test_empty_class_says_what_comes_next(room):
    said = room.text()
    assert "Nobody has submitted yet" in said
    assert "invite them under People" in said
    assert "Class" in room.text(f"/assignments/{room.world.room.assignment.id}")


def test_class_that_waits_says_so(room):
    room.world.submission(room.world.browser("ada"))
    said = room.text()
    assert "0 graded, 1 not yet" in said
    assert "2 students without a submission" in said
    assert "Figures appear here" in said


def test_page_has_the_four_figures(room):
    room.hand_in("ada", WRONG, diagnoses=(SLIP,))
    room.hand_in("bob")
    room.hand_in("eve", (), load=Fact("syntax_error", {"line": 1}))
    said = room.text()
    assert "1 file could not be loaded, so no test ran: Eve" in said
    assert "Ada 20.00 100 % 50 %" in said
    assert "Eve 0.00 – –" in said
    assert re.search(r"The sign is lost (<script>alert\(1\)</script>) It is lost \1. MLP.backward 1 \d", said)
    assert "60 to 69 % 1" in said
    assert "100 % 1 " in said
    assert "MLP.backward , dJdW1 1 / 2 1" in said
    assert "MLP.forward , y_hat everybody passes 2 / 2 0" in said
    assert EVIL not in room.page()


def test_case_that_nobody_passes_is_to_be_looked_at(room):
    for name in ("ada", "bob"):
        room.hand_in(name, WRONG)
    said = room.text()
    assert "Nobody passes one test case. Look at it first" in said
    assert "dJdW1 nobody passes 0 / 2 2" in said


def test_every_number_leads_to_as_many_submissions(room):
    adas = room.hand_in("ada", WRONG, diagnoses=(SLIP,))
    bobs = room.hand_in("bob")
    eves = room.hand_in("eve", (case("MLP.forward", "y_hat", Verdict.TIMEOUT),))
    [mistake] = room.links("mistake=")
    assert room.listed(mistake) == [adas]
    behind = {link: room.listed(link) for link in room.links("tenth=")}
    assert sorted(number for found in behind.values() for number in found) == [adas, bobs, eves]
    wrong = [link for link in room.links("case=") if "verdict" not in link and "dJdW1" in link]
    assert [room.listed(link) for link in wrong] == [[adas]]
    right = [link for link in room.links("case=") if "verdict=passed" in link and "y_hat" in link]
    assert [room.listed(link) for link in right] == [[bobs, adas]]
    assert [room.listed(link) for link in room.links("function=")] == [[eves], [adas]]
    assert {f"/submissions/{number}" for number in (adas, bobs, eves)} <= set(room.links("^/submissions/"))


def test_only_what_counts_is_behind_a_figure(room):
    room.hand_in("ada", WRONG, diagnoses=(SLIP,))
    last = room.hand_in("ada", WRONG, diagnoses=(SLIP,))
    [mistake] = room.links("mistake=")
    assert room.listed(mistake) == [last]
    assert "only submissions that count" in room.text(mistake)
    assert len(room.listed(mistake.replace("counting=1", ""))) == 2


def test_lowest_come_first_when_asked_for(room):
    for name, cases in (("ada", RIGHT), ("bob", WRONG)):
        room.hand_in(name, cases)
    assert room.text().index("Ada 30.00") < room.text().index("Bob 20.00")
    lowest = room.text(f"{room.address}?order=lowest")
    assert lowest.index("Bob 20.00") < lowest.index("Ada 30.00")


def test_function_that_no_live_test_names_is_shown_all_the_same(room):
    room.hand_in("ada", (case("old<b>", "x"),))
    assert "old<b>" in room.text()
    [link] = [each for each in room.links("function=") if "old" in each]
    assert room.listed(link) == []


def test_form_confines_sorts_and_keeps_what_was_chosen(room):
    adas, bobs = room.hand_in("ada", WRONG), room.hand_in("bob")
    eves = room.hand_in("eve", (case("MLP.forward", "y_hat", Verdict.TIMEOUT),))
    for query, found in (
        ("", [eves, bobs, adas]),
        ("order=oldest", [adas, bobs, eves]),
        ("order=lowest", [eves, adas, bobs]),
        ("verdict=timeout", [eves]),
        ("function=MLP.backward", [adas]),
        ("text=Bob", [bobs]),
        (f"text={adas}", [adas]),
        ("late=yes", []),
        ("late=no&order=student", [adas, bobs, eves]),
        ("status=internal_error", []),
    ):
        assert room.listed(f"{room.list}?{query}") == found, query
    page = room.page(f"{room.list}?verdict=timeout&text=eve&order=student")
    assert re.findall(r'value="([^"]+)" selected', page) == ["timeout", "student"]
    assert 'value="eve"' in page
    assert "1 submission, by student" in room.text(f"{room.list}?verdict=timeout&text=eve&order=student")


def test_nothing_found_is_told_from_nothing_handed_in(room):
    assert "No submissions yet" in room.text(room.list)
    assert "No submissions match" in room.text(f"{room.list}?text=nobody")


@pytest.mark.parametrize(
    "query",
    (
        "assignment=99 assignment=x status=x verdict=<b> tenth=11 tenth=-1 late=x order=x page=0 page=-1 "
        "page=² page=99999999999999999999 counting=1 assignment=1e3&counting=1"
    ).split(),
)
def test_what_makes_no_sense_in_an_address_confines_nothing(room, query):
    number = room.hand_in("ada")
    assert room.listed(f"{room.list}?{query}") == [number]


def test_other_courses_assignments_are_not_reached(room):
    with room.world.database.transaction() as session:
        actor = session.get(User, room.world.room.instructor.id)
        other = courses.create_course(Act(session, actor, NOW), "other", "Other")
        number = courses.add_assignment(Act(session, actor, NOW), other, suite()).id
        handed = submit(session, room.world.room, room.world.room.ada).submission.id
    assert room.listed(f"{room.list}?assignment={number}") == [handed]
    assert listing.read(1, [1], {"assignment": str(number)}).wanted.assignment_id == 0
    assert room.client.get(f"/assignments/{number}/class").status_code == 404


def test_table_has_pages_of_a_hundred(room):
    with room.world.database.transaction() as session:
        made = [
            submit(session, room.world.room, room.world.room.ada).submission.id for _ in range(store.PAGE + 3)
        ]
    said = room.text(f"{room.list}?late=no")
    assert f"{store.PAGE + 3} submissions, newest first; page 1 of 2" in said
    assert "Previous page" not in said
    following = re.search(r'href="([^"]+)">Next page', room.page(f"{room.list}?late=no"))[1]
    assert room.listed(html.unescape(following)) == made[:3][::-1]
    assert "Next page" not in room.text(html.unescape(following))
    assert "There is no page 3" in room.text(f"{room.list}?page=3")


def test_hand_in_of_a_team_is_one_row(room):
    with room.world.database.transaction() as session:
        people = [session.get(User, each.id) for each in (room.world.room.ada, room.world.room.bob)]
        assignment = session.get(AssignmentRow, room.world.room.assignment.id)
        courses.form_team(Act(session, None, NOW), assignment, "Team Lovelace", people)
    room.hand_in("ada")
    assert "1 graded" in room.text()
    assert "Team Lovelace 30.00 100 % 100 %" in room.text()
    assert len(room.listed(f"{room.list}?text=lovelace")) == 1
