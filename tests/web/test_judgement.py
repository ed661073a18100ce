"""Staff judges, students read it and ask for another look."""

import re
from datetime import timedelta

import pytest

from grader.arithmetic.deadlines import Dates
from grader.database.store import audit, judgement, people
from grader.database.store import submissions as store
from grader.database.tables import AssignmentRow, SubmissionRow
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import results
from grader.services.people import accounts
from tests.classroom import NOW, TOML, suite
from tests.web.doubles import RIGHT, WRONG

MANUAL = b"""
[[manual]]
name = "theory"
points = 10
what = "Derive the gradient."
files = ["*.pdf", "notes.txt"]
"""
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
FILES = {"mlp.py": b"class MLP: ...\nW = 1  # <b>\n", "theory.pdf": PDF, "notes.txt": b"see there"}


class Office:
    """A world in which Ada's hand-in, with a PDF, was graded and its theory is not graded yet."""

    def __init__(self, world, cases=RIGHT, toml=TOML + MANUAL, files=FILES):
        self.world = world
        with world.database.transaction() as session:
            assignment = session.get(AssignmentRow, world.room.assignment.id)
            courses.publish_suite(Act(session, None, NOW), assignment, suite(toml))
        self.number = world.submission(world.browser("ada"), files=files)
        world.grade(cases)
        self.page = f"/submissions/{self.number}"
        self.judge = f"{self.page}/judge"

    def post(self, who="ta", address=None, **form):
        """Send a form as somebody; returns the page that comes then."""
        address = address or self.judge
        return self.world.browser(who).post(address, data=form, follow_redirects=True)

    def text(self, address, who="ada"):
        answer = self.world.browser(who).get(address)
        assert answer.status_code == 200
        return said(answer)

    def requests(self):
        """Return the page of requests, as staff sees it."""
        there = f"/assignments/{self.world.room.assignment.id}/requests"
        return self.world.browser("ta").get(there).text

    def live(self, read):
        with self.world.database.reading() as session:
            return read(session, session.get(SubmissionRow, self.number))


def said(answer):
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


@pytest.fixture
def office(world):
    return Office(world)


def test_open_points_stand_on_the_result_until_a_person_gave_them(office):
    before = office.text(office.page)
    assert "30.00 / 40" in before
    assert "theory – / 10 ● not graded yet Derive the gradient." in before
    answer = office.post(step="points", part="theory", points="7,5", why="One sign is wrong.")
    assert "The points are saved." in said(answer)
    after = office.text(office.page)
    assert "37.50 / 40" in after
    assert "theory 7.50 / 10 Ta, Fri 20 Nov, 13:00 One sign is wrong." in after


def test_points_that_cant_be_given_are_refused_with_what_to_do(office):
    for points, words in (
        ("11", "points must be from 0 to 10"),
        ("lots", "“lots” is not a number"),
        ("", "points are missing"),
    ):
        answer = office.post(step="points", part="theory", points=points)
        assert answer.status_code == 400
        assert words in said(answer)
    assert "not graded yet" in office.text(office.page)


def test_rubric_items_are_made_picked_and_fill_the_points_in(office):
    for points, text in (("-2", "A sign is wrong."), ("-1.5", "No dimensions.")):
        office.post(step="item", part="theory", points=points, text=text)
    office.post(step="points", part="theory", item=["1", "2"], points="", why="")
    page = office.text(office.judge, "ta")
    assert "6.50 / 10" in page
    assert "-2 A sign is wrong." in page
    html = office.world.browser("ta").get(office.judge).text
    assert len(re.findall(r'name="item" value="\d" checked', html)) == 2
    office.post(step="retire", item="2")
    assert "No dimensions. (retired)" in office.text(office.judge, "ta")


def test_points_are_taken_back(office):
    office.post(step="points", part="theory", points="7")
    office.post(step="take_back", part="theory")
    assert "30.00 / 40" in office.text(office.page)


