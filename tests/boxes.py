"""Warm guests for tests that need real boxes. Where none can be had these tests fail: so would grading."""

from collections.abc import Iterator

import pytest

from worker.sandbox import box, policy
from worker.sandbox.box import Zygote
from worker.sandbox.cgroup import Groups


@pytest.fixture(scope="session")
def trapped() -> Iterator[Zygote]:
    """A warm guest with the autograd trap."""
    with box.start(box.guest(policy.TRAPPED)) as zygote:
        yield zygote


@pytest.fixture(scope="session")
def plain() -> Iterator[Zygote]:
    """A warm guest where autograd is allowed."""
    with box.start(box.guest(policy.PLAIN)) as zygote:
        yield zygote


@pytest.fixture
def cold() -> Iterator[Zygote]:
    """A guest without torch, quick to start, that a test may end."""
    with box.start(box.guest(policy.PLAIN, warm=False)) as zygote:
        yield zygote


@pytest.fixture(scope="session")
def groups() -> Groups:
    """Where control groups can be made; not everybody may make them."""
    found = Groups.find()
    if isinstance(found, str):
        pytest.skip(f"no control groups: {found}")
    return found
