from datetime import timedelta

import pytest

from grader.database import passwords
from grader.database.store import people
from grader.database.tables import Course, Role, Token, User
from grader.errors import Conflict, NotAllowed, NotFound, UsageError
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.people import accounts
from tests.classroom import MINUTE, NOW, open_classroom
from tests.databases import contents

PASSWORD = "correct horse battery"
HASH = passwords.hashed(PASSWORD)
OTHER = passwords.hashed("another long password")


@pytest.fixture
def room(database):
    with database.transaction() as session:
        return open_classroom(session)


def _invite(database, room, email, role=Role.STUDENT):
    with database.transaction() as session:
        course = session.get(Course, room.course.id)
        return accounts.invite(Act(session, room.instructor, NOW), course, email, role)


def _accept(database, secret, password=None, at=NOW):
    with database.transaction() as session:
        return accounts.accept_invitation(session, secret, now=at, password=password)


def _authenticate(database, email, password):
    with database.reading() as session:
        return accounts.authenticate(session, email, password)


def _reset_link(database, actor, user):
    with database.transaction() as session:
        return accounts.reset_link(Act(session, actor, NOW), session.get(User, user.id))


def test_only_the_right_password_signs_in(database):
    with database.transaction() as session:
        user = accounts.create_user(Act(session, None, NOW), " Ada@Example.org ", "Ada", password=HASH)
        accounts.create_user(Act(session, None, NOW), "new@example.org", "New")
    assert user.email == "ada@example.org"
    assert _authenticate(database, "ADA@example.org", PASSWORD).id == user.id
    for email, password in (
        ("ada@example.org", PASSWORD + "x"),
        ("ada@example.org", ""),
        ("ada@example.org", "x" * 2000),
        ("ada@example.org", "\ud800 no character"),
        ("new@example.org", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("nul\0@example.org", PASSWORD),
    ):
        assert _authenticate(database, email, password) is None


def test_address_has_one_account(database):
    with database.transaction() as session:
        accounts.create_user(Act(session, None, NOW), "ada@example.org", "Ada")
    with pytest.raises(Conflict), database.transaction() as session:
        accounts.create_user(Act(session, None, NOW), "ADA@example.org", "Ada")


@pytest.mark.parametrize("email", ["", "ada", "@example.org", "a b@example.org", "a\0@b", "a@" + "b" * 400])
def test_address_that_is_none_is_refused(database, email):
    with pytest.raises(UsageError), database.transaction() as session:
        accounts.create_user(Act(session, None, NOW), email, "Ada")


@pytest.mark.parametrize("password", ["", "123456789", "x" * 1001])
def test_password_has_a_length(password):
    with pytest.raises(UsageError):
        passwords.hashed(password)


def test_new_password_signs_out_everywhere(database, room):
    with database.transaction() as session:
        user = session.get(User, room.ada.id)
        before = user.session_version
        accounts.change_password(Act(session, None, NOW), user, HASH)
        accounts.revoke_sessions(Act(session, None, NOW), user)
    assert user.session_version == before + 2


def test_invitation_makes_an_account_and_works_once(database, room):
    secret = _invite(database, room, "New@example.org", Role.TA)
    with pytest.raises(UsageError):
        _accept(database, secret)
    user = _accept(database, secret, HASH)
    with database.reading() as session:
        assert people.enrolment(session, room.course.id, user.id).role is Role.TA
    assert _authenticate(database, "new@example.org", PASSWORD).id == user.id
    with pytest.raises(NotFound):
        _accept(database, secret, OTHER)


def test_invitation_ends(database, room):
    secret = _invite(database, room, "new@example.org")
    with pytest.raises(NotFound):
        _accept(database, secret, HASH, NOW + accounts.INVITATION_LASTS + MINUTE)
    with pytest.raises(NotFound):
        _accept(database, "made up", HASH)


def test_newer_invitation_takes_the_place_of_the_older(database, room):
    old, new = (_invite(database, room, "new@example.org") for _ in range(2))
    with pytest.raises(NotFound):
        _accept(database, old, HASH)
    assert _accept(database, new, HASH).email == "new@example.org"


def test_invitation_opens_nobody_elses_account(database, room):
    with database.transaction() as session:
        accounts.change_password(Act(session, None, NOW), session.get(User, room.admin.id), HASH)
    secret = _invite(database, room, room.admin.email)
    assert _accept(database, secret, OTHER).id == room.admin.id
    assert _authenticate(database, room.admin.email, PASSWORD).id == room.admin.id


def test_invitation_as_student_takes_no_staff_role_away(database, room):
    with database.transaction() as session:
        accounts.change_password(Act(session, None, NOW), session.get(User, room.ta.id), HASH)
    _accept(database, _invite(database, room, room.ta.email))
    with database.reading() as session:
        assert people.enrolment(session, room.course.id, room.ta.id).role is Role.TA


def test_reset_sets_a_password(database, room):
    user = _accept(database, _reset_link(database, room.instructor, room.ada), HASH)
    assert user.id == room.ada.id
    assert _authenticate(database, room.ada.email, PASSWORD).id == room.ada.id


def test_reset_is_not_for_everybody(database, room):
    for actor, user in (
        (room.instructor, room.admin),
        (room.instructor, room.ta),
        (room.instructor, room.stranger),
        (room.ta, room.ada),
        (room.ada, room.bob),
    ):
        with pytest.raises(NotAllowed):
            _reset_link(database, actor, user)
    assert _reset_link(database, room.admin, room.instructor)
    assert _reset_link(database, None, room.admin)


def test_student_who_is_staff_elsewhere_is_reset_by_no_instructor(database, room):
    with database.transaction() as session:
        act = Act(session, room.stranger, NOW)
        other = courses.create_course(act, "other", "Other")
        ada = session.get(User, room.ada.id)
        courses.enrol(act, other, ada, Role.TA)
    with pytest.raises(NotAllowed):
        _reset_link(database, room.instructor, room.ada)


def test_token_stands_for_its_owner_until_it_is_revoked(database, room):
    with database.transaction() as session:
        token, secret = accounts.create_token(session, room.ada, "laptop", now=NOW)
    assert secret not in str(vars(token))
    with database.reading() as session:
        assert accounts.user_of_token(session, secret).id == room.ada.id
        assert accounts.user_of_token(session, secret + "x") is None
    for at in (NOW, NOW + MINUTE):
        with database.transaction() as session:
            accounts.note_token_use(session, secret, now=at)
    with database.reading() as session:
        assert session.get(Token, token.id).last_used_at == NOW
    with pytest.raises(NotFound), database.transaction() as session:
        accounts.revoke_token(session, room.bob, token.id, now=NOW)
    with database.transaction() as session:
        accounts.revoke_token(session, room.ada, token.id, now=NOW)
    with database.reading() as session:
        assert accounts.user_of_token(session, secret) is None


def test_no_secret_is_in_the_database(database, room):
    secret = _invite(database, room, "new@example.org")
    reset = _reset_link(database, room.admin, room.ada)
    with database.transaction() as session:
        _, token = accounts.create_token(session, room.ada, "laptop", now=NOW)
        accounts.create_user(Act(session, None, NOW), "p@example.org", "P", password=HASH)
    everything = str(contents(database))
    assert not [each for each in (secret, reset, token, PASSWORD) if each in everything]


def test_course_takes_its_maker_as_instructor(database, room):
    with database.transaction() as session:
        course = courses.create_course(Act(session, room.stranger, NOW), "more", "More")
        assert people.enrolment(session, course.id, room.stranger.id).role is Role.INSTRUCTOR
    with pytest.raises(Conflict), database.transaction() as session:
        courses.create_course(Act(session, room.stranger, NOW), "more", "More")


@pytest.mark.parametrize("more", [{"zone": "Mars/Olympus"}, {"zone": "/etc/passwd"}, {"slug": "No Slug"}])
def test_course_that_makes_no_sense_is_refused(database, more):
    given = {"slug": "more", "title": "More"} | more
    with pytest.raises(UsageError), database.transaction() as session:
        courses.create_course(Act(session, None, NOW), given.pop("slug"), given.pop("title"), **given)


def test_invitation_lasts_two_weeks():
    assert timedelta(days=14) == accounts.INVITATION_LASTS
