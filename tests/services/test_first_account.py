"""The first account's link: it works once, for a while, and for nobody once there is an administrator."""

import threading
from datetime import timedelta

import pytest

from grader.database import passwords
from grader.database.tables import Invitation, User
from grader.errors import Conflict, NotFound, UsageError
from grader.services.act import Act
from grader.services.people import accounts, first_account
from tests.classroom import NOW

HASHED = passwords.hashed("three or four words")


def link(database, now=NOW):
    with database.transaction() as session:
        return first_account.link(session, now=now)


def make(database, secret, email="ada@example.org", now=NOW):
    with database.transaction() as session:
        return first_account.make(session, secret, email, "Ada", HASHED, now=now).id


def test_link_makes_an_administrator_once_and_only_its_digest_is_kept(database):
    secret = link(database)
    with database.reading() as session:
        first_account.check(session, secret, now=NOW)
        assert secret not in [each.digest for each in session.query(Invitation)]
    number = make(database, secret)
    with database.reading() as session:
        assert session.get(User, number).is_admin
        assert accounts.authenticate(session, "ada@example.org", "three or four words").id == number
    with pytest.raises(NotFound):
        make(database, secret, "eve@example.org")
    with pytest.raises(Conflict, match="already an administrator"):
        link(database)


def test_newer_link_ends_the_older_and_time_ends_both(database):
    older, newer = link(database), link(database)
    for secret, now in ((older, NOW), (newer, NOW + first_account.LASTS), ("unknown", NOW)):
        with pytest.raises(NotFound):
            make(database, secret, now=now)
    assert make(database, newer, now=NOW + first_account.LASTS - timedelta(seconds=1))


def test_link_ends_when_there_is_an_administrator_from_elsewhere(database):
    secret = link(database)
    with database.transaction() as session:
        accounts.create_user(Act(session, None, NOW), "root@example.org", "Root", is_admin=True)
    with pytest.raises(NotFound):
        make(database, secret)


def test_mistake_in_the_form_uses_no_link_up_and_nobody_elses_account_is_taken(database):
    secret = link(database)
    with database.transaction() as session:
        accounts.create_user(Act(session, None, NOW), "bob@example.org", "Bob")
    for email, error in (("nonsense", UsageError), ("bob@example.org", Conflict)):
        with pytest.raises(error):
            make(database, secret, email)
    assert make(database, secret)


def test_link_is_no_invitation_and_no_reset(database):
    secret = link(database)
    with database.transaction() as session:
        with pytest.raises(NotFound):
            accounts.invitation(session, secret, now=NOW)
        with pytest.raises(NotFound):
            accounts.accept_invitation(session, secret, now=NOW, password=HASHED)


def test_of_links_that_are_used_at_the_same_time_one_wins(database):
    secrets = [link(database), link(database)]
    with database.transaction() as session:  # as when two services print one in the same moment
        session.query(Invitation).update({"expires_at": NOW + timedelta(days=1)})
    start, ended = threading.Barrier(4), []

    def use(number):
        start.wait(180)
        try:
            ended.append(make(database, secrets[number % 2], f"user{number}@example.org"))
        except NotFound:
            ended.append(0)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(map(bool, ended)) == [False, False, False, True]
    with database.reading() as session:
        assert session.query(User).filter_by(is_admin=True).count() == 1
