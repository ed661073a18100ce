"""A sandbox without any wall, for tests on machines where no box can be had. It protects nothing.

The same interface as ``box.start``, the same keeper, checkpoint and messages, and boxes that are
plain forks: no namespaces, no filter, no trap, no limit on memory. A file that is graded in it can do
whatever its user can.
"""

import logging
import socket
import tempfile
from pathlib import Path

from worker.sandbox import policy, view
from worker.sandbox.box import BACKLOG, Zygote, await_ready
from worker.sandbox.box import BoxSpec as Spec
from worker.sandbox.errors import SandboxError
from worker.sandbox.policy import Policy
from worker.sandbox.process import Process, boot
from worker.sandbox.settings import Settings
from worker.wire.errors import WireError

NO_WALLS = Policy("fake", frozenset())
_log = logging.getLogger(__name__)


def start(*, warm: bool = True) -> Zygote:
    """Start a guest without walls; raises SandboxError when it does not answer."""
    _log.warning("submissions run without any protection: this is for tests only")
    folder = Path(tempfile.mkdtemp(prefix="chainrule-fake-"))
    (folder / "home").mkdir()
    settings = Settings(policy=NO_WALLS.name, walls=(), warm=warm, home=str(folder / "home"))
    spec = Spec(NO_WALLS.name, "worker.guest.zygote", NO_WALLS, settings=settings)
    ours, theirs = socket.socketpair()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs, listener, (folder / "log").open("wb") as log:
        listener.bind(str(folder / "socket"))
        listener.listen(BACKLOG)
        descriptors = (listener.fileno(), theirs.fileno())
        command = boot(str(view.PROJECT), spec.module, descriptors)
        process = Process(command, descriptors, log.fileno(), policy.ENVIRONMENT)
    zygote = Zygote(spec, folder, process, ours)
    try:
        zygote.facts = await_ready(spec, ours)
    except WireError as error:
        log_text = zygote.log()
        zygote.close()
        raise SandboxError(f"the fake did not start: {error}\n{log_text}") from error
    return zygote
