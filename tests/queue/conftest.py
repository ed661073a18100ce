import tempfile
from pathlib import Path

import pytest

from tests.queue.rig import open_rig


@pytest.fixture
def make_rig(host):
    """Make services that end with the test, on zygotes that stay.

    In a short folder: sockets have short paths.
    """
    rigs = []
    with tempfile.TemporaryDirectory(prefix="chainrule-queue-") as folder:

        def make(**settings):
            place = Path(folder, str(len(rigs)))
            place.mkdir()
            rigs.append(open_rig(place, **settings))
            rigs[-1].host = host.path
            return rigs[-1]

        yield make
        for rig in rigs:
            rig.close()
