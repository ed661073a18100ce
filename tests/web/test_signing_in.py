"""Signing in and out, sessions that end, invitations, passwords, and the walls around forms."""

import re

import pytest

from grader.database.tables import Course, Role, User
from grader.services.act import Act
from grader.services.courses.courses import Rules
from grader.services.people import accounts, first_account
from grader.web.frame import safety
from tests.classroom import NOW
from tests.web.doubles import PASSWORD

NEW = "three or four words"


def _token(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


def test_right_password_leads_to_where_one_wanted_to_go(world):
    client = world.browser()
    sent = client.get("/assignments/1?x=1")
    assert sent.location == "/sign-in?next=/assignments/1?x%3D1"
    answer = client.post(sent.location, data={"email": " ADA@example.org", "password": PASSWORD})
    assert answer.location == "/assignments/1?x=1"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "next_", ["//evil.org", "https://evil.org", "/\\evil.org", "javascript:x", "/\t/evil.org"]
)
def test_signing_in_never_leads_to_another_site(world, next_):
    client = world.browser()
    answer = client.post(
        "/sign-in", query_string={"next": next_}, data={"email": "ada@example.org", "password": PASSWORD}
    )
    assert answer.location == "/"


def test_wrong_password_and_unknown_address_read_the_same(world):
    pages = [world.sign_in(world.browser(), name, "wrong password") for name in ("ada", "nobody")]
    assert [page.status_code for page in pages] == [403, 403]
    texts = [re.sub(r'value="[^"]+"', "", page.text) for page in pages]
    assert texts[0] == texts[1]


def test_guessing_is_slowed_down_for_an_account_and_others_still_get_in(world):
    guesser = world.browser()
    answers = [world.sign_in(guesser, "ada", "wrong password").status_code for _ in range(11)]
    assert answers == [403] * 10 + [429]
    assert world.sign_in(guesser, "ada").status_code == 429
    assert world.sign_in(guesser, "bob").status_code == 302


def test_signing_in_rightly_is_never_slowed_down(world):
    client = world.browser()
    assert {world.sign_in(client, "ada").status_code for _ in range(12)} == {302}


@pytest.mark.parametrize("how", ["/account/sessions", "password"])
def test_sessions_elsewhere_end(world, how):
    here, elsewhere = world.browser("ada"), world.browser("ada")
    if how == "password":
        answer = here.post("/account", data={"current": PASSWORD, "password": NEW, "again": NEW})
        assert answer.status_code == 302
        assert here.get("/").status_code == 200
        assert world.sign_in(world.browser(), "ada", NEW).status_code == 302
    else:
        here.post(how)
        assert here.get("/").status_code == 302
    assert elsewhere.get("/").location.startswith("/sign-in")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"current": "wrong", "password": NEW, "again": NEW}, "not your password"),
        ({"current": PASSWORD, "password": NEW, "again": "another"}, "passwords differ"),
        ({"current": PASSWORD, "password": "short", "again": "short"}, "10 characters or more"),
    ],
)
def test_password_is_not_changed_by_mistake(world, form, said):
    client = world.browser("ada")
    answer = client.post("/account", data=form)
    assert answer.status_code == 400
    assert said in answer.text
    assert world.sign_in(world.browser(), "ada").status_code == 302


def test_signing_out_ends_the_session_here(world):
    client = world.browser("ada")
    client.post("/sign-out")
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("kept", ["", "1", "x.1", "1.x", "999.1", "1.1.1", "-1.1"])
def test_cookie_that_names_nobody_signs_nobody_in(world, kept):
    client = world.browser()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = kept
    assert client.get("/").status_code == 302


def _invite(world, email="new@example.org", role=Role.STUDENT):
    with world.database.transaction() as session:
        course = session.get(Course, world.room.course.id)
        return accounts.invite(Act(session, None, NOW), course, email, role, name="New Person")


def test_invitation_makes_an_account_joins_the_course_and_works_once(world):
    link, client = f"/invitation/{_invite(world)}", world.browser()
    assert "New Person" in client.get(link).text
    answer = client.post(link, data={"name": "Nova", "password": NEW, "again": NEW})
    assert answer.location == "/"
    page = client.get("/").text
    assert "Nova" in page
    assert f"/assignments/{world.room.assignment.id}" in page
    again = world.browser().get(link)
    assert again.status_code == 404
    assert world.sign_in(world.browser(), "new", NEW).status_code == 302


def test_invitation_with_a_weak_password_can_be_tried_again(world):
    link, client = f"/invitation/{_invite(world)}", world.browser()
    assert client.post(link, data={"name": "Nova", "password": "short", "again": "short"}).status_code == 400
    assert client.post(link, data={"name": "Nova", "password": NEW, "again": NEW}).status_code == 302


def test_invitation_lets_nobody_into_an_account_that_exists(world):
    link, client = f"/invitation/{_invite(world, 'stranger@example.org')}", world.browser()
    client.post(link, data={"password": NEW, "again": NEW})
    assert client.get("/").status_code == 302
    assert world.sign_in(world.browser(), "stranger", NEW).status_code == 403
    assert world.browser("stranger").get(f"/courses/{world.room.course.id}").status_code == 200


def test_instructor_gives_out_a_link_that_sets_a_new_password(world):
    room = world.room
    page = world.browser("instructor").post(f"/courses/{room.course.id}/people/{room.ada.id}/reset").text
    link = re.search(r"http://localhost(/invitation/[\w-]+)", page)[1]
    client = world.browser()
    assert client.post(link, data={"password": NEW, "again": NEW}).status_code == 302
    assert world.sign_in(world.browser(), "ada").status_code == 403
    assert world.sign_in(world.browser(), "ada", NEW).status_code == 302


