"""Handing in: what is taken, what is refused and how that reads, and which moment counts."""

import io
import re
import zipfile
from datetime import timedelta

import pytest

from grader.arithmetic.deadlines import Counts, Dates
from grader.database.store import files
from grader.database.tables import AssignmentRow, Grading, SubmissionRow, User
from grader.feedback.installed import requirements, versions
from grader.model import Status
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import gradings
from grader.web.frame import intake
from grader.web.frame.site import RECEIVED
from tests.classroom import MINUTE, NOW
from tests.web.doubles import RIGHT, WRONG, claim

MLP = b"class MLP: ...\n"
HOUR = timedelta(hours=1)


def _zip(**contents):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name.replace("__", "/").replace("_py", ".py"), content)
    return stream.getvalue()


def _kept(world):
    """Return the files of each submission."""
    with world.database.reading() as session:
        numbers = session.query(SubmissionRow.id).order_by(SubmissionRow.id)
        return [files.of_submission(session, number) for (number,) in numbers]


@pytest.mark.parametrize(
    "uploaded",
    [
        {"mlp.py": MLP},
        {"my_homework.py": MLP},
        {"hw.zip": _zip(mlp_py=MLP)},
        {"hw.zip": _zip(solution__mlp_py=MLP)},
        {"mlp.py": MLP, ".DS_Store": b"x", "__pycache__/mlp.pyc": b"x"},
        {"hw/mlp.py": MLP},
    ],
    ids=["file", "other name", "zip", "zip of a folder", "with by-products", "folder"],
)
def test_one_file_arrives_however_it_is_packed(world, uploaded):
    assert world.hand_in(world.browser("ada"), uploaded).status_code == 303
    assert _kept(world) == [{"mlp.py": MLP}]
    assert len(world.dispatcher.sent) == 1


def test_several_files_arrive_together(world):
    world.hand_in(world.browser("ada"), {"mlp.py": MLP, "ops.py": b"x = 1\n"})
    assert _kept(world) == [{"mlp.py": MLP, "ops.py": b"x = 1\n"}]


@pytest.mark.parametrize(
    ("uploaded", "status", "said"),
    [
        ({"notes.txt": b"x"}, 422, "The file mlp.py is missing."),
        ({"hw.zip": b"no zip"}, 422, "not a valid zip archive"),
        ({"hw.zip": _zip(notes=b"x")}, 422, "The file mlp.py is missing."),
        ({"hw.zip": _zip(mlp_py=MLP), "mlp.py": MLP}, 422, "either one zip or single files"),
        ({"../mlp.py": MLP}, 422, "points outside the folder"),
        ({"mlp.py": b"#" * 300_000}, 413, "larger than 256 KiB"),
        ({"": b""}, 422, "No file was chosen"),
    ],
)
def test_refusal_says_what_is_wrong_and_keeps_nothing(world, uploaded, status, said):
    client = world.browser("ada")
    answer = world.hand_in(client, uploaded)
    assert answer.status_code == status
    assert said in answer.text
    assert "Traceback" not in answer.text
    assert (_kept(world), world.dispatcher.sent) == ([], [])
    assert "No submissions yet" in client.get(f"/assignments/{world.room.assignment.id}").text


def test_upload_over_the_limit_is_refused_in_words_after_being_read(world):
    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename="mlp.py"\r\n\r\n'
    stream = io.BytesIO(body + b"#" * intake.BODY_BYTES + b"\r\n--b--\r\n")
    answer = world.browser("ada").post(
        f"/assignments/{world.room.assignment.id}",
        input_stream=stream,
        content_length=len(stream.getvalue()),
        content_type="multipart/form-data; boundary=b",
    )
    assert answer.status_code == 413
    assert "larger than 20 MiB" in answer.text
    assert stream.read() == b""


