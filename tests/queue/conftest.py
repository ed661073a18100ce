import tempfile
from pathlib import Path

import pytest

from tests.databases import database, empty_database, postgres, sqlite_template
from tests.queue.rig import open_rig

__all__ = ["database", "empty_database", "make_rig", "postgres", "sqlite_template"]


@pytest.fixture
def make_rig():
    """Make services that end with the test. In a short folder: sockets have short paths."""
    rigs = []
    with tempfile.TemporaryDirectory(prefix="chainrule-queue-") as folder:

        def make(**settings):
            place = Path(folder, str(len(rigs)))
            place.mkdir()
            rigs.append(open_rig(place, **settings))
            return rigs[-1]

        yield make
        for rig in rigs:
            rig.close()