def test_no_instructor_resets_staff(world):
    room = world.room
    answer = world.browser("instructor").post(f"/courses/{room.course.id}/people/{room.ta.id}/reset")
    assert answer.status_code == 403


def test_instructor_invites_several_people_at_once(world):
    text = "one@example.org One\n\nTwo@example.org, Two Twoson\n"
    page = (
        world.browser("instructor")
        .post(f"/courses/{world.room.course.id}/people", data={"people": text, "role": "student"})
        .text
    )
    assert len(re.findall(r"/invitation/[\w-]{20,}", page)) == 2
    assert "two@example.org" in page


def test_nobody_is_invited_when_one_address_is_none(world):
    client = world.browser("instructor")
    answer = client.post(
        f"/courses/{world.room.course.id}/people", data={"people": "one@example.org\nnone", "role": "student"}
    )
    assert answer.status_code == 400
    assert "e-mail address" in answer.text
    assert "one@example.org" not in client.get(f"/courses/{world.room.course.id}/people").text


class TestForms:
    """With tokens asked for, as they are outside tests."""

    @pytest.fixture
    def world(self, make_world):
        return make_world(Rules(), WTF_CSRF_ENABLED=True)

    def test_form_without_a_token_changes_nothing_and_says_what_to_do(self, world):
        client = world.browser("ada")
        answer = client.post("/account/sessions")
        assert answer.status_code == 400
        assert "reload it and send it again" in answer.text
        assert client.get("/").status_code == 200

    def test_every_route_that_changes_something_asks_for_one(self, world):
        client = world.browser("admin")
        adapter = world.app.url_map.bind("localhost")
        for rule in world.app.url_map.iter_rules():
            if "POST" in rule.methods and not rule.endpoint.startswith("api."):
                values = {name: 1 if name.endswith("_id") else "text" for name in rule.arguments}
                url = adapter.build(rule.endpoint, values, "POST")
                answer = client.post(url)
                assert (answer.status_code, "open for too long" in answer.text) == (400, True), url

    def test_form_with_its_token_goes_through(self, world):
        client = world.browser()
        token = _token(client.get("/sign-in"))
        assert world.sign_in(client, "ada", csrf_token=token).status_code == 302


def test_headers_allow_nothing_of_others(world):
    for path in ("/sign-in", "/nowhere"):
        headers = world.browser().get(path).headers
        for name, source in safety.POLICY.items():
            assert f"{name} {source}" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "private, no-store"


def test_cookie_is_for_https_alone_where_browsers_come_by_it(world):
    plain, safe = (
        safety.options(settings, b"k" * 32)
        for settings in (world.settings, type(world.settings)(secret="s", https=True))
    )
    assert plain["SESSION_COOKIE_SECURE"] is False
    assert (safe["SESSION_COOKIE_SECURE"], safe["SESSION_COOKIE_NAME"]) == (True, "__Host-chainrule")
    assert plain["SESSION_COOKIE_HTTPONLY"]
    assert safe["SESSION_COOKIE_HTTPONLY"]


def test_removed_account_is_signed_out(world):
    client = world.browser("stranger")
    with world.database.transaction() as session:
        session.get(User, world.room.stranger.id).session_version += 1
    assert client.get("/").status_code == 302
    assert (
        client.get("/submissions/1/progress", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    )


def _first_link(world):
    """Print a link, as at the start of a service that has no administrator."""
    with world.database.transaction() as session:
        for each in session.query(User).filter_by(is_admin=True):
            each.is_admin = False
        return f"/first-account/{first_account.link(session, now=NOW)}"


def test_first_account_is_made_in_a_browser_and_signed_in(world):
    path, client = _first_link(world), world.browser()
    assert "Create the first account" in client.get(path).text
    form = {"email": " Root@example.org", "name": "Root", "password": NEW, "again": NEW}
    wrong = client.post(path, data=form | {"again": "another"})
    assert (wrong.status_code, "passwords differ" in wrong.text) == (400, True)
    assert 'value="Root"' in wrong.text
    assert client.post(path, data=form | {"email": "bob@example.org"}).status_code == 400
    done = client.post(path, data=form)
    assert (done.status_code, done.location) == (302, "/")
    assert "Root" in client.get("/account").text
    assert client.get("/").status_code == 200
    with world.database.reading() as session:
        assert accounts.authenticate(session, "root@example.org", NEW).is_admin
    for each in (client.get(path), world.browser().post(path, data=form | {"email": "eve2@example.org"})):
        assert each.status_code == 404
        assert "no longer valid" in each.text


@pytest.mark.parametrize("path", ["/invitation/never-made", "/invitation/x", "/first-account/never-made"])
def test_link_that_can_not_be_used_says_what_to_do(world, path):
    for answer in (world.browser().get(path), world.browser().post(path, data={"password": NEW})):
        assert answer.status_code == 404
        assert "no longer valid" in answer.text
        assert "works once" in answer.text
        assert "Sign in" in answer.text


def test_looking_at_a_link_without_its_page_uses_nothing_up(world):
    """Scanners of mail ask with HEAD, and a form may come with it: only POST, which needs a token, acts."""
    path, scanner = _first_link(world), world.browser()
    form = {"email": "root@example.org", "name": "Root", "password": NEW, "again": NEW}
    for each in (path, "/sign-in"):
        assert scanner.head(each, data=form).status_code == 200
    assert world.browser().post(path, data=form).status_code == 302
