"""What must hold before a worker takes its first grading."""

import logging
from collections.abc import Iterable
from typing import Any

from grader.config import Settings
from grader.database import migrations
from grader.database.db import Database
from grader.errors import SandboxUnavailable
from grader.model.language import _
from grader.model.walls import Wall

log = logging.getLogger("chainrule.worker")


def check_walls(walls: Iterable[Wall], settings: Settings) -> dict[str, Any]:
    """Return what a worker says of its sandbox. Raises SandboxUnavailable when it must not work here.

    A wall that is not needed may be missing if the settings allow it: then it is said in the log, and to
    staff with the worker.
    """
    missing = [wall for wall in walls if not wall.holds]
    refused = [wall for wall in missing if wall.needed or not settings.weaker_walls]
    if refused:
        raise SandboxUnavailable(
            _("these walls failed: %(names)s", names=", ".join(wall.name for wall in refused)),
            where="sandbox",
            cure="\n".join(wall.cure for wall in refused if wall.cure) or _("Run chainrule doctor."),
        )
    for wall in missing:
        log.warning("the sandbox is weaker than possible: %s: %s", wall.name, wall.lost)
    return {"weaker_walls": [wall.name for wall in missing]}


def check_tables(settings: Settings) -> None:
    """Raise ChainruleError when the database's tables are not what this version expects."""
    database = Database(settings.database, connections=1)
    try:
        migrations.check(database)
    finally:
        database.close()
