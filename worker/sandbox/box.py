"""Starts zygotes: warm processes in bubblewrap that fork a box for each submission.

Theory of operation
-------------------
A box is made in two steps, because importing torch takes a second and a box must not.

1. *Outer wall*, once per zygote, here. Bubblewrap makes user, process, mount, IPC, net and UTS
   namespaces with the view of ``view.py`` and drops every capability. It never runs as host root:
   a root inside could write ``/proc/sys/kernel/core_pattern``, read root's files and ignore
   RLIMIT_NPROC. If we are root, ``launch.py`` becomes the sandbox user first. Bubblewrap gets an
   empty environment, since ``--clearenv`` leaves the caller's readable in ``/proc/1/environ``.
2. *Inner wall*, per submission (``keeper.py``, ``lockdown.py``, worker.guest): a fork of the warm
   process into namespaces of its own, and then limits, Landlock and seccomp.

A zygote gets two inherited descriptors: the listening socket, bound in a folder only we can enter,
and the *lifeline*. Over the lifeline it receives its settings (if the spec has any) and answers
``Ready``; when we die the lifeline ends and so does the zygote, and the kernel kills bubblewrap too
(``--die-with-parent``). That signal is tied to the *thread* that started the process, so a thread of
its own starts each zygote and waits for it.
"""

import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from worker.sandbox import door, policy, view
from worker.sandbox.errors import SandboxError, ZygoteGone
from worker.sandbox.filters import compile_filter
from worker.sandbox.policy import Policy, Wall
from worker.sandbox.process import INSTALL, Process, boot
from worker.sandbox.settings import Settings
from worker.wire import patience
from worker.wire.channel import Channel
from worker.wire.errors import ChannelClosed, WireError
from worker.wire.message import Message, Ready

BACKLOG = 256
LOG_TAIL_BYTES = 8192
_PREFIX = "chainrule"

_LAUNCH = "import sys; sys.path.insert(0, sys.argv.pop(1)); from worker.sandbox.launch import main; main()"
_SHORTER = "A socket's path has 107 characters at most. Set TMPDIR to a shorter path, such as /tmp."
_USER_NAMESPACES = (
    "Bubblewrap needs user namespaces. Ubuntu 24.04 and later give them only to programs with a profile: "
    "load deploy/apparmor-host as docs/operator.md says under “User namespaces”. Elsewhere, as root: "
    "`sysctl -w user.max_user_namespaces=10000`, on Debian also "
    "`sysctl -w kernel.unprivileged_userns_clone=1`. "
    "A container needs deploy/seccomp-worker.json and deploy/apparmor-worker."
)


@dataclass(frozen=True)
class BoxSpec:
    """A zygote to be started.

    module       imported inside; its ``main(listener, lifeline)`` must answer Ready and then serve
    settings     sent over the lifeline before Ready is awaited, if any
    binds        our own files that it may see
    environment  variables besides policy.ENVIRONMENT
    """

    name: str
    module: str
    policy: Policy
    binds: tuple[view.Bind, ...] = ()
    settings: Message | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def guest(chosen: Policy, *, warm: bool = True, probe: str = "") -> BoxSpec:
    """Return the spec of a guest zygote; raises SandboxError where no filter can be made.

    ``warm=False`` leaves torch out (probes of walls); ``probe`` names a threshold probe of
    worker.sandbox.probes.
    """
    settings = Settings(
        policy=chosen.name,
        walls=tuple(sorted(chosen.walls)),
        card=chosen.card,
        packages=chosen.packages,
        program=compile_filter(chosen),
        warm=warm,
        probe=probe,
        kept=view.covered_trees(),
    )
    return BoxSpec(
        f"guest-{chosen.name}",
        "worker.guest.zygote",
        chosen,
        binds=view.rooms(view.ROOMS_OF_GUEST),
        settings=settings,
    )


def examiner(chosen: Policy = policy.EXAMINER) -> BoxSpec:
    """Return the spec of the examiner's zygote."""
    return BoxSpec("examiner", "worker.examiner.zygote", chosen, binds=view.rooms(view.ROOMS_OF_EXAMINER))


