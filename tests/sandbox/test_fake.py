from pathlib import Path

import pytest

from tests.hostile.boxed import boxed, wait_until
from tests.hostile.test_breaking import SERVED, call
from tests.sandbox import fake
from worker.wire.errors import WireError
from worker.wire.message import Loaded


@pytest.fixture(scope="module")
def zygote():
    with fake.start() as zygote:
        yield zygote


def test_says_that_it_protects_nothing(caplog):
    with fake.start(warm=False) as zygote:
        assert zygote.facts["policy"] == "fake"
    assert "without any protection" in caplog.text


def test_serves_like_a_real_one(zygote):
    with boxed(zygote, SERVED) as box:
        assert isinstance(box.loaded, Loaded), box.loaded
        assert box.open()
        assert call(box, "fine").value == [7]
        with pytest.raises(WireError):
            call(box, "crash")
        assert (box.ending().how, box.ended.number) == ("signalled", 11)
        assert box.open()


def test_leaves_nothing(caplog):
    zygote = fake.start(warm=False)
    folder = zygote.path.parent
    with boxed(zygote, "x = 1"):
        zygote.close()
    assert not folder.exists()
    assert wait_until(lambda: not Path("/proc", str(zygote.pid)).exists())