def test_first_byte_of_the_upload_is_its_time(world):
    """The clock goes on while the body is read; the moment before that counts."""

    class Slow(io.BytesIO):
        def readinto(self, buffer):
            world.now += MINUTE
            return super().readinto(buffer)

    body = (
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="mlp.py"\r\n\r\n'
        + MLP
        + b"\r\n--b--\r\n"
    )
    world.browser("ada").post(
        f"/assignments/{world.room.assignment.id}",
        input_stream=Slow(body),
        content_length=len(body),
        content_type="multipart/form-data; boundary=b",
    )
    with world.database.reading() as session:
        assert session.query(SubmissionRow).one().received_at == NOW
    assert world.now > NOW


def test_server_in_front_may_say_when_the_first_byte_came_and_a_client_may_not(world):
    early = NOW - HOUR
    url, data = f"/assignments/{world.room.assignment.id}", {"files": (io.BytesIO(MLP), "mlp.py")}
    world.browser("ada").post(url, data=data, environ_overrides={RECEIVED: early})
    data = {"files": (io.BytesIO(MLP), "mlp.py")}
    world.browser("ada").post(url, data=data, headers={RECEIVED: early.isoformat()})
    with world.database.reading() as session:
        times = [each.received_at for each in session.query(SubmissionRow).order_by(SubmissionRow.id)]
    assert times == [early, NOW]


@pytest.fixture
def term(make_world):
    """A world with dates: due now, late for two days at 20 %, two attempts an hour."""
    dates = Dates(due_at=NOW, late_until=NOW + 48 * HOUR, grace_seconds=600, late_percent_per_day=20)
    return make_world(Rules(dates, attempts_per_hour=2, counts=Counts.BEST))


def _page(world, who="ada"):
    text = world.browser(who).get(f"/assignments/{world.room.assignment.id}").text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


def test_rules_are_shown_before_they_hurt(term):
    term.now = NOW - 26 * HOUR
    page = _page(term)
    assert "Fri 20 Nov, 13:00 (in 1 day)" in page
    assert "Up to 10 minutes after the due date is still on time." in page
    assert "Each day after the due date, or part of one, costs 20 % of the score." in page
    assert "Nothing is accepted after Sun 22 Nov, 13:00." in page
    assert "2 attempts left of 2 per hour." in page
    assert "Times are in Europe/Zurich." in page
    assert 'class="warning"' not in page


def test_late_ones_are_told_so_before_and_after(term):
    term.now = NOW + 25 * HOUR
    assert "You are 1 day late." in _page(term)
    client = term.browser("ada")
    number = term.submission(client)
    term.grade(RIGHT)
    page = client.get(f"/submissions/{number}").text
    assert "18.00" in page
    assert "30.00 × 60 % = 18.00" in page
    assert "1 day late" in _page(term)


def test_grace_is_on_time(term):
    term.now = NOW + 9 * MINUTE
    client = term.browser("ada")
    assert "on time" in client.get(f"/submissions/{term.submission(client)}").text


def test_closed_takes_nothing_and_says_whom_to_ask(term):
    term.now = NOW + 49 * HOUR
    assert "ask the course's staff for an extension" in _page(term).replace("&#39;", "'")
    answer = term.hand_in(term.browser("ada"))
    assert answer.status_code == 409
    assert "closed on Sun 22 Nov 2026 at 13:00" in answer.text
    assert _kept(term) == []


def test_extension_is_shown_and_holds(term):
    with term.database.transaction() as session:
        assignment = session.get(AssignmentRow, term.room.assignment.id)
        ada = session.get(User, term.room.ada.id)
        courses.extend(Act(session, None, NOW), assignment, ada, due_at=NOW + 72 * HOUR)
    term.now = NOW + 49 * HOUR
    assert "with your extension; for everyone else Fri 20 Nov, 13:00" in _page(term)
    assert "with your extension" not in _page(term, "bob")
    assert term.hand_in(term.browser("ada")).status_code == 303
    assert term.hand_in(term.browser("bob")).status_code == 409


