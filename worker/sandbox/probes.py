"""Small attacks, one per wall, run inside a real box by ``doctor``.

Each returns what it got through to, in words, or nothing when the wall held. Those of ``THRESHOLD``
run in the box's first process before it is locked down, because a wall behind would stop them too
and so hide that the one in question is missing; the others run where a student's file runs.
"""

import ctypes
import errno
import mmap
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from worker.sandbox import policy

MARK = "probe "
_SEGMENT_KEY = 0x43520001
_IPC_CREATE, _IPC_EXCLUSIVE, _IPC_REMOVE = 0o1000, 0o2000, 0
_AF_VSOCK = 40
_NEW_USER = 0x10000000
_REFUSED = (errno.EPERM, errno.ENOSYS, errno.EAFNOSUPPORT)
_FILE_PARTS = 6
_SYSTEM_CALLS: dict[str, tuple[int, ...]] = {
    "ptrace": (101, 0, 0, 0, 0),
    "keyctl": (250, 0, 0, 0, 0),
    "unshare": (272, _NEW_USER),
    "memfd_create": (319, 0, 0),
    "userfaultfd": (323, 0),
    "io_uring_setup": (425, 0, 0),
    "flock": (73, 0, 0),
    "inotify_init1": (294, 0),
    "shmget": (29, 0, 4096, 0o600),
    "socket AF_VSOCK": (41, _AF_VSOCK, 1, 0),
    "socket AF_INET": (41, 2, 1, 0),
}


__all__ = [
    "autograd",
    "capabilities",
    "descriptors",
    "endless",
    "environment",
    "file_space",
    "flood",
    "forbidden_write",
    "hidden_proc",
    "left_behind",
    "memory_of_box",
    "memory_per_process",
    "new_code",
    "other_processes",
    "outside_file",
    "process_count",
    "run_at_threshold",
    "system_calls",
]


def run_at_threshold(names: str) -> None:
    """Run the named threshold probes (``name`` or ``name:number``) and print what each found."""
    for text in names.split(","):
        name, _, number = text.partition(":")
        try:
            found = THRESHOLD[name](int(number or 0))
        except OSError as error:
            found = ""
            sys.stderr.write(f"{name}: {error}\n")
        sys.stdout.write(f"{MARK}{name}={found}\n")
    sys.stdout.flush()


def _kernel_switch(_: int) -> str:
    path = "/proc/sys/kernel/core_pattern"
    os.close(os.open(path, os.O_WRONLY))
    return f"{path} can be written: host root"


def _root_folder(_: int) -> str:
    os.close(os.open("/left-by-a-box", os.O_WRONLY | os.O_CREAT))
    return "a file could be written into the root that all boxes share"