def test_pdf_is_shown_in_the_page_and_nothing_else_as_one(office):
    client = office.world.browser("ta")
    page = client.get(office.judge)
    assert f'<iframe class="pdf" src="{office.page}/pdf/theory.pdf"' in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert "notes.txt" in page.text
    shown = client.get(f"{office.page}/pdf/theory.pdf")
    assert (shown.data, shown.mimetype) == (PDF, "application/pdf")
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script" not in policy
    for name in ("mlp.py", "notes.txt", "other.pdf"):
        assert client.get(f"{office.page}/pdf/{name}").status_code == 404


def test_other_pages_may_neither_hold_frames_nor_be_held(office):
    answer = office.world.browser("ta").get(office.page)
    assert "frame-src" not in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_html_that_calls_itself_a_pdf_is_no_page_of_ours(world):
    Office(world)
    files = {"mlp.py": b"class MLP: ...\n", "theory.pdf": b"<script>alert(1)</script>"}
    number = world.submission(world.browser("ada"), files=files)
    world.grade(RIGHT)
    client = world.browser("ta")
    assert client.get(f"/submissions/{number}/pdf/theory.pdf").status_code == 404
    assert "<iframe" not in client.get(f"/submissions/{number}/judge").text


def test_comment_is_read_under_its_line_and_shown_as_text(office):
    page = office.post(step="comment", file="mlp.py", line="2", text="Why <i>one</i>?\nSee §2.")
    assert "The student sees your comment at that line." in said(page)
    html = office.world.browser("ada").get(office.page).text
    line = re.search(r'<li class="remarked"><code>W = 1.*?</li>', html, re.S)[0]
    assert "Why &lt;i&gt;one&lt;/i&gt;?" in line
    assert "Ta</span>" in line
    number = office.live(lambda session, found: judgement.comments(session, found.id)[0].id)
    office.post(step="uncomment", comment=str(number))
    assert "remarked" not in office.world.browser("ada").get(office.page).text


def test_line_to_comment_on_is_chosen_by_its_number(office):
    html = office.world.browser("ta").get(f"{office.judge}?file=mlp.py&line=2").text
    assert re.search(r'name="line"[^>]*value="2"', html)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"file": "mlp.py", "line": "x", "text": "y"}, 400),
        ({"file": "mlp.py", "line": "1", "text": " "}, 400),
        ({"file": "mlp.py", "line": "3", "text": "y"}, 400),
        ({"file": "mlp.py", "line": "0", "text": "y"}, 400),
        ({"file": "theory.pdf", "line": "1", "text": "y"}, 400),
        ({"file": "other.py", "line": "1", "text": "y"}, 404),
    ],
)
def test_comment_that_stands_nowhere_is_refused(office, form, status):
    assert office.post(step="comment", **form).status_code == status


def test_total_by_hand_says_who_when_and_why_until_it_is_withdrawn(office):
    office.post("instructor", step="override", score="12", why="Presented orally.")
    page = office.text(office.page)
    assert "12.00 / 40" in page
    assert "the total was set by Instructor Fri 20 Nov, 13:00 : Presented orally." in page
    office.post("instructor", step="withdraw")
    assert "30.00 / 40" in office.text(office.page)


def test_total_by_hand_needs_a_reason(office):
    assert office.post("instructor", step="override", score="12", why=" ").status_code == 400


@pytest.mark.parametrize("step", ["override", "withdraw", "excuse", "unexcuse"])
def test_assistants_neither_set_totals_nor_excuse(office, step):
    assert office.post("ta", step=step, score="1", why="x").status_code == 403


def test_excused_student_is_told_so(office):
    office.post("instructor", step="excuse", why="ill")
    assert "You are excused from this assignment: ill" in office.text(office.page)
    office.post("instructor", step="unexcuse")
    assert "excused" not in office.text(office.page)


def test_unknown_step_does_nothing(office):
    assert office.post(step="delete").status_code == 400


