"""Two instructors who work on one draft at the same moment."""

import threading

import pytest

from grader.database.db import Session
from grader.database.store import courses
from grader.errors import Conflict, NotFound
from grader.services.act import Act, Visit
from grader.services.tests import drafts, publishing
from tests.services.drafting import Studio


@pytest.fixture
def studio(database):
    return Studio(database)


def _at_once(studio, step):
    """Let both take a step, each in a thread and a transaction; returns what came of it by name."""
    came, start = {}, threading.Barrier(2)

    def work(name):
        start.wait()
        try:
            with studio.database.transaction() as session:
                came[name] = step(session, studio.actor(session, name))
        except (Conflict, NotFound) as error:
            came[name] = error

    threads = [threading.Thread(target=work, args=(name,)) for name in ("instructor", "ta")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return came


def test_one_publishes_and_the_other_is_told_by_whom(studio):
    studio.save({"text.md": b"# Better\n"})
    seen = studio.seen()

    def publish(session: Session, actor):
        draft = studio.draft(session)
        return publishing.publish(Visit(session, actor, studio.now), draft, **seen).id

    came = _at_once(studio, publish)
    refused = {name: each for name, each in came.items() if isinstance(each, Exception)}
    [(loser, error)] = refused.items()
    winner = {"instructor": "Ta", "ta": "Instructor"}[loser]
    assert f"{winner} made version" in str(error)
    with studio.database.reading() as session:
        assert len(courses.suites(session, studio.room.assignment.id)) == 2


def test_one_saves_a_file_and_the_other_keeps_the_text(studio):
    studio.save({})
    with studio.database.reading() as session:
        seen = drafts.digests(session, drafts.of(session, studio.assignment(session)))

    def save(session: Session, actor):
        changes = {"text.md": actor.name.encode()}
        drafts.save(Act(session, actor, studio.now), studio.draft(session), changes, seen)

    came = _at_once(studio, save)
    refused = [name for name, each in came.items() if isinstance(each, Exception)]
    assert len(refused) == 1
    assert studio.files()["text.md"] == {"instructor": b"Ta", "ta": b"Instructor"}[refused[0]]


def test_both_begin_the_same_draft(studio):
    came = _at_once(studio, lambda session, actor: studio.draft(session, actor.email.split("@")[0]).id)
    assert len(set(came.values())) == 1
