"""Namespaces of its own for a suite's process, so that one suite never meets another.

Hidden tests are an instructor's code: within the examiner's box each suite version gets its own
user, process, mount, IPC and network namespaces and a small file system of its own on the box's
home folder (not on /tmp or below /home, where Python itself may be installed).
"""

import ctypes
import os
from pathlib import Path

CLONE_FLAGS = 0x00020000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
"""CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET"""

MS_NOSUID_NODEV = 2 | 4
MS_REC_PRIVATE = 0x4000 | 0x40000
FILE_SPACE = b"size=64m,nr_inodes=8k,mode=0700"
MOUNT_POINT = Path("/student/home")


def unshare() -> None:
    """Enter new namespaces; the next fork is first of the new process namespace. Raises OSError."""
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(libc.unshare(CLONE_FLAGS), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def mount_private_files() -> Path:
    """Cover the home folder by a file system of our own and return it; raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(libc.mount(None, b"/", None, ctypes.c_ulong(MS_REC_PRIVATE), None), "make mounts private")
    _checked(
        libc.mount(b"tmpfs", bytes(MOUNT_POINT), b"tmpfs", ctypes.c_ulong(MS_NOSUID_NODEV), FILE_SPACE),
        "mount a file system",
    )
    return MOUNT_POINT


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
