"""Nobody gets at what isn't theirs: every route × method × person. Routes are taken from the application."""

import re
import shutil
from pathlib import Path

import pytest

from grader.arithmetic.deadlines import Counts
from grader.database.store import people as store
from grader.database.tables import AssignmentRow, Grading, RegradeRequest, Role, TrialKind, User
from grader.model import Status
from grader.services.act import Act, Visit
from grader.services.courses import courses, suites
from grader.services.courses.courses import Rules
from grader.services.grading import gradings
from grader.services.people import accounts
from grader.services.regrades import regrades
from grader.services.tests import drafts, trials
from grader.web.frame import caching
from tests.classroom import NOW
from tests.databases import fresh
from tests.web.conftest import World
from tests.web.doubles import RIGHT, claim

SECRET = b"class MLP: secret = 'only for the team'\n"
WHO = ("anonymous", "stranger", "rival", "eve", "ada", "bob", "ta", "instructor", "admin")
EVERYBODY = frozenset(WHO)
SIGNED_IN = EVERYBODY - {"anonymous"}
IN_COURSE = SIGNED_IN - {"stranger", "rival"}
TEAM_AND_STAFF = IN_COURSE - {"eve"}
STAFF = frozenset({"ta", "instructor", "admin"})
TEACHERS = frozenset({"instructor", "admin"})

