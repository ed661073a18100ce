"""How the first process of a box gives up everything it does not need, in the order that works.

    namespaces   user, mount, IPC, net, UTS (the process namespace is made by whoever forks us)
    mounts       own sized file systems on /tmp and home, an empty one over /proc
    limits       memory, processes, files; they hold for all that is forked later
    privileges   every capability, no new privileges
    Landlock     nothing outside /tmp and home can be written, nothing can be executed
    seccomp      the allow-list; last, since it forbids most of the above

All of it binds the calling thread only, so it must run in a freshly forked, single-threaded process.
"""

import os
import resource
from dataclasses import dataclass

from worker.sandbox import kernel, policy
from worker.sandbox.errors import SandboxError
from worker.sandbox.policy import Wall
from worker.wire.message import BoxLimits

_NAMESPACES = {
    Wall.IPC: kernel.CLONE_NEWIPC,
    Wall.NETWORK: kernel.CLONE_NEWNET,
}
_TMPFS_FLAGS = kernel.MS_NOSUID | kernel.MS_NODEV

# Landlock's rights on files, by the version that brought them.
_FILE_RIGHTS_BY_VERSION = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
_EXECUTE = 1 << 0
_WRITE_FILE = 1 << 1
_READ = (1 << 2) | (1 << 3)
_MAKE_DEVICE = (1 << 6) | (1 << 11)
_NETWORK_RIGHTS = 3
_SCOPES = 3  # abstract sockets and signals stay inside
_NETWORK_SINCE = 4
_SCOPES_SINCE = 6


@dataclass(frozen=True)
class Lock:
    """What a lock-down needs to know: the walls that stand and the compiled seccomp filter."""

    walls: frozenset[Wall]
    program: bytes


def enter_namespaces(walls: frozenset[Wall], *, card: bool = False) -> None:
    """Take own namespaces, none where no wall is to stand; capabilities come over them only."""
    if not walls:
        return
    if len(os.listdir("/proc/self/task")) != 1:
        raise SandboxError("a second thread is running; a lock-down would not bind it")
    user, group = os.getuid(), os.getgid()
    flags = kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWUTS
    if card:
        _mount_own_proc()
    for wall, flag in _NAMESPACES.items():
        if wall in walls:
            flags |= flag
    kernel.unshare(flags)
    map_identity(user, group)


def map_identity(user: int, group: int) -> None:
    """Map the one user and group that this new user namespace knows."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)


def mount_private(walls: frozenset[Wall], file_bytes: int, kept: tuple[str, ...] = ()) -> None:
    """Mount this box's own file systems; nothing written there outlives it or is seen by another.

    ``kept`` are read-only folders below /tmp that are to be seen there still.
    """
    if Wall.PRIVATE_FILES not in walls:
        return
    size = f"size={file_bytes},nr_inodes={policy.FILE_COUNT}," if Wall.FILE_SPACE in walls else ""
    opened = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in kept}
    kernel.mount("tmpfs", "/tmp", "tmpfs", _TMPFS_FLAGS, f"{size}mode=1777")
    kernel.mount("tmpfs", policy.HOME, "tmpfs", _TMPFS_FLAGS, f"{size}mode=0755")
    for path, descriptor in opened.items():
        os.makedirs(path)
        kernel.mount(f"/proc/self/fd/{descriptor}", path, "", kernel.MS_BIND | kernel.MS_REC)
        os.close(descriptor)


def hide_proc(walls: frozenset[Wall], *, card: bool = False) -> None:
    """Cover /proc with an empty, read-only file system: what is in it tells of others.

    A card's driver reads it whenever a process first uses the card: there it shows this box alone.
    """
    if Wall.HIDDEN_PROC in walls and not card:
        flags = _TMPFS_FLAGS | kernel.MS_RDONLY | kernel.MS_NOEXEC
        kernel.mount("tmpfs", "/proc", "tmpfs", flags, "size=4k,nr_inodes=1,mode=0555")


def set_limits(walls: frozenset[Wall], limits: BoxLimits) -> None:
    """Set the limits that each process of the box has; needs /proc."""
    fixed = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NOFILE: policy.OPEN_FILES,
        resource.RLIMIT_FSIZE: limits.file_bytes,
    }
    if Wall.PROCESS_COUNT in walls:
        fixed[resource.RLIMIT_NPROC] = limits.processes
    if Wall.ADDRESS_SPACE in walls:
        mapped, data = _mapped_bytes()
        # Writable private memory is what honest use runs into first, as a MemoryError.
        fixed[resource.RLIMIT_DATA] = data + limits.memory_bytes
        fixed[resource.RLIMIT_AS] = mapped + limits.memory_bytes + policy.ADDRESS_SLACK_BYTES
    for kind, value in fixed.items():
        _lower(kind, value)


def restrict(lock: Lock) -> None:
    """Give up privileges for good; afterwards nothing of this can be taken back."""
    if Wall.CAPABILITIES in lock.walls:
        kernel.drop_capabilities()
    kernel.forbid_new_privileges()
    if Wall.LANDLOCK in lock.walls:
        _restrict_files()
    if lock.program:
        kernel.install_filter(lock.program)


def keep_descriptors(walls: frozenset[Wall], kept: int) -> int:
    """Close every descriptor but 0, 1, 2 and ``kept``, which is moved to 3; returns its number."""
    if kept != 3:
        os.dup2(kept, 3, inheritable=False)
    if Wall.DESCRIPTORS in walls:
        kernel.close_from(4)
    return 3


def _mount_own_proc() -> None:
    """Mount the /proc of our own process namespace, while we still may: it is our parent's to give."""
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("proc", "/proc", "proc", _TMPFS_FLAGS | kernel.MS_NOEXEC)


def _mapped_bytes() -> tuple[int, int]:
    with open("/proc/self/statm", "rb") as file:
        fields = file.read().split()
    page = resource.getpagesize()
    return int(fields[0]) * page, int(fields[5]) * page


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _restrict_files() -> None:
    version = kernel.landlock_version()
    if version == 0:
        return
    rights = 0
    for since, added in _FILE_RIGHTS_BY_VERSION:
        if version >= since:
            rights |= added
    network = _NETWORK_RIGHTS if version >= _NETWORK_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    ruleset = kernel.landlock_ruleset(rights, network, scopes, version)
    own = rights & ~(_EXECUTE | _MAKE_DEVICE)
    for path, allowed in (
        ("/", _READ),
        ("/dev/null", _READ & ~(1 << 3) | _WRITE_FILE),
        ("/tmp", own),
        (policy.HOME, own),
    ):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        kernel.landlock_allow(ruleset, allowed, descriptor)
        os.close(descriptor)
    kernel.landlock_restrict(ruleset)
    os.close(ruleset)
