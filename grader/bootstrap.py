"""Composition root: puts the parts together, and is the only module that knows the worker.

The worker is imported when it is first needed, so that `--help` and a misspelt option answer at once.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

from grader import config
from grader.assignment import assignment_folder, reference_calls
from grader.config import Settings, origin
from grader.errors import DatabaseUnavailable, SandboxUnavailable
from grader.model import CaseResult, Report, Submission, Suite
from grader.model.language import N_, _
from grader.model.walls import Wall
from grader.queue.batch import Grader

if TYPE_CHECKING:
    from grader.database.db import Database

DOCTOR = N_("Run `chainrule doctor`: it says what this machine lacks and how to fix it.")


@dataclass(frozen=True)
class Services:
    """What commands work with. Tests put doubles in."""

    settings: Settings
    open_grader: Callable[[], AbstractContextManager[Grader]]
    walls: Callable[[], tuple[Wall, ...]]

    def work(self, queues: tuple[str, ...], slots: int, name: str) -> int:
        """Take gradings from the queue until a signal ends it; returns the exit code."""
        return work(self.settings, queues, slots, name, self.walls)

    def grade_row(self, grading_id: int, database: "Database", grader: Grader, worker: str) -> str:
        """Claim a grading by its number, grade it and record the report; returns what became of it."""
        from worker.service import queued_grading

        return queued_grading.run(grading_id, database, grader, worker, self.settings).value

    def draw(self, folder: Path) -> tuple[str, ...]:
        """Draw the computation graph in an assignment's folder; returns the files that were written."""
        return reference_calls.draw(folder)

    def worker_is_well(self) -> bool:
        """Say whether the worker on this machine gave a sign of life recently."""
        from grader.queue.plan import is_well

        return is_well(self.settings)

    def worker_waits_for(self) -> str:
        """Say why a worker without a sign of life may be waiting: its database, or this host's clock."""
        from grader.database.db import Database
        from grader.queue import clocks

        database = Database(self.settings.database, connections=1)
        try:
            return clocks.complaint(database) or ""
        except DatabaseUnavailable as error:
            return error.what
        finally:
            database.close()

    def make_hand_ins(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make submissions with known mistakes in them: an order for `reference.proof`, and its answer."""
        return reference_calls.make_hand_ins(order)

    def serve(self, host: str, port: int, slots: int, say: Callable[[str], None]) -> int:
        """Run the whole service on this machine until it is interrupted; returns the exit code."""
        from grader.serving.one_machine import Endpoint, serve

        return serve(self.settings, Endpoint(host, port), slots, say)

    def web(self, host: str, port: int) -> int:
        """Run the web server alone until a signal ends it; returns the exit code."""
        return web(self.settings, host, port)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where assignments are looked for, in this order."""
        further = tuple(Path(folder).expanduser() for folder in self.settings.assignments)
        shipped = assignment_folder.shipped_folder()
        return (*further, shipped) if shipped else further


def services() -> Services:
    """Return the real services, with the settings of this user and machine."""
    settings = config.load()
    return Services(settings, lambda: open_grader(settings), walls)


@contextmanager
def open_grader(settings: Settings) -> Iterator[Grader]:
    """Give the engine of this machine; its processes end with the context."""
    from worker.engine import Engine, EngineSettings

    with Engine(EngineSettings(settings.cgroups, settings.examiner_bytes)) as engine:
        yield _EngineGrader(engine.grade)


class _EngineGrader:
    """The engine as a Grader: a machine that can't hold a sandbox is told in our words."""

    def __init__(self, grade: Callable[..., Report]) -> None:
        self._grade = grade

    def grade(
        self,
        submission: Submission,
        suite: Suite,
        *,
        seed: int,
        device: str = "cpu",
        progress: Callable[[CaseResult], None] | None = None,
        running: Callable[[int, int], None] | None = None,
        measure: bool = False,
        only: tuple[str, ...] = (),
    ) -> Report:
        """Run the suite on the submission. Raises SandboxUnavailable when nothing can be graded here."""
        from worker.sandbox.errors import SandboxError

        try:
            return self._grade(
                submission,
                suite,
                seed=seed,
                device=device,
                progress=progress,
                running=running,
                measure=measure,
                only=only,
            )
        except SandboxError as error:
            raise SandboxUnavailable(
                error.problem, where="sandbox", cure=f"{error.cure}\n{_(DOCTOR)}".strip()
            ) from error


def walls() -> tuple[Wall, ...]:
    """Return what the probes found about each wall of the sandbox."""
    from worker.sandbox import doctor
    from worker.sandbox.errors import SandboxError

    try:
        return tuple(
            Wall(each.name, each.guards, each.holds, each.measured, each.lost, each.cure, each.needed)
            for each in doctor.inspect()
        )
    except SandboxError as error:
        raise SandboxUnavailable(error.problem, where="sandbox", cure=error.cure) from error


def work(
    settings: Settings, queues: tuple[str, ...], slots: int, name: str, walls: Callable[[], tuple[Wall, ...]]
) -> int:
    """Take gradings from the queue until a signal ends it.

    Raises SandboxUnavailable where a wall is missing, ChainruleError where the tables are not up to date.
    """
    from grader import logs
    from grader.queue.plan import plan
    from grader.serving.ready import check_tables, check_walls
    from worker.service import celery_app

    logs.configure()
    check_tables(settings)
    chosen = plan(settings, queues, slots, name)
    return celery_app.work(settings, chosen, lambda: check_walls(walls(), settings))


def web(settings: Settings, host: str, port: int) -> int:
    """Serve the web pages until a signal ends it.

    Raises UsageError when it can't listen there, ChainruleError where the tables are not up to date.
    """
    from grader import logs
    from grader.serving.one_machine import Endpoint, listening
    from grader.serving.ready import check_tables
    from grader.serving.web_server import run

    logs.configure()
    check_tables(settings)
    with listening(Endpoint(host, port)) as listener:
        logging.getLogger("chainrule.web").info("listening on %s:%d", *listener.getsockname()[:2])
        run(settings, listener)
    return 0


def versions() -> Mapping[str, str]:
    """Return the versions that a grading depends on, without importing any of them."""
    others = {name: origin.version(name) for name in ("torch", "numpy", "pytest")}
    return {"chainrule": origin.release(), **others, "python": python_version()}
