"""Composition root: puts the parts together, and is the only module that knows the worker.

The worker is imported when it is first needed, so that `--help` and a misspelt option answer at once.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from platform import python_version

from grader import assignments, config
from grader.config import Settings
from grader.doctor import Wall
from grader.errors import SandboxUnavailable
from grader.grading import Grader
from grader.model import CaseResult, Report, Submission, Suite

DOCTOR = "Run `chainrule doctor`: it says what this machine lacks and how to mend it."


@dataclass(frozen=True)
class Services:
    """What commands work with. Tests put doubles in."""

    settings: Settings
    open_grader: Callable[[], AbstractContextManager[Grader]]
    walls: Callable[[], tuple[Wall, ...]]

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where assignments are looked for, in this order."""
        further = tuple(Path(folder).expanduser() for folder in self.settings.assignments)
        shipped = assignments.shipped_folder()
        return (*further, shipped) if shipped else further


def services() -> Services:
    """Return the real services, with the settings of this user and machine."""
    settings = config.load()
    return Services(settings, lambda: open_grader(settings), walls)


@contextmanager
def open_grader(settings: Settings) -> Iterator[Grader]:
    """Give the engine of this machine; its processes end with the context."""
    from worker.engine import Engine, EngineSettings

    with Engine(EngineSettings(cgroups=settings.cgroups)) as engine:
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
    ) -> Report:
        """Run the suite on the submission. Raises SandboxUnavailable when nothing can be graded here."""
        from worker.sandbox.errors import SandboxError

        try:
            return self._grade(submission, suite, seed=seed, device=device, progress=progress)
        except SandboxError as error:
            raise SandboxUnavailable(
                error.problem, where="sandbox", cure=f"{error.cure}\n{DOCTOR}".strip()
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


def versions() -> Mapping[str, str]:
    """Return the versions that a grading depends on, without importing any of them."""
    return {name: _version(name) for name in ("chainrule", "torch", "numpy", "pytest")} | {
        "python": python_version()
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
