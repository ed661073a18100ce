"""The queue in a file, and which brokers can be used."""

import sqlite3

import pytest

from grader.config import Settings
from grader.database.tables.words import QUEUES
from grader.errors import SettingsError
from grader.queue.broker import make_app
from grader.queue.sending import CelerySender
from grader.services.grading.gradings import Address


@pytest.fixture
def settings(tmp_path):
    return Settings(data=str(tmp_path))


def _take_all(settings, queues):
    """Return the numbers in the order in which a worker of these queues gets them."""
    taken = []
    app = make_app(settings)
    with app.connection_for_read() as connection:
        entities = [app.amqp.queues[name] for name in queues]

        def receive(body, message):
            taken.append(body[0][0])
            message.ack()

        with connection.Consumer(entities, callbacks=[receive]):
            while True:
                try:
                    connection.drain_events(timeout=0.2)
                except TimeoutError:
                    break
    app.close()
    return taken


def _send(settings, *addresses):
    sender = CelerySender(settings)
    assert all(sender.send(Address(*each)) for each in addresses)
    sender.close()


def test_messages_come_once_and_in_order(settings):
    _send(settings, *((number, QUEUES[0]) for number in range(20)))
    assert _take_all(settings, QUEUES[:1]) == list(range(20))
    assert _take_all(settings, QUEUES[:1]) == []


def test_urgent_queue_is_emptied_first(settings):
    _send(settings, (1, "regrade.cpu"), (2, "interactive.cpu"), (3, "regrade.cpu"), (4, "interactive.cpu"))
    assert _take_all(settings, ("interactive.cpu", "regrade.cpu")) == [2, 4, 1, 3]


def test_other_queues_are_left_alone(settings):
    _send(settings, (1, "interactive.gpu"), (2, "interactive.cpu"))
    assert _take_all(settings, ("interactive.cpu", "regrade.cpu")) == [2]


def test_nothing_is_kept_of_what_was_taken(settings, tmp_path):
    _send(settings, *((number, QUEUES[0]) for number in range(5)))
    _take_all(settings, QUEUES[:1])
    connection = sqlite3.connect(tmp_path / "queue.db")
    assert connection.execute("SELECT count(*) FROM messages").fetchone() == (0,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_length_is_told(settings):
    sender = CelerySender(settings)
    assert sender.waiting(QUEUES[0]) == 0
    _send(settings, *((number, QUEUES[0]) for number in range(3)))
    assert sender.waiting(QUEUES[0]) == 3
    sender.close()


@pytest.mark.parametrize("url", ["amqp://host", "memory://", "filesystem://", "sqla+sqlite:///q.db", "x"])
def test_other_brokers_are_refused(url):
    with pytest.raises(SettingsError, match="queue"):
        make_app(Settings(broker_url=url))


def test_queues_are_served_in_the_order_of_their_urgency():
    assert QUEUES == ("interactive.cpu", "interactive.gpu", "regrade.cpu", "regrade.gpu")


def test_file_that_can_t_be_opened_is_a_queue_that_is_away(tmp_path):
    sender = CelerySender(Settings(broker_url=f"sqlite:///{tmp_path}"))
    assert not sender.send(Address(1, QUEUES[0]))
    assert sender.waiting(QUEUES[0]) is None


def test_message_not_acknowledged_comes_back_when_its_receiver_closes(settings):
    _send(settings, (7, QUEUES[0]))
    app = make_app(settings)
    with app.connection_for_read() as connection:
        with connection.Consumer([app.amqp.queues[QUEUES[0]]], callbacks=[lambda *_: None]):
            connection.drain_events(timeout=0.2)
    app.close()
    assert _take_all(settings, QUEUES[:1]) == [7]
