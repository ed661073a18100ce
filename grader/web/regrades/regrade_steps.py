"""What may be done with a regrade, on its page and over the API, and by whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.database.tables import Regrade, RegradeState
from grader.errors import UsageError
from grader.model.language import N_, _
from grader.services.act import Visit
from grader.services.people import access
from grader.services.regrades import regrades


@dataclass(frozen=True)
class RegradeStep:
    """A step, the states it can be taken in, and what is said after it. ``teachers``: an instructor's."""

    take: Callable[..., object]
    states: tuple[RegradeState, ...]
    said: str
    teachers: bool = False


STEPS: Mapping[str, RegradeStep] = {
    "pause": RegradeStep(
        regrades.pause,
        (RegradeState.RUNNING,),
        N_("The regrade is paused. Gradings that are running are finished first."),
    ),
    "continue": RegradeStep(regrades.resume, (RegradeState.PAUSED,), N_("The regrade continues.")),
    "cancel": RegradeStep(
        regrades.cancel,
        (RegradeState.RUNNING, RegradeState.PAUSED),
        N_("The regrade was cancelled. No score has changed."),
    ),
    "retry": RegradeStep(regrades.retry, (RegradeState.DONE,), N_("They are in the queue again.")),
    "live": RegradeStep(
        regrades.make_live,
        (RegradeState.DONE,),
        N_("The regrade is live: students see the new scores."),
        teachers=True,
    ),
    "drop": RegradeStep(
        regrades.drop,
        (RegradeState.DONE,),
        N_("The regrade was discarded. No score has changed."),
        teachers=True,
    ),
}


def take(visit: Visit, row: Regrade, name: str, basis: str) -> RegradeStep:
    """Take a step. Raises UsageError for an unknown one, NotAllowed, and Conflict when it can't be taken."""
    step = STEPS.get(name)
    if step is None:
        raise UsageError(
            _("this step does not exist"),
            where=name,
            cure=_("Steps are %(listed)s.", listed=", ".join(STEPS)),
        )
    if step.teachers:
        access.require_instructor(visit.session, visit.actor, row.assignment.course_id)
    more: dict[str, Any] = {"seen": basis} if name == "live" else {}
    step.take(visit, row, **more)
    return step