def test_attempts_run_out_and_the_page_says_when_the_next_is_free(term):
    term.now = NOW - 2 * HOUR
    client = term.browser("ada")
    assert [term.hand_in(client).status_code for _ in range(3)] == [303, 303, 429]
    page = _page(term)
    assert "None left for now: you can submit again at Fri 20 Nov, 12:00 (in 1 hour)." in page
    term.now += 61 * MINUTE
    assert term.hand_in(client).status_code == 303


def test_history_says_which_submission_counts_and_why(term):
    term.now = NOW - 2 * HOUR
    client = term.browser("ada")
    term.submission(client)
    term.grade(RIGHT)
    term.now += MINUTE
    term.submission(client)
    term.grade(WRONG)
    page = _page(term)
    assert "The best submission counts" in page
    assert re.search(r"2 Fri 20 Nov, 11:01 20.00 / 30 1 Fri 20 Nov, 11:00 30.00 / 30 counts", page)


def test_choice_moves_what_counts(make_world):
    world = make_world(Rules(counts=Counts.CHOSEN))
    client = world.browser("ada")
    first = world.submission(client)
    world.grade(RIGHT)
    world.now += MINUTE
    world.submission(client)
    world.grade(WRONG)
    client.post(f"/submissions/{first}/choose")
    assert re.search(r"1 Fri 20 Nov, 13:00 30.00 / 30 counts", _page(world))


def test_our_fault_is_called_ours_and_scores_nothing(world):
    client = world.browser("ada")
    number = world.submission(client)
    with world.database.transaction() as session:
        session.get(Grading, world.dispatcher.sent[-1]).allowed = 1
    claimed = claim(world.database, world.dispatcher.sent[-1])
    world.dispatcher.sent.append(claimed.grading_id)
    with world.database.transaction() as session:
        gradings.give_up(session, claimed.grading_id, claimed.attempt, "box 7 was lost", now=NOW)
        assert session.get(Grading, claimed.grading_id).status is Status.INTERNAL_ERROR
    page = client.get(f"/submissions/{number}").text
    assert "This is our fault: it does not use up an attempt, and the course’s staff has been told." in page
    assert "box 7" not in page
    assert "0.00" not in page
    assert "Box 7 was lost." in world.browser("ta").get(f"/submissions/{number}").text


def test_queue_is_told_in_words(world):
    said = ("You are next.", "1 submission is before yours.", "2 submissions are before yours.")
    clients = [world.browser(who) for who in ("eve", "bob", "ada")]
    numbers = [world.submission(client) for client in clients]
    for client, number, words in zip(clients, numbers, said, strict=True):
        page = client.get(f"/submissions/{number}/progress", headers={"HX-Request": "true"}).text
        assert words in page
        assert 'hx-trigger="every 2s"' in page


def test_own_file_comes_back_as_it_was(world):
    client = world.browser("ada")
    content = b"\xef\xbb\xbfclass MLP:\r\n    pass\r\n"
    number = world.submission(client, files={"mlp.py": content})
    answer = client.get(f"/submissions/{number}/files/mlp.py")
    assert answer.data == content
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/submissions/{number}/files/other.py").status_code == 404
    page = client.get(f"/submissions/{number}").text
    assert "<code>class MLP:</code>" in page
    assert "2 lines" in page


def test_handout_is_a_zip_of_what_students_start_from(world):
    answer = world.browser("ada").get(f"/assignments/{world.room.assignment.id}/handout.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.namelist() == ["mlp.py", "requirements.txt"]
        assert archive.read("requirements.txt") == requirements()
    assert "nets-handout.zip" in answer.headers["Content-Disposition"]


def test_page_says_what_submissions_are_graded_with(world):
    page = world.browser("ada").get(f"/assignments/{world.room.assignment.id}").text
    (python, number), *packages = versions()
    assert f"<dt>Graded with</dt><dd>{python} {number}, NumPy " in page
    assert all(f"{name} {version}" in page for name, version in packages)
