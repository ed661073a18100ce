"""The system calls that walls are built with and that Python 3.11 does not offer.

Thin: one function per call, raising KernelError with the call's name. Numbers are those of x86-64.
"""

import ctypes
import os
import struct

from worker.sandbox.errors import KernelError

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION_3 = 0x20080522

_SYS_CAPSET = 126
_SYS_SECCOMP = 317
_SYS_CLOSE_RANGE = 436
_SYS_LANDLOCK_CREATE_RULESET = 444
_SYS_LANDLOCK_ADD_RULE = 445
_SYS_LANDLOCK_RESTRICT_SELF = 446
_SECCOMP_SET_MODE_FILTER = 1
_FILTER_ALL_THREADS = 1
_LANDLOCK_RULE_PATH_BENEATH = 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def unshare(flags: int) -> None:
    """Leave the namespaces named by ``flags`` for new ones."""
    _check("unshare", _libc.unshare(ctypes.c_int(flags)))


def enter_namespace(descriptor: int, kind: int) -> None:
    """Join the namespaces of ``kind`` that ``descriptor`` (a pidfd or /proc/PID/ns file) names."""
    _check("setns", _libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount ``source`` at ``target``."""
    result = _libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode() or None
    )
    _check(f"mount {kind} at {target}", result)


def close_from(first: int) -> None:
    """Close every descriptor from ``first`` up."""
    if not _close_range(first):  # Linux before 5.9
        os.closerange(first, 1 << 20)


def die_with_parent() -> None:
    """Have the kernel send SIGKILL to this process when the thread that started it ends."""
    _prctl(_PR_SET_PDEATHSIG, 9)


def forbid_new_privileges() -> None:
    """No program run from here on gains privileges from its file."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up every capability, those that a program file could bring back included."""
    for capability in range(_LAST_CAPABILITY + 1):
        if _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) != 0:
            break  # EINVAL: beyond the last one this kernel knows
    _libc.prctl(_PR_CAP_AMBIENT, ctypes.c_ulong(_PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0)
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    _check("capset", _libc.syscall(ctypes.c_long(_SYS_CAPSET), header, bytes(24)))


def install_filter(program: bytes) -> None:
    """Install a seccomp filter (classic BPF) for all threads; there is no way back."""
    buffer = ctypes.create_string_buffer(program, len(program))
    handle = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    result = _libc.syscall(
        ctypes.c_long(_SYS_SECCOMP), ctypes.c_ulong(_SECCOMP_SET_MODE_FILTER), _FILTER_ALL_THREADS, handle
    )
    if _check("seccomp", result) != 0:
        raise KernelError(f"seccomp: thread {result} can't be bound")


def landlock_version() -> int:
    """Return the version of Landlock the kernel offers, 0 for none."""
    version = _libc.syscall(ctypes.c_long(_SYS_LANDLOCK_CREATE_RULESET), None, ctypes.c_size_t(0), 1)
    return max(0, int(version))


def landlock_ruleset(files: int, network: int, scopes: int, version: int) -> int:
    """Return the descriptor of a rule set that handles (and so denies) these rights."""
    fields = struct.pack("<QQQ", files, network, scopes)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    result = _libc.syscall(
        ctypes.c_long(_SYS_LANDLOCK_CREATE_RULESET), fields, ctypes.c_size_t(size), ctypes.c_uint(0)
    )
    return _check("landlock_create_ruleset", result)


def landlock_allow(ruleset: int, rights: int, descriptor: int) -> None:
    """Allow ``rights`` beneath the directory (or file) open at ``descriptor``."""
    rule = struct.pack("<Qi", rights, descriptor)
    result = _libc.syscall(
        ctypes.c_long(_SYS_LANDLOCK_ADD_RULE), ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, ctypes.c_uint(0)
    )
    _check("landlock_add_rule", result)


def landlock_restrict(ruleset: int) -> None:
    """Bind this process and its children to the rule set; there is no way back."""
    _check(
        "landlock_restrict_self",
        _libc.syscall(ctypes.c_long(_SYS_LANDLOCK_RESTRICT_SELF), ruleset, ctypes.c_uint(0)),
    )


def _close_range(first: int) -> bool:
    result = _libc.syscall(
        ctypes.c_long(_SYS_CLOSE_RANGE), ctypes.c_uint(first), ctypes.c_uint(0xFFFFFFFF), ctypes.c_uint(0)
    )
    return bool(result == 0)


def _prctl(option: int, value: int) -> None:
    _check(f"prctl {option}", _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def _check(call: str, result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise KernelError(f"{call}: {os.strerror(number)} (errno {number})")
    return result
