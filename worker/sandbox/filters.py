"""Compiles a policy's system calls into a seccomp filter, once per zygote, on the trusted side.

An allow-list: libseccomp does not know every name of a new kernel, so a list of what is denied
would miss some. Other architectures' calls end the process.
"""

import errno
import tempfile
from typing import Any

from worker.sandbox import policy
from worker.sandbox.errors import SandboxError
from worker.sandbox.policy import Policy, Wall

CURE = "Install libseccomp (Debian: libseccomp2) and pyseccomp, on an x86-64 machine."


def compile_filter(chosen: Policy) -> bytes:
    """Return the filter as classic BPF; empty when the policy has no such wall.

    Raises SandboxError where libseccomp is missing.
    """
    if Wall.SYSTEM_CALLS not in chosen.walls:
        return _execute_only(chosen)
    seccomp = _library()
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    rules.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    rules.set_attr(seccomp.Attr.CTL_OPTIMIZE, 2)
    for name in _names(chosen):
        _add(rules, seccomp.ALLOW, name)
    _add_conditions(seccomp, rules, chosen)
    return _export(rules)


def _execute_only(chosen: Policy) -> bytes:
    if Wall.W_XOR_EXECUTE not in chosen.walls:
        return b""
    seccomp = _library()
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for name in ("mmap", "mprotect", "pkey_mprotect"):
        executable = seccomp.Arg(2, seccomp.MASKED_EQ, policy.PROT_EXEC, policy.PROT_EXEC)
        _add(rules, seccomp.ERRNO(errno.EPERM), name, executable)
    return _export(rules)


def _names(chosen: Policy) -> list[str]:
    names = set(policy.SYSTEM_CALLS)
    if chosen.card:
        names |= set(policy.CARD_SYSTEM_CALLS)
    if Wall.W_XOR_EXECUTE in chosen.walls:
        names -= {"mmap", "mprotect"}
    names -= {"socketpair"}
    return sorted(names)


def _add_conditions(seccomp: Any, rules: Any, chosen: Policy) -> None:
    argument = seccomp.Arg
    if Wall.W_XOR_EXECUTE in chosen.walls:
        for name in ("mmap", "mprotect"):
            _add(rules, seccomp.ALLOW, name, argument(2, seccomp.MASKED_EQ, policy.PROT_EXEC, 0))
    _add(rules, seccomp.ALLOW, "clone", argument(0, seccomp.MASKED_EQ, policy.NAMESPACE_FLAGS, 0))
    _add(rules, seccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags can't be seen; glibc falls back to clone
    _add(rules, seccomp.ALLOW, "socketpair", argument(0, seccomp.EQ, policy.AF_UNIX))
    for option in policy.PRCTL_ALLOWED:
        _add(rules, seccomp.ALLOW, "prctl", argument(0, seccomp.EQ, option))
    _add(rules, seccomp.ALLOW, "prctl", argument(0, seccomp.EQ, policy.PRCTL_NAME_MEMORY))
    for operation in policy.FCNTL_ALLOWED:
        _add(rules, seccomp.ALLOW, "fcntl", argument(1, seccomp.EQ, operation))
    # Asking for a limit is fine, setting one is not: the new limit's address must be null.
    _add(rules, seccomp.ALLOW, "prlimit64", argument(2, seccomp.EQ, 0))


def _add(rules: Any, action: Any, name: str, *conditions: Any) -> None:
    try:
        rules.add_rule(action, name, *conditions)
    except (OSError, ValueError) as error:
        raise SandboxError(f"libseccomp can't make a rule for {name}: {error}", CURE) from error


def _export(rules: Any) -> bytes:
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _library() -> Any:
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError) as error:
        raise SandboxError(f"libseccomp can't be used: {error}", CURE) from error
    return pyseccomp
