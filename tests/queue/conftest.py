import contextlib
import itertools
import tempfile
from pathlib import Path

import pytest

from tests.queue.rig import open_rig


@contextlib.contextmanager
def rigs_on(host):
    """Give what makes services, on zygotes that stay. In a short folder: sockets have short paths."""
    places = map(str, itertools.count())
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="chainrule-queue-"))

        def make(**settings):
            place = Path(folder, next(places))
            place.mkdir()
            rig = open_rig(place, **settings)
            stack.callback(rig.close)
            rig.host = host.path
            return rig

        yield make


@pytest.fixture
def make_rig(host):
    """Make services that end with the test."""
    with rigs_on(host) as make:
        yield make