# endpoint, method → (who may, who is told that they may not; all others are told there is no such thing).
# A route that is not in here fails the test: whoever adds one says here whom it serves.
ROUTES = {
    ("static", "GET"): (EVERYBODY, ()),
    ("auth.sign_in", "GET"): (EVERYBODY, ()),
    ("auth.sign_in", "POST"): (EVERYBODY, ()),
    ("auth.sign_out", "POST"): (EVERYBODY, ()),
    ("auth.invitation", "GET"): (EVERYBODY, ()),
    ("auth.invitation", "POST"): (EVERYBODY, ()),
    ("auth.first_account", "GET"): (EVERYBODY, ()),
    ("auth.first_account", "POST"): (EVERYBODY, ()),
    ("auth.account", "GET"): (SIGNED_IN, ()),
    ("auth.account", "POST"): (SIGNED_IN, ()),
    ("auth.data", "GET"): (SIGNED_IN, ()),
    ("auth.end_sessions", "POST"): (SIGNED_IN, ()),
    ("tokens.page", "GET"): (SIGNED_IN, ()),
    ("tokens.make", "POST"): (SIGNED_IN, ()),
    ("tokens.revoke", "POST"): ((), ()),  # of somebody else's token; one's own is tried in test_tokens
    ("student.assignments", "GET"): (SIGNED_IN, ()),
    ("student.course", "GET"): (IN_COURSE, ()),
    ("student.assignment", "GET"): (IN_COURSE, ()),
    ("student.hand_in", "POST"): (IN_COURSE, ()),
    ("student.handout", "GET"): (IN_COURSE, ()),
    ("student.submission", "GET"): (TEAM_AND_STAFF, ()),
    ("student.progress", "GET"): (TEAM_AND_STAFF, ()),
    ("student.choose", "POST"): (TEAM_AND_STAFF, ()),
    ("student.file", "GET"): (TEAM_AND_STAFF, ()),
    ("teams.team", "GET"): (IN_COURSE, ()),
    ("teams.form", "POST"): (STAFF, IN_COURSE - STAFF),
    ("teams.found", "POST"): (IN_COURSE, ()),
    ("teams.join", "POST"): (IN_COURSE, ()),
    ("teams.leave", "POST"): (IN_COURSE, ()),
    ("staff.submissions", "GET"): (STAFF, IN_COURSE - STAFF),
    ("class_page.figures", "GET"): (STAFF, IN_COURSE - STAFF),
    ("gradebook.page", "GET"): (STAFF, IN_COURSE - STAFF),
    ("gradebook.table", "GET"): (STAFF, IN_COURSE - STAFF),
    ("judgement.judge", "GET"): (STAFF, TEAM_AND_STAFF - STAFF),
    ("judgement.step", "POST"): (STAFF, TEAM_AND_STAFF - STAFF),  # what only instructors do: test_judgement
    ("judgement.show_pdf", "GET"): (TEAM_AND_STAFF, ()),
    ("judgement.ask", "POST"): (TEAM_AND_STAFF, ()),
    ("judgement.answer", "POST"): (STAFF, TEAM_AND_STAFF - STAFF),
    ("allowances.extensions", "GET"): (STAFF, IN_COURSE - STAFF),
    ("allowances.extend", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("allowances.take_back", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("allowances.excuse", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("allowances.requests", "GET"): (STAFF, IN_COURSE - STAFF),
    ("staff.retry", "POST"): (STAFF, TEAM_AND_STAFF - STAFF),
    ("staff.roster", "GET"): (STAFF, IN_COURSE - STAFF),
    ("staff.invite", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("staff.reset", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("beginnings.form", "GET"): (TEACHERS, IN_COURSE - TEACHERS),
    ("beginnings.download", "GET"): (STAFF, IN_COURSE - STAFF),
    ("beginnings.begin", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("settings.page", "GET"): (STAFF, IN_COURSE - STAFF),
    ("settings.change", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("course_settings.page", "GET"): (STAFF, IN_COURSE - STAFF),
    ("course_settings.change", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("log.page", "GET"): (STAFF, IN_COURSE - STAFF),
    ("dates.page", "GET"): (STAFF, IN_COURSE - STAFF),
    ("dates.change", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("dates.publish", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("regrades.listed", "GET"): (STAFF, IN_COURSE - STAFF),
    ("regrades.start", "POST"): (STAFF, IN_COURSE - STAFF),
    ("regrades.regrade", "GET"): (STAFF, IN_COURSE - STAFF),
    ("regrades.progress", "GET"): (STAFF, IN_COURSE - STAFF),
    ("regrades.step", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("regrades.table", "GET"): (STAFF, IN_COURSE - STAFF),
    ("tests.page", "GET"): (STAFF, IN_COURSE - STAFF),
    ("tests.save", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("tests.add", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("tests.rename", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("tests.remove", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("tests.upload", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("tests.discard", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("tests.download", "GET"): (STAFF, IN_COURSE - STAFF),
    ("tests.file", "GET"): (STAFF, IN_COURSE - STAFF),
    ("trials.start", "POST"): (STAFF, IN_COURSE - STAFF),
    ("trials.trial", "GET"): (STAFF, IN_COURSE - STAFF),
    ("trials.progress", "GET"): (STAFF, IN_COURSE - STAFF),
    ("trials.cancel", "POST"): (STAFF, IN_COURSE - STAFF),
    ("trials.hand_in", "GET"): (STAFF, IN_COURSE - STAFF),
    ("versions.listed", "GET"): (STAFF, IN_COURSE - STAFF),
    ("versions.download", "GET"): (STAFF, IN_COURSE - STAFF),
    ("versions.make_draft", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("versions.remove", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("versions.changes", "GET"): (STAFF, IN_COURSE - STAFF),
    ("versions.publish_form", "GET"): (TEACHERS, IN_COURSE - TEACHERS),
    ("versions.publish", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("exports.page", "GET"): (STAFF, IN_COURSE - STAFF),
    ("exports.grades", "GET"): (STAFF, IN_COURSE - STAFF),
    ("exports.filled", "POST"): (STAFF, IN_COURSE - STAFF),
    ("exports.submissions", "GET"): (STAFF, IN_COURSE - STAFF),
    ("exports.gradescope", "GET"): (STAFF, IN_COURSE - STAFF),
    ("rosters.form", "GET"): (TEACHERS, IN_COURSE - TEACHERS),
    ("rosters.take", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("rosters.unenrol", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
    ("operations.healthz", "GET"): (EVERYBODY, ()),
    ("operations.readyz", "GET"): (EVERYBODY, ()),
    ("operations.metrics", "GET"): (EVERYBODY, ()),  # of this machine: tests/operations
    ("api.openapi", "GET"): (EVERYBODY, ()),
    ("api.account", "GET"): (SIGNED_IN, ()),
    ("api.courses", "GET"): (SIGNED_IN, ()),
    ("api.assignment", "GET"): (IN_COURSE, ()),
    ("api.history", "GET"): (IN_COURSE, ()),
    ("api.submit", "POST"): (IN_COURSE, ()),
    ("api.submission", "GET"): (TEAM_AND_STAFF, ()),
    ("api.start_regrade", "POST"): (STAFF, IN_COURSE - STAFF),
    ("api.regrade", "GET"): (STAFF, IN_COURSE - STAFF),
    ("api.regrade_changes", "GET"): (STAFF, IN_COURSE - STAFF),
    ("api.step_regrade", "POST"): (TEACHERS, IN_COURSE - TEACHERS),
}
FORMS = {
    "auth.invitation": {"password": "short", "again": "short"},
    "staff.invite": {"people": "new@example.org New", "role": "student"},
    "regrades.start": {"students": "ada@example.org"},
    "regrades.step": {"step": "drop"},  # who may stop it is tried below
    "api.start_regrade": {"students": ["ada@example.org"]},
    "api.step_regrade": {"step": "drop"},
    "settings.change": {"title": "Nets"},
    "course_settings.change": {"storage": "2"},
    "tests.save": {"name": "test_new.py", "text": "secret = 1", "seen": ""},
    "tests.add": {"name": "test_new.py"},
    "tests.rename": {"name": "test_nets.py", "new": "test_other.py"},
    "tests.remove": {"name": "test_nets.py"},
    "trials.start": {"kind": "verify"},
    "judgement.answer": {"answer": "No.", "decision": "decline"},
    "rosters.take": {"roster": "e-mail\nnew@example.org"},
    "teams.form": {"name": "others", "members": "nobody@example.org"},
}
# What a request that is let through may answer: done, or a refusal of this very request by its own rules.
LET_THROUGH = {200, 201, 302, 303, 400, 409, 422, 503}


@pytest.fixture(scope="module")
def built(request, tmp_path_factory):
    """A world and a copy of its database: building it for each of so many tests would take minutes."""
    folder = tmp_path_factory.mktemp("place")
    with fresh("sqlite", request, folder) as database:
        world = World(database, folder, Rules(team_size=2, counts=Counts.CHOSEN), TESTING=True)
        _build(world)
        world.sent = list(world.dispatcher.sent)
        database.close()
        copy = shutil.copy(folder / "chainrule.db", folder / "copy.db")
        yield world, copy


@pytest.fixture
def place(built):
    """Ada and Bob are a team, Ada has handed in and it was given up; a rival teaches another course."""
    world, copy = built
    world.database.close()
    for name in ("chainrule.db-wal", "chainrule.db-shm"):
        Path(copy).with_name(name).unlink(missing_ok=True)
    shutil.copy(copy, Path(copy).with_name("chainrule.db"))
    world.dispatcher.sent[:] = world.sent
    for limiter in world.app.extensions["limiter"]:
        limiter.reset()
    return world


def _build(world):
    with world.database.transaction() as session:
        room = world.room
        people = [session.get(User, each.id) for each in (room.ada, room.bob)]
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.form_team(Act(session, None, NOW), assignment, "Team A", people)
        rival = session.get(User, room.eve.id)
        rival = User(
            email="rival@example.org",
            name="Rival",
            password_hash=rival.password_hash,
            is_admin=False,
            created_at=NOW,
        )
        session.add(rival)
        session.flush()
        other = courses.create_course(Act(session, rival, NOW), "other", "Other")
        courses.enrol(Act(session, rival, NOW), other, rival, Role.INSTRUCTOR)
    files = {"mlp.py": SECRET, "theory.pdf": b"%PDF-1.4 only for the team"}
    world.number = world.submission(world.browser("ada"), files=files)
    claimed = claim(world.database, world.dispatcher.sent[-1])
    with world.database.transaction() as session:
        session.get(Grading, claimed.grading_id).allowed = 1
        gradings.give_up(session, claimed.grading_id, claimed.attempt, "the box was lost", now=NOW)
        assignment = session.get(AssignmentRow, room.assignment.id)
        suite = suites.live_suite(session, assignment)
        started = regrades.start(Act(session, None, NOW), assignment, suite, secret=b"s" * 32)
        world.regrade = started.regrade.id
        world.suite = suite.id
        world.request = _request(session, room, world.number)
        ada = session.get(User, room.ada.id)
        world.extension = courses.extend(Act(session, None, NOW), assignment, ada).id
        actor = session.get(User, room.instructor.id)
        draft = drafts.begin(Act(session, actor, NOW), assignment)
        found = trials.sound(session, draft)
        verify = trials.start(
            Visit(session, actor, NOW),
            draft,
            found,
            TrialKind.VERIFY,
            trials.of_samples(found),
            secret=b"s" * 32,
        )
        world.trial = verify.trial.id
        nobody = accounts.create_user(Act(session, None, NOW), "nobody@example.org", "Nobody")
        session.flush()
        world.token = accounts.create_token(session, nobody, "test", now=NOW)[0].id
    return world


def _request(session, room, number):
    """Keep a request, which nobody can make before there is a result."""
    said = {"asked_by_id": room.ada.id, "text": "only for the team", "asked_at": NOW}
    row = RegradeRequest(submission_id=number, **said)
    session.add(row)
    session.flush()
    return row.id


def _values(world):
    return {
        "course_id": world.room.course.id,
        "assignment_id": world.room.assignment.id,
        "submission_id": world.number,
        "user_id": world.room.eve.id,
        "filename": "style.css",
        "regrade_id": world.regrade,
        "trial_id": world.trial,
        "suite_id": world.suite,
        "place": 0,
        "token_id": world.token,
        "tab": "text",
        "file_name": "assignment.toml",
        "request_id": world.request,
        "extension_id": world.extension,
        "pdf": "theory.pdf",
        "name": "mlp.py",
        "secret": "no-such-secret",
    }


def _routes(app):
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method


def _ask(world, who, rule, method):
    values = _values(world)
    with world.app.test_request_context():
        url = world.app.url_map.bind("localhost").build(
            rule.endpoint, {name: values[name] for name in rule.arguments}, method
        )
    known = None if who == "anonymous" else who
    if rule.endpoint.startswith("api."):
        headers = {"Authorization": f"Bearer {_token(world, known)}"} if known else {}
        body = FORMS.get(rule.endpoint)
        return world.browser().open(url, method=method, headers=headers, json=body, buffered=True)
    return world.browser(known).open(url, method=method, data=FORMS.get(rule.endpoint, {}), buffered=True)


def _token(world, who):
    with world.database.transaction() as session:
        user = store.user_by_email(session, f"{who}@example.org")
        return accounts.create_token(session, user, "test", now=NOW)[1]


def test_every_route_is_known(place):
    assert {(rule.endpoint, method) for rule, method in _routes(place.app)} == set(ROUTES)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(("endpoint", "method"), ROUTES, ids=lambda each: each)
def test_route_serves_whom_it_should(place, endpoint, method, who):
    [rule] = [rule for rule, verb in _routes(place.app) if (rule.endpoint, verb) == (endpoint, method)]
    may, told = ROUTES[endpoint, method]
    answer = _ask(place, who, rule, method)
    if endpoint in ("auth.invitation", "auth.first_account"):
        assert answer.status_code == 404
    elif who in may:
        assert answer.status_code in LET_THROUGH | ({403} if endpoint == "auth.sign_in" else set())
        assert who == "anonymous" or "/sign-in" not in (answer.location or "") or method == "POST"
    elif who == "anonymous":
        if endpoint.startswith("api."):
            assert answer.status_code == 401
        else:
            assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/sign-in")
    else:
        assert answer.status_code == (403 if who in told else 404)
    assert answer.headers.getlist("Cache-Control") == [
        caching.ASK_FIRST if endpoint == "static" else "private, no-store"
    ]
    if who not in TEAM_AND_STAFF:
        assert b"only for the team" not in answer.data
        assert b"Team A" not in answer.data
        assert b"the box was lost" not in answer.data


@pytest.mark.parametrize("who", ["anonymous", "stranger", "eve"])
def test_what_isnt_ones_own_looks_like_what_isnt_there(place, who):
    client = place.browser(None if who == "anonymous" else who)
    theirs = client.get(f"/submissions/{place.number}")
    nobodys = client.get("/submissions/999999")
    assert theirs.status_code == nobodys.status_code
    varies = r'submissions(/|%2F)\d+|name="csrf_token" value="[^"]+"'
    assert re.sub(varies, "", theirs.text) == re.sub(varies, "", nobodys.text)


def test_team_mate_sees_the_submission_and_another_student_does_not(place):
    for who, status in (("bob", 200), ("eve", 404)):
        client = place.browser(who)
        listed = client.get(f"/assignments/{place.room.assignment.id}").text
        assert (f"/submissions/{place.number}" in listed) == (status == 200)
        assert client.get(f"/submissions/{place.number}/files/mlp.py").status_code == status


def test_assignment_that_isnt_open_yet_isnt_there_for_students(place):
    with place.database.transaction() as session:
        session.get(AssignmentRow, place.room.assignment.id).opens_at = NOW.replace(year=2027)
    url = f"/assignments/{place.room.assignment.id}"
    for path in (url, f"{url}/handout.zip"):
        assert place.browser("eve").get(path).status_code == 404
        assert place.browser("ta").get(path).status_code == 200
    assert place.hand_in(place.browser("eve")).status_code == 404


def test_retry_queues_what_we_gave_up_and_sends_it(place):
    answer = place.browser("ta").post(f"/submissions/{place.number}/retry")
    assert answer.status_code == 302
    assert place.dispatcher.sent == [place.dispatcher.sent[0]] * 2
    place.grade(RIGHT)
    with place.database.reading() as session:
        assert session.get(Grading, place.dispatcher.sent[0]).status is Status.GRADED


def test_assistants_may_stop_a_regrade_and_only_instructors_decide(place):
    url = f"/regrades/{place.regrade}"
    for step in ("pause", "continue", "cancel"):
        assert place.browser("eve").post(url, data={"step": step}).status_code == 403
        assert place.browser("ta").post(url, data={"step": step}).status_code == 303
    for step in ("live", "drop"):
        assert place.browser("ta").post(url, data={"step": step}).status_code == 403
        assert place.browser("instructor").post(url, data={"step": step}).status_code == 409
