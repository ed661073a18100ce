import pytest

from worker.sandbox import box, policy
from worker.sandbox.cgroup import Groups
from worker.sandbox.errors import SandboxError


def start(chosen):
    try:
        return box.start(box.guest(chosen))
    except SandboxError as error:
        pytest.skip(f"no boxes on this machine: {error}")


@pytest.fixture(scope="session")
def trapped():
    """A warm guest with the autograd trap."""
    with start(policy.TRAPPED) as zygote:
        yield zygote


@pytest.fixture(scope="session")
def plain():
    """A warm guest where autograd is allowed."""
    with start(policy.PLAIN) as zygote:
        yield zygote


@pytest.fixture(scope="session")
def groups():
    found = Groups.find()
    if isinstance(found, str):
        pytest.skip(f"no control groups: {found}")
    return found
