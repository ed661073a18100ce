"""What a pool process does with a message: one grading, with an engine and a database of its own."""

from celery import Celery

from grader.config import Settings
from grader.database.db import Database
from grader.model import LONGEST_TOGETHER_SECONDS, MOST_FILES
from grader.queue import broker
from worker.engine import Attached, Engine, EngineSettings
from worker.service import queued_grading
from worker.wire import patience

# Backstops: the engine ends each grading itself, whatever its assignment allows.
_LONGEST = patience.longest(LONGEST_TOGETHER_SECONDS, MOST_FILES)
SOFT_LIMIT_SECONDS = patience.soft_limit(_LONGEST)
HARD_LIMIT_SECONDS = patience.hard_limit(_LONGEST)


class Desk:
    """What a pool process works with; opened in it, after the fork, and never before."""

    def __init__(self, settings: Settings, worker: str, host: str) -> None:
        self._settings = settings
        self._worker = worker
        self._host = host
        self._tools: tuple[Database, Engine] | None = None

    def open(self) -> tuple[Database, Engine]:
        """Make the database's connections and the engine of this process, once; return both."""
        if self._tools is None:
            database = Database(self._settings.database, connections=2)
            rules = EngineSettings(self._settings.cgroups, self._settings.examiner_bytes)
            engine = Engine(rules, Attached(self._host))
            self._tools = database, engine
        return self._tools

    def grade(self, grading_id: int) -> str:
        """Do one grading; returns what became of it."""
        database, engine = self.open()
        return queued_grading.run(grading_id, database, engine, self._worker, self._settings).value


def register(app: Celery, desk: Desk) -> None:
    """Let the application know the task that ``grader.queue.sending`` names."""

    @app.task(  # type: ignore[untyped-decorator]
        name=broker.TASK,
        acks_late=True,
        reject_on_worker_lost=True,
        retry_on_worker_lost=True,
        max_retries=2,
        soft_time_limit=SOFT_LIMIT_SECONDS,
        time_limit=HARD_LIMIT_SECONDS,
    )
    def grade(grading_id: int) -> str:
        return desk.grade(grading_id)
