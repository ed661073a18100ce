"""What a pool process does with a message: one grading, with an engine and a database of its own."""

from celery import Celery

from grader import broker
from grader.config import Settings
from grader.db import Database
from worker import grading
from worker.engine import Attached, Engine, EngineSettings


class Desk:
    """What a pool process works with; opened in it, after the fork, and never before."""

    def __init__(self, settings: Settings, worker: str, host: str) -> None:
        self._settings = settings
        self._worker = worker
        self._host = host
        self._database: Database | None = None
        self._engine: Engine | None = None

    def open(self) -> None:
        """Make the engine and the database of this process."""
        self._database = Database(self._settings.database, connections=2)
        self._engine = Engine(EngineSettings(cgroups=self._settings.cgroups), Attached(self._host))

    def grade(self, grading_id: int) -> str:
        """Do one grading; returns what became of it."""
        if self._database is None or self._engine is None:
            self.open()
        assert self._database is not None
        assert self._engine is not None
        return grading.run(grading_id, self._database, self._engine, self._worker, self._settings).value


def register(app: Celery, desk: Desk) -> None:
    """Let the application know the task that ``grader.dispatch`` names."""

    @app.task(  # type: ignore[untyped-decorator]
        name=broker.TASK,
        acks_late=True,
        reject_on_worker_lost=True,
        retry_on_worker_lost=True,
        max_retries=2,
        soft_time_limit=broker.SOFT_LIMIT_SECONDS,
        time_limit=broker.HARD_LIMIT_SECONDS,
    )
    def grade(grading_id: int) -> str:
        return desk.grade(grading_id)