def _outside_connection(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return f"connected to 127.0.0.1:{port} outside"


def _shared_segment(_: int) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    size = ctypes.c_size_t(mmap.PAGESIZE)
    if libc.shmget(_SEGMENT_KEY, size, _IPC_CREATE | _IPC_EXCLUSIVE | 0o600) >= 0:
        return ""
    if ctypes.get_errno() != errno.EEXIST:
        return ""
    libc.shmctl(libc.shmget(_SEGMENT_KEY, size, 0o600), _IPC_REMOVE, None)
    return "found the memory segment of the box before"


THRESHOLD: dict[str, Callable[[int], str]] = {
    "kernel_switch": _kernel_switch,
    "root_folder": _root_folder,
    "outside_connection": _outside_connection,
    "shared_segment": _shared_segment,
}


def environment() -> str:
    """Look for variables of whoever started the zygote."""
    foreign = sorted(set(os.environ) - set(policy.ENVIRONMENT) - {"PWD", "LC_CTYPE"})
    return f"variables: {', '.join(foreign)}" if foreign else ""


def outside_file(*paths: str) -> str:
    """Look for files that are not of the view. What covers a file or a folder has nothing in it."""
    for path in (*paths, "/etc/passwd"):
        try:
            size = os.stat(path).st_size
        except OSError:
            continue
        if size:
            return f"{path} can be seen"
    return ""


def left_behind() -> str:
    """Look for what the box before left, and leave something for the next."""
    found = []
    for folder in ("/tmp", policy.HOME):
        path = Path(folder, "left-for-the-next")
        if path.exists():
            found.append(str(path))
        path.touch()
    return f"found {', '.join(found)} of the box before" if found else ""


def file_space(limit_bytes: int) -> str:
    """Write several files, each within the limit of one, together far beyond the file system's."""
    written = 0
    try:
        for number in range(_FILE_PARTS):
            written += Path(f"/tmp/part{number}").write_bytes(bytes(limit_bytes // 2))
    except OSError:
        return ""
    return f"{written} bytes written"


def other_processes() -> str:
    """Look for processes that are not of this box."""
    found = []
    for pid in range(1, 1 << 12):
        try:
            os.getpgid(pid)
        except ProcessLookupError:
            continue
        found.append(pid)
    others = [pid for pid in found if pid != os.getpid()]
    return f"{len(others)} other processes can be seen" if others else ""


def hidden_proc() -> str:
    """Look into /proc."""
    names = os.listdir("/proc")
    return f"/proc shows {len(names)} entries" if names else ""


def descriptors() -> str:
    """Look for open descriptors besides the three of every process and the control channel."""
    found = []
    for number in range(4, 1 << 10):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return f"open descriptors: {', '.join(map(str, found))}" if found else ""


def capabilities() -> str:
    """Read a file whose mode forbids it, which takes a capability."""
    path = Path("/tmp/forbidden")
    path.touch()
    path.chmod(0)
    try:
        path.read_bytes()
    except OSError:
        return ""
    return "read a file whose mode forbids it"


def system_calls() -> str:
    """Make system calls that no submission needs."""
    libc = ctypes.CDLL(None, use_errno=True)
    reached = []
    for name, (number, *arguments) in _SYSTEM_CALLS.items():
        result = libc.syscall(number, *(ctypes.c_long(argument) for argument in arguments))
        if result >= 0 or ctypes.get_errno() not in _REFUSED:
            reached.append(name)
    return f"reached the kernel: {', '.join(reached)}" if reached else ""


def new_code() -> str:
    """Make memory executable."""
    try:
        mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_EXEC).close()
    except OSError:
        return ""
    return "made memory executable"


def forbidden_write() -> str:
    """Open a device for writing that everyone may write to, but for Landlock."""
    try:
        os.close(os.open("/dev/zero", os.O_WRONLY))
    except OSError:
        return ""
    return "opened /dev/zero for writing"


def memory_per_process(limit_bytes: int) -> str:
    """Take more memory at once than a process may have."""
    size = 2 * limit_bytes + policy.ADDRESS_SLACK_BYTES
    try:
        mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except OSError:
        return ""
    return f"took {size} bytes at once"


def process_count(limit: int) -> str:
    """Fork more processes than the box may have."""
    reading, writing = os.pipe()
    children: list[int] = []
    try:
        while len(children) <= limit:
            pid = os.fork()
            if pid == 0:
                os.close(writing)
                os.read(reading, 1)
                os._exit(0)
            children.append(pid)
    except OSError:
        return ""
    finally:
        os.close(writing)
        os.close(reading)
        for pid in children:
            os.waitpid(pid, 0)
    return f"{len(children)} processes besides the first"


def memory_of_box(limit_bytes: int) -> str:
    """Use memory in several processes at once: each within its limit, together beyond the box's."""
    reading, writing = os.pipe()
    ready, done = os.pipe()
    children = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            os.close(writing)
            held = mmap.mmap(-1, limit_bytes * 6 // 10, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            for offset in range(0, len(held), mmap.PAGESIZE):
                held[offset] = 1
            os.write(done, b"x")
            os.read(reading, 1)
            os._exit(0)
        children.append(pid)
    os.close(done)
    arrived = 0
    while data := os.read(ready, 16):
        arrived += len(data)
        if arrived == len(children):
            break
    os.close(writing)
    failed = [pid for pid in children if os.waitpid(pid, 0)[1] != 0]
    return "" if failed else f"{len(children)} processes held {limit_bytes * 6 // 10} bytes each at once"


def endless() -> str:
    """Never end."""
    while True:
        pass


def flood(limit_bytes: int) -> str:
    """Print more than the cap."""
    sys.stdout.write("x" * limit_bytes * 3 + "\n")
    sys.stdout.flush()
    return f"printed {3 * limit_bytes} bytes"


def autograd() -> str:
    """Have torch differentiate."""
    import torch

    weight = torch.ones(3, requires_grad=True)
    try:
        (weight * weight).sum().backward()
    except RuntimeError:
        return ""
    return "torch computed a gradient" if weight.grad is not None else ""
