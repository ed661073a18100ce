"""What a box may do: data only.

Four policies: ``trapped`` (autograd is switched off), ``plain``, and each of them with a card. Each has a
second warm process, with the same walls, for submissions that import packages for data and plots.
A policy is a set of walls; everything not allowed below is denied.

With a card, three things are left off, because the driver needs them after the lock-down:
``W_XOR_EXECUTE`` (kernels are loaded into executable memory on first use), ``ADDRESS_SPACE`` (the
driver reserves terabytes of addresses) and ``LANDLOCK`` (device nodes are opened late). /proc shows
the box's own processes. The autograd trap keeps its text patches there, but a determined student
could undo them. Untested: no machine with a card was at hand.
"""

import enum
import os
from dataclasses import dataclass, replace
from typing import Self


class Wall(enum.StrEnum):
    """One protection that can be probed, and taken away alone by a test of its probe."""

    HOST_USER = "host user"
    ENVIRONMENT = "environment"
    VIEW = "view of files"
    READ_ONLY_ROOT = "read-only root"
    PRIVATE_FILES = "private files"
    FILE_SPACE = "file space"
    HIDDEN_PROC = "hidden /proc"
    PROCESSES = "process namespace"
    NETWORK = "network namespace"
    IPC = "IPC namespace"
    DESCRIPTORS = "descriptors"
    CAPABILITIES = "capabilities"
    SYSTEM_CALLS = "system calls"
    W_XOR_EXECUTE = "no new code"
    LANDLOCK = "Landlock"
    ADDRESS_SPACE = "memory per process"
    PROCESS_COUNT = "number of processes"
    CGROUP = "memory of the box"
    IMPORT_CLOCK = "import clock"
    OUTPUT_CAP = "output cap"
    AUTOGRAD = "autograd trap"


@dataclass(frozen=True)
class Policy:
    """The walls that stand in a box, whether a card is let in, and whether the extra packages are warm."""

    name: str
    walls: frozenset[Wall]
    card: bool = False
    packages: bool = False

    def without(self, wall: Wall) -> Self:
        """Return the same policy with one wall less; for tests of probes."""
        return replace(self, walls=self.walls - {wall})

    def with_packages(self) -> Self:
        """Return the same policy for a warm process that has imported worker.sandbox.extras."""
        return replace(self, name=f"{self.name}-packages", packages=True)


_ALL = frozenset(Wall)
_PLAIN = _ALL - {Wall.AUTOGRAD, Wall.W_XOR_EXECUTE}
NOT_WITH_A_CARD = frozenset({Wall.W_XOR_EXECUTE, Wall.ADDRESS_SPACE, Wall.LANDLOCK})

TRAPPED = Policy("trapped", _ALL)
PLAIN = Policy("plain", _PLAIN)
TRAPPED_CUDA = Policy("trapped-cuda", _ALL - NOT_WITH_A_CARD, card=True)
PLAIN_CUDA = Policy("plain-cuda", _PLAIN - NOT_WITH_A_CARD, card=True)
# The examiner runs tests of an instructor: foreign code too, behind the outer walls only.
EXAMINER = Policy("examiner", _PLAIN)
EXAMINER_CUDA = Policy("examiner-cuda", _PLAIN - NOT_WITH_A_CARD, card=True)

# What a submission that tries autograd in a trapped box gets as the text of a RuntimeError.
AUTOGRAD_MESSAGE = "autograd is disabled in this homework: write the backward pass yourself"

# What torch needs and a submission must not differentiate with, and the text of the ImportError it gets.
SYMBOLIC = "sympy"
SYMBOLIC_MESSAGE = "sympy can't be imported in this homework: derivatives are to be written by hand"

# Not below /home, where somebody's Python may be installed.
HOME = "/student/home"
RUNTIME = "/chainrule"
FILE_COUNT = 4096
OPEN_FILES = 128
# Addresses (not memory) that threads, arenas and memory maps of an honest file take on top.
ADDRESS_SLACK_BYTES = 512 * 1024 * 1024

