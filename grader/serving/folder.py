"""The data folder of a service on one machine: made on the first start, and used by one service at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from grader.arithmetic import seeds
from grader.config import Settings
from grader.database import migrations
from grader.database.db import Database
from grader.errors import Conflict, SettingsError
from grader.model.language import _

LOCK = "serve.lock"


@contextmanager
def opened(settings: Settings) -> Iterator[None]:
    """Hold the data folder, with its secret made and its tables brought up to date.

    Raises Conflict when another service has it, SettingsError when it can't be written.
    """
    folder = settings.data_folder
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SettingsError(
            _("the data folder can't be used: %(strerror)s", strerror=error.strerror),
            where=str(folder),
            cure=_("Make it writable, or set CHAINRULE_DATA to another folder."),
        ) from None
    try:
        _take(lock, settings)
        if not settings.secret:
            seeds.secret(folder)
        database = Database(settings.database)
        migrations.migrate(database)
        database.close()
        yield
    finally:
        os.close(lock)


def _take(lock: int, settings: Settings) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Conflict(
            _("another service is using this data folder"),
            where=str(settings.data_folder),
            cure=_("Stop it first, or set CHAINRULE_DATA to another folder."),
        ) from None
