"""Warm guests for tests that need real boxes. Where none can be had these tests fail: so would grading."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import replace

import pytest

from grader import bootstrap
from grader.bootstrap import Services
from worker.engine import Attached, Engine, Host, own_zygotes
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


HOST = "chainrule_host"
_SHARED = pytest.StashKey[Host]()


def share(config: pytest.Config) -> str:
    """Return the path of a host for all processes of this run, which ends with the one that is asked."""
    if _SHARED not in config.stash:
        stack = ExitStack()
        config.add_cleanup(stack.close)
        config.stash[_SHARED] = stack.enter_context(Host(own_zygotes()))
    return str(config.stash[_SHARED].path)


@pytest.fixture(scope="session")
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """Zygotes for engines and workers of tests; to start some takes longer than most gradings.

    The processes of one run have the same ones, each by a host of its own.
    """
    shared = getattr(request.config, "workerinput", {}).get(HOST)
    with Host(Attached(shared) if shared else own_zygotes()) as given:
        yield given


@pytest.fixture(scope="session")
def engine(host: Host) -> Iterator[Engine]:
    """The engine of this machine."""
    with Engine(zygotes=Attached(str(host.path))) as given:
        yield given


@pytest.fixture
def staff(engine: Engine) -> Callable[[], Services]:
    """Return what makes the services of the commands: the real ones, on the engine that runs already."""
    return lambda: replace(bootstrap.services(), open_grader=lambda: nullcontext(engine))


@pytest.fixture(scope="session")
def groups() -> Groups:
    """Where control groups can be made; not everybody may make them."""
    found = Groups.find()
    if isinstance(found, str):
        pytest.skip(f"no control groups: {found}")
    return found