DEVICES = ("null", "zero", "full", "random", "urandom")
CARD_DEVICES = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia0")

# An account for boxes where the service runs as root. No file belongs to it; no login has it.
SANDBOX_UID = 65533

# Everything a Python file that computes, prints, starts threads or keeps scratch files needs
# (measured with strace on honest submissions). What is missing is denied with EPERM.
SYSTEM_CALLS: tuple[str, ...] = tuple(
    """
    read write readv writev pread64 pwrite64 lseek close openat open stat fstat lstat newfstatat statx
    access faccessat faccessat2 readlink readlinkat getcwd chdir fchdir getdents64 getdents mkdir mkdirat
    rmdir unlink unlinkat rename renameat renameat2 symlink symlinkat link linkat chmod fchmod fchmodat
    truncate ftruncate fallocate fsync fdatasync utimensat umask dup dup2 dup3 pipe pipe2 fadvise64
    copy_file_range sendfile statfs fstatfs ioctl
    mmap mprotect munmap mremap madvise brk mincore msync mbind membarrier mlock munlock
    futex sched_yield nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times
    getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups getpgid getpgrp
    getsid setsid setpgid getrlimit getrusage sysinfo uname getrandom getcpu sched_getaffinity
    sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getpriority
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigpending rt_sigtimedwait sigaltstack
    kill tgkill alarm setitimer getitimer pause restart_syscall
    poll ppoll select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2 timerfd_create
    timerfd_settime timerfd_gettime
    socketpair sendto recvfrom sendmsg recvmsg shutdown getsockopt setsockopt getsockname getpeername
    fork vfork wait4 waitid exit exit_group set_tid_address set_robust_list get_robust_list rseq
    arch_prctl close_range pidfd_open
    """.split()
)
# A card's driver and its user-space half want more.
CARD_SYSTEM_CALLS: tuple[str, ...] = ("sched_setaffinity", "get_mempolicy", "set_mempolicy", "memfd_create")

NAMESPACE_FLAGS = 0x7E020080  # every CLONE_NEW*, time namespaces included
PROT_EXEC = 4
AF_UNIX = 1
# fcntl: duplicates, flags, pipe sizes and seals. Record locks, leases and notifications are left out:
# through a shared read-only file they reach other boxes.
FCNTL_ALLOWED = (0, 1, 2, 3, 4, 1030, 1031, 1032, 1033, 1034)
# prctl: thread names, and what glibc and numpy ask for. Never seccomp, ptrace or memory layout.
PRCTL_ALLOWED = (3, 15, 16, 21, 38, 39)
PRCTL_NAME_MEMORY = 0x53564D41

ENVIRONMENT: dict[str, str] = {
    # No programs. PyTorch's builds with CUDA would else ask a compiler for libraries while they are imported,
    # and with that for a folder to write to, which a zygote has not.
    "PATH": "/nonexistent",
    "HOME": HOME,
    "USER": "student",
    "LOGNAME": "student",
    "LANG": "C.UTF-8",
    "TMPDIR": "/tmp",
    "TORCHINDUCTOR_CACHE_DIR": "/tmp",  # read on import; looking for one needs a folder to write to, too
    "MPLBACKEND": "agg",  # no display to draw on
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",  # a grading can be repeated, orders of sets included
    "PYTHONUTF8": "1",
    # One thread: a fork of a process whose thread pool has run hangs in its first parallel operation.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",  # a third off every fork: fewer pages to copy
    "LD_BIND_NOW": "1",  # the trap makes the libraries' jump tables read-only
}


def sandbox_identity() -> tuple[int, int]:
    """Return the user and group that boxes run as: ours, unless we are root."""
    if os.getuid() == 0:
        return SANDBOX_UID, SANDBOX_UID
    return os.getuid(), os.getgid()