class Zygote:
    """A running zygote. Close it (or leave its ``with``) and nothing of it remains.

    path   the unix socket it listens on
    facts  what it said of itself when it was ready, e.g. ``trap``: the level of the autograd trap
    """

    def __init__(self, spec: BoxSpec, folder: Path, process: Process, lifeline: socket.socket) -> None:
        self.spec = spec
        self.path = folder / "socket"
        self.facts: Mapping[str, str] = {}
        self._folder = folder
        self._process = process
        self._lifeline = lifeline

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """Return the process id of bubblewrap, for measurements."""
        return self._process.pid

    def connect(self) -> socket.socket:
        """Return a new connection: one grading; raises ZygoteGone, or SandboxError when none is taken."""
        return door.connect(str(self.path), f"zygote {self.spec.name}", self.log)

    def log(self) -> str:
        """Return the end of what the zygote wrote to standard error."""
        try:
            data = (self._folder / "log").read_bytes()
        except FileNotFoundError:
            return ""
        return data[-LOG_TAIL_BYTES:].decode(errors="replace")

    def close(self) -> None:
        """End the zygote and every box in it, and remove its folder. May be called again."""
        self._lifeline.close()
        self._process.end()
        shutil.rmtree(self._folder, ignore_errors=True)


def start(spec: BoxSpec) -> Zygote:
    """Start a zygote and wait until it is ready; raises SandboxError with the cure when it is not.

    ZygoteGone, if it ended before it was ready, as one that somebody killed.
    """
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}-{os.getpid()}-{spec.name}-"))
    ours, theirs = socket.socketpair()
    try:
        with theirs, _listener(folder / "socket") as listener, (folder / "log").open("wb") as log:
            descriptors = (listener.fileno(), theirs.fileno())
            process = Process(_command(spec, descriptors), descriptors, log.fileno(), _environment(spec))
    except BaseException:
        ours.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    zygote = Zygote(spec, folder, process, ours)
    try:
        zygote.facts = await_ready(spec, ours)
    except (SandboxError, WireError) as error:
        process.end()
        problem = f"zygote {spec.name} did not start: {error}\n{zygote.log().strip()}"
        zygote.close()
        kind = ZygoteGone if isinstance(error, ChannelClosed) else SandboxError
        raise kind(problem, _cure(problem)) from error
    except BaseException:
        zygote.close()
        raise
    return zygote


def _sweep() -> None:
    """Remove the folders of engines that were killed and could not."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _command(spec: BoxSpec, descriptors: tuple[int, int]) -> list[str]:
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError("bubblewrap (bwrap) is not installed", INSTALL)
    mounts, sources = view.arguments(spec.policy, spec.binds)
    command = [program, *_namespaces(spec.policy), *_variables(spec), *mounts, "--chdir", "/", "--"]
    command += boot(policy.RUNTIME, spec.module, descriptors, view.dependency_folders())
    if os.getuid() != 0:
        places = {"{" + str(number) + "}": path for number, path in enumerate(sources)}
        return [places.get(word, word) for word in command]
    user, group = policy.sandbox_identity() if Wall.HOST_USER in spec.policy.walls else (0, 0)
    plan = {
        "sources": sources,
        "user": user,
        "group": group,
        "parent": os.getpid(),
        "command": command,
        "environment": dict(_environment(spec)),
    }
    return [sys.executable, "-I", "-S", "-c", _LAUNCH, str(view.PROJECT), json.dumps(plan)]


def _namespaces(chosen: Policy) -> list[str]:
    options = ["--unshare-user", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"]
    options += ["--unshare-ipc"] if Wall.IPC in chosen.walls else []
    options += ["--unshare-net"] if Wall.NETWORK in chosen.walls else []
    options += ["--new-session", "--die-with-parent", "--as-pid-1", "--hostname", "box"]
    return options + (["--cap-drop", "ALL"] if Wall.HOST_USER in chosen.walls else [])


def _variables(spec: BoxSpec) -> list[str]:
    options = ["--clearenv"] if Wall.ENVIRONMENT in spec.policy.walls else []
    for name, value in {**policy.ENVIRONMENT, **spec.environment}.items():
        options += ["--setenv", name, value]
    return options


def _environment(spec: BoxSpec) -> Mapping[str, str]:
    return {} if Wall.ENVIRONMENT in spec.policy.walls else os.environ


def _listener(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise SandboxError(f"no socket can be made at {path}: {error}", _SHORTER) from None
    listener.listen(BACKLOG)
    return listener


def await_ready(spec: BoxSpec, lifeline: socket.socket) -> Mapping[str, str]:
    """Send the settings and wait for Ready; raises WireError when the zygote does not answer."""
    # The channel is not closed: the lifeline is the zygote's for as long as it lives.
    channel: Channel[Ready] = Channel(lifeline, Ready)
    if spec.settings is not None:
        channel.send(spec.settings, seconds=patience.START)
    return channel.receive(seconds=patience.START).facts


def _cure(problem: str) -> str:
    needles = ("namespace", "Operation not permitted", "uid map", "No space left", "clone")
    return _USER_NAMESPACES if "bwrap:" in problem and any(word in problem for word in needles) else ""
