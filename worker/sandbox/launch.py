"""Starts bubblewrap from root without running it as root.

The interpreter may lie where only root can reach it. So: a mount namespace of our own, a temporary
file system over a folder that exists anyway (nothing is left behind), every source bound below it,
then the sandbox's user, no way back to privileges, an empty environment, and bubblewrap.

Run as ``python -c '… main()' PLAN`` with the plan as JSON; see worker.sandbox.box.
"""

import json
import os
import sys
from pathlib import Path

from worker.sandbox import kernel

_STAGES = ("/mnt", "/media", "/srv", "/tmp")


def main() -> None:
    """Carry out the plan in ``sys.argv[1]``; does not return."""
    plan = json.loads(sys.argv[1])
    kernel.die_with_parent()
    staged = stage(plan["sources"])
    become(plan["user"], plan["group"])
    # The kernel forgets the parent's-death signal when the user changes.
    kernel.die_with_parent()
    if os.getppid() != plan["parent"]:
        sys.exit("the process that started this sandbox is gone")
    command = fill(plan["command"], staged)
    os.execve(command[0], command, plan["environment"])


def stage(sources: list[str]) -> list[str]:
    """Bind the sources below a temporary file system that only this process and its children see."""
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    folder = next(stage for stage in _STAGES if Path(stage).is_dir())
    opened = [os.open(source, os.O_PATH | os.O_CLOEXEC) for source in sources]
    kernel.mount("tmpfs", folder, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=1m,mode=0755")
    return [_bind(descriptor, Path(folder, str(number))) for number, descriptor in enumerate(opened)]


def become(user: int, group: int) -> None:
    """Become the sandbox's user for good."""
    os.umask(0o022)
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    kernel.forbid_new_privileges()


def fill(command: list[str], staged: list[str]) -> list[str]:
    """Put the staged sources in the place of ``{0}``, ``{1}`` …"""
    places = {"{" + str(number) + "}": path for number, path in enumerate(staged)}
    return [places.get(word, word) for word in command]


def _bind(descriptor: int, target: Path) -> str:
    source = f"/proc/self/fd/{descriptor}"
    if Path(source).is_dir():
        target.mkdir()
    else:
        target.touch()
    kernel.mount(source, str(target), "", kernel.MS_BIND | kernel.MS_REC)
    os.close(descriptor)
    return str(target)
