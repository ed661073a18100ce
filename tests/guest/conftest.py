from collections.abc import Iterator

import pytest

from worker.sandbox import box, policy
from worker.sandbox.box import Zygote


@pytest.fixture(scope="session")
def cold() -> Iterator[Zygote]:
    """A guest without torch, for all tests of this folder."""
    with box.start(box.guest(policy.PLAIN, warm=False)) as zygote:
        yield zygote
