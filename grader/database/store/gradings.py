"""The life of a grading: each step is one conditional statement, so that of two who try one succeeds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from grader.database.store.regrades import may_run
from grader.database.tables import CaseResultRow, Grading, Lease, Queue, SubmissionRow, Worker
from grader.model import Status


def add_many(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add gradings in one go."""
    if rows:
        session.execute(insert(Grading), [dict(each) for each in rows])


def claim(session: Session, grading_id: int, worker: str, now: datetime, until: datetime) -> Grading | None:
    """Give a waiting grading, or one whose worker fell silent, to a worker. One statement: one wins.

    What is part of a regrade that was stopped goes to nobody.
    """
    statement = (
        update(Grading)
        .where(
            Grading.id == grading_id,
            or_(
                Grading.status == Status.QUEUED,
                and_(Grading.status == Status.RUNNING, Grading.lease_until < now),
            ),
            Grading.attempt < Grading.allowed,
            may_run(),
        )
        .values(
            status=Status.RUNNING,
            attempt=Grading.attempt + 1,
            worker=worker,
            lease_until=until,
            started_at=now,
        )
        .returning(Grading)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return session.scalar(statement)


def _held(grading_id: int, attempt: int) -> ColumnElement[bool]:
    """Select the grading while that attempt is the one that runs."""
    return and_(Grading.id == grading_id, Grading.attempt == attempt, Grading.status == Status.RUNNING)


def change_held(session: Session, grading_id: int, attempt: int, values: Mapping[str, Any]) -> bool:
    """Change a grading by compare-and-set on its attempt; false when it is no longer that attempt's."""
    statement = (
        update(Grading)
        .where(_held(grading_id, attempt))
        .values(**values)
        .returning(Grading.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(statement) is not None


def add_case(session: Session, grading_id: int, attempt: int, columns: Mapping[str, Any]) -> bool:
    """Add one case after those that are there, if the attempt still holds the grading."""
    held = select(Grading.id).where(_held(grading_id, attempt)).with_for_update()
    if session.scalar(held) is None:
        return False
    last = select(func.max(CaseResultRow.ordinal)).where(CaseResultRow.grading_id == grading_id)
    ordinal = session.scalar(last)
    session.execute(
        insert(CaseResultRow).values({**columns, "ordinal": 0 if ordinal is None else ordinal + 1})
    )
    return True


def replace_cases(session: Session, grading_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put these cases in the place of those that are there."""
    session.execute(delete(CaseResultRow).where(CaseResultRow.grading_id == grading_id))
    if rows:
        session.execute(insert(CaseResultRow), [dict(each) for each in rows])


def give_back_attempt(session: Session, submission_id: int) -> None:
    """Let a submission use up no attempt."""
    session.execute(update(SubmissionRow).where(SubmissionRow.id == submission_id).values(counted=False))


def held_by(session: Session, worker: str) -> Sequence[tuple[int, int]]:
    """Return what a worker holds: gradings and their attempts."""
    query = select(Grading.id, Grading.attempt).where(
        Grading.status == Status.RUNNING, Grading.worker == worker
    )
    return [(grading_id, attempt) for grading_id, attempt in session.execute(query)]


def expired(session: Session, now: datetime, limit: int) -> Sequence[Grading]:
    """Return, locked, gradings whose worker fell silent, oldest first; others' locks are passed over."""
    query = (
        select(Grading)
        .where(Grading.status == Status.RUNNING, Grading.lease_until < now)
        .order_by(Grading.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Grading)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def to_send(session: Session, now: datetime, queue: Queue, device: str, limit: int) -> Sequence[Grading]:
    """Return, locked, waiting gradings of a queue whose time to be sent has come, longest due first."""
    query = (
        select(Grading)
        .where(
            may_run(),
            Grading.status == Status.QUEUED,
            Grading.send_after <= now,
            Grading.queue == queue,
            Grading.device == device,
        )
        .order_by(Grading.send_after, Grading.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Grading)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def send_now(session: Session, ids: Iterable[int], now: datetime) -> None:
    """Let the next sweep send these at once, if they still wait."""
    statement = update(Grading).where(Grading.id.in_(list(ids)), Grading.status == Status.QUEUED)
    session.execute(statement.values(send_after=now).execution_options(synchronize_session=False))


def note_sent(session: Session, ids: Sequence[int], now: datetime, again: datetime) -> None:
    """Mark gradings as sent for the first time, to be sent ``again`` then; the caller sends them."""
    statement = update(Grading).where(Grading.id.in_(ids)).values(sent_at=now, send_after=again, sends=1)
    session.execute(statement.execution_options(synchronize_session=False))


def take_lease(session: Session, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take a named lease if it is free, too old, or the holder's own. One statement: one wins."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(Lease).values(name=name, holder=holder, until=until)
    taken = statement.on_conflict_do_update(
        index_elements=[Lease.name],
        set_={"holder": holder, "until": until},
        where=or_(Lease.until <= now, Lease.holder == holder),
    ).returning(literal(1))
    return session.scalar(taken) is not None


def note_worker(session: Session, columns: Mapping[str, Any]) -> None:
    """Keep what a worker says of itself."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    changed = {name: value for name, value in columns.items() if name != "name"}
    statement = make(Worker).values(**columns)
    session.execute(statement.on_conflict_do_update(index_elements=[Worker.name], set_=changed))


def workers(session: Session, since: datetime) -> Sequence[Worker]:
    """Return the workers that spoke since a moment, by name."""
    return session.scalars(select(Worker).where(Worker.seen_at >= since).order_by(Worker.name)).all()


def waiting(session: Session) -> Sequence[tuple[Queue, str, int, datetime]]:
    """Return for each queue and device how many gradings wait, and since when the oldest does.

    What was stopped waits for nobody's attention.
    """
    query = (
        select(Grading.queue, Grading.device, func.count(), func.min(Grading.queued_at))
        .where(Grading.status == Status.QUEUED, may_run())
        .group_by(Grading.queue, Grading.device)
    )
    return [(queue, device, number, oldest) for queue, device, number, oldest in session.execute(query)]


def urgent(session: Session, device: str) -> Sequence[int]:
    """Return the gradings that somebody waits for and nobody has tried, the longest waiting first."""
    query = select(Grading.id).where(
        Grading.status == Status.QUEUED,
        Grading.attempt == 0,
        Grading.queue == Queue.INTERACTIVE,
        Grading.device == device,
    )
    return session.scalars(query.order_by(Grading.queued_at, Grading.id)).all()