def test_request_is_asked_listed_answered_and_read(office):
    asked = office.post("ada", f"{office.page}/requests", text="My sign is right.")
    assert "My sign is right." in said(asked)
    requests = f"/assignments/{office.world.room.assignment.id}/requests"
    listed = office.world.browser("ta").get(requests)
    assert "My sign is right." in said(listed)
    [there] = re.findall(r'action="(/requests/\d+)"', listed.text)
    answered = office.post("ta", there, answer="It is. Sorry.", decision="accept")
    assert "Grade attempt 1 of Ada" in said(answered)
    page = office.text(office.page)
    assert "accepted" in page
    assert "It is. Sorry." in page
    assert office.post("ta", there, answer="No.", decision="decline").status_code == 409


def test_second_request_waits_for_the_first_to_be_answered(office):
    office.post("ada", f"{office.page}/requests", text="Look here.")
    assert "Request a regrade" not in office.text(office.page)
    assert office.post("ada", f"{office.page}/requests", text="And here.").status_code == 409


def test_nothing_can_be_asked_before_there_is_a_result(office):
    number = office.world.submission(office.world.browser("bob"))
    assert "Request a regrade" not in office.text(f"/submissions/{number}", "bob")
    assert office.post("bob", f"/submissions/{number}/requests", text="When?").status_code == 409


def test_staff_gets_to_the_next_that_waits(office):
    number = office.world.submission(office.world.browser("bob"), files=FILES)
    office.world.grade(WRONG)
    assert f'href="/submissions/{number}/judge"' in office.world.browser("ta").get(office.judge).text
    office.post(address=f"/submissions/{number}/judge", step="points", part="theory", points="1")
    assert "Next submission to grade" not in office.text(office.judge, "ta")


def test_everything_is_in_the_log(office):
    office.post(step="points", part="theory", points="7", why="a")
    office.post(step="comment", file="mlp.py", line="1", text="b")
    office.post("instructor", step="override", score="3", why="c")
    entries = office.live(lambda session, found: audit.about(session, f"submission:{found.id}"))
    said = {each.action: each.after for each in entries}
    assert said["submission.points_given"] == {"part": "theory", "points": 7.0, "why": "a"}
    assert said["submission.commented"]["text"] == "b"
    assert said["submission.overridden"]["why"] == "c"


class Dated:
    """A world with dates, and its page of extensions."""

    def __init__(self, make_world):
        late = Dates(due_at=NOW - timedelta(days=1), late_until=NOW, late_percent_per_day=50)
        self.world = make_world(Rules(dates=late))
        self.number = self.world.submission(self.world.browser("ada"))
        self.world.grade(RIGHT)
        self.page = f"/assignments/{self.world.room.assignment.id}/extensions"

    def give(self, actor="instructor", **form):
        given = {"who": f"user:{self.world.room.ada.id}", "due_at": "2026-11-20T13:00", "why": "ill"}
        return self.world.browser(actor).post(self.page, data=given | form, follow_redirects=True)

    def score(self):
        with self.world.database.reading() as session:
            assignment = session.get(AssignmentRow, self.world.room.assignment.id)
            return results.history(session, self.world.room.ada, assignment, now=NOW).counting.score


@pytest.fixture
def dated(make_world):
    return Dated(make_world)


def test_extension_is_given_in_the_courses_zone_listed_and_taken_back(dated):
    assert dated.score() == 15.0
    page = dated.give()
    assert "Ada has an extension." in said(page)
    assert "Ada Fri 20 Nov, 13:00" in said(page)  # noon in UTC
    assert dated.score() == 30.0
    [there] = re.findall(r'action="(/extensions/\d+)"', page.text)
    back = dated.world.browser("instructor").post(there, follow_redirects=True)
    assert "Nobody has an extension." in said(back)
    assert dated.score() == 15.0


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"who": ""}, "no student was chosen"),
        ({"who": "user:999"}, "no student was chosen"),
        ({"due_at": ""}, "due date is missing"),
        ({"due_at": "soon"}, "“soon” is not a date"),
        ({"due_at": "2026-11-20T13:00+02:00"}, "has a zone"),
        ({"due_at": "9999-12-31T23:59"}, ""),
        ({"due_at": "2026-11-18T13:00"}, "not after"),
        ({"why": ""}, "text is missing"),
    ],
)
def test_extension_that_cant_be_given_is_refused(dated, form, words):
    answer = dated.give(**form)
    if words:
        assert answer.status_code == 400
        assert words in said(answer)
    assert answer.status_code < 500


def test_page_to_judge_on_leads_to_the_extension_of_its_student(dated):
    page = dated.world.browser("instructor").get(f"/submissions/{dated.number}/judge").text
    [there] = re.findall(r'href="([^"]*)">Give Ada an extension', page)
    form = dated.world.browser("instructor").get(there).text
    assert f'value="user:{dated.world.room.ada.id}" selected' in form
    assert "an extension</a>" not in dated.world.browser("ta").get(f"/submissions/{dated.number}/judge").text


def test_assistants_see_extensions_and_give_none(dated):
    page = dated.world.browser("ta").get(dated.page)
    assert "Nobody has an extension." in said(page)
    assert "New due date" not in said(page)
    assert dated.give("ta").status_code == 403


def test_student_without_a_hand_in_is_excused_and_again_not(dated):
    client, there = dated.world.browser("instructor"), dated.page.replace("extensions", "excuses")
    eve = f"user:{dated.world.room.eve.id}"
    page = client.post(there, data={"who": eve, "why": "ill"}, follow_redirects=True)
    assert "Eve is excused." in said(page)
    assert "Eve: ill" in said(page)
    page = client.post(there, data={"who": eve, "step": "withdraw"}, follow_redirects=True)
    assert "Nobody is excused." in said(page)


def test_open_points_are_no_secret_and_hidden_totals_stay_hidden(world):
    hidden = b'[visibility]\ntotal = "after_publish"\n'
    office = Office(world, toml=TOML + MANUAL + hidden)
    office.post(step="points", part="theory", points="7", why="a reason")
    page = office.text(office.page)
    assert "graded, hidden for now" in page
    assert "a reason" not in page
    assert office.live(lambda session, found: store.manual_scores(session, found.id)[0].points) == 7.0


def test_assignment_says_what_a_person_judges_and_what_is_to_be_handed_in(office):
    page = office.text(f"/assignments/{office.world.room.assignment.id}")
    assert (
        "theory graded by hand: Derive the gradient. Submit one of these for it: *.pdf, notes.txt. 10" in page
    )
    assert "Total 40" in page
    assert "● theory not graded yet" in page


def test_bonus_that_is_capped_is_said_to_be(world):
    office = Office(world, toml=b'bonus_cap = "total"\n' + TOML + MANUAL)
    assert "Bonus points count up to the total." in office.text(f"/assignments/{world.room.assignment.id}")


def test_lists_say_who_is_excused_and_what_is_to_be_judged(office):
    assert "● theory not graded yet" in office.text("/")
    office.post("instructor", step="excuse", why="ill")
    assert "excused" in office.text("/")
    assert "You are excused" in office.text(f"/assignments/{office.world.room.assignment.id}")


def test_export_warns_while_parts_wait(office):
    there = f"/assignments/{office.world.room.assignment.id}/export"
    warned = office.world.browser("ta").get(there)
    assert "One submission that counts has parts that nobody has graded yet" in said(warned)
    assert f'href="{office.judge}"' in warned.text
    office.post(step="points", part="theory", points="1")
    assert "nobody has judged" not in office.text(there, "ta")


def test_programs_are_told_what_waits_and_what_was_given(office):
    with office.world.database.transaction() as session:
        ada = people.user_by_email(session, "ada@example.org")
        token = accounts.create_token(session, ada, "test", now=NOW)[1]
    headers = {"Authorization": f"Bearer {token}"}
    there = f"/api/v1/submissions/{office.number}"
    before = office.world.browser().get(there, headers=headers).json
    assert (before["submission"]["waits"], before["submission"]["max_score"]) == (["theory"], 40.0)
    office.post(step="points", part="theory", points="7", why="A sign.")
    after = office.world.browser().get(there, headers=headers).json
    assert (after["submission"]["waits"], after["submission"]["score"]) == ([], 37.0)
    assert after["report"]["manual"][0]["why"] == "A sign."
