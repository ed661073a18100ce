"""What doctor tries for each wall, what the wall protects, and how to fix it: data only."""

import enum
from dataclasses import dataclass

from worker.sandbox.policy import Wall
from worker.wire.message import BoxLimits

MEBIBYTE = 1 << 20
LIMITS = BoxLimits(
    import_seconds=1.0,
    total_seconds=12.0,
    memory_bytes=64 * MEBIBYTE,
    processes=8,
    output_bytes=16 * 1024,
    file_bytes=MEBIBYTE,
)
KERNEL = (
    "Use a kernel and container settings that allow it; the log line of doctor names the call that failed."
)
REPORT = "This is a bug in Chainrule: please report it with this output."


class Stand(enum.Enum):
    """Where a probe stands when it attacks."""

    BOX = enum.auto()  # as a student's file; the expression is evaluated there
    PAIR = enum.auto()  # the same in two boxes, one after the other
    THRESHOLD = enum.auto()  # in the box's first process before its lock-down
    WARM = enum.auto()  # as a student's file, with torch there
    GROUP = enum.auto()  # as a student's file, in a control group
    CLOCK = enum.auto()  # it must be ended with import_timeout
    FLOOD = enum.auto()  # it must be ended with output_limit


@dataclass(frozen=True)
class Probe:
    """One wall's probe. ``attack`` is an expression over worker.sandbox.probes, or a threshold name."""

    wall: Wall
    stand: Stand
    attack: str
    guards: str
    lost: str
    cure: str = REPORT
    needed: bool = True


PROBES: tuple[Probe, ...] = (
    Probe(
        Wall.HOST_USER,
        Stand.THRESHOLD,
        "kernel_switch",
        "boxes have no root rights on this machine",
        "a submission that escapes its box controls the machine",
        "Start the worker as an unprivileged user, or as root with a launcher that can change users.",
    ),
    Probe(
        Wall.ENVIRONMENT,
        Stand.BOX,
        "environment()",
        "the worker's variables, including passwords, stay outside",
        "a submission reads the worker's environment",
    ),
    Probe(
        Wall.VIEW,
        Stand.BOX,
        "outside_file(*{guarded!r})",
        "tests, references and other files of the machine can't be seen",
        "a submission reads hidden tests and solutions",
    ),
    Probe(
        Wall.READ_ONLY_ROOT,
        Stand.THRESHOLD,
        "root_folder",
        "boxes share no writable file system",
        "a submission leaves files for the next one",
    ),
    Probe(
        Wall.PRIVATE_FILES,
        Stand.PAIR,
        "left_behind()",
        "each box has its own home and /tmp",
        "a submission reads files of the previous one",
    ),
    Probe(
        Wall.FILE_SPACE,
        Stand.BOX,
        f"file_space({LIMITS.file_bytes})",
        "number and size of a box's files are limited",
        "a submission fills the machine's memory with files",
    ),
    Probe(
        Wall.HIDDEN_PROC,
        Stand.BOX,
        "hidden_proc()",
        "/proc is empty: it shows no processes, mounts or memory",
        "a submission sees processes and memory maps, and can overwrite its own code",
    ),
    Probe(
        Wall.PROCESSES,
        Stand.BOX,
        "other_processes()",
        "boxes can't see or signal each other's processes",
        "a submission kills other submissions",
        KERNEL,
    ),
    Probe(
        Wall.NETWORK,
        Stand.THRESHOLD,
        "outside_connection",
        "no network, not even this machine's",
        "a submission sends hidden inputs out, and reaches local services",
        KERNEL,
    ),
    Probe(
        Wall.IPC,
        Stand.THRESHOLD,
        "shared_segment",
        "each box has its own memory segments and queues",
        "two submissions exchange data through shared memory",
        KERNEL,
    ),
    Probe(
        Wall.DESCRIPTORS,
        Stand.BOX,
        "descriptors()",
        "boxes inherit no open file or socket",
        "a submission writes to sockets of the grader",
    ),
    Probe(
        Wall.CAPABILITIES,
        Stand.BOX,
        "capabilities()",
        "no capabilities, not even over the box itself",
        "a submission can rearrange its own box",
    ),
    Probe(
        Wall.SYSTEM_CALLS,
        Stand.BOX,
        "system_calls()",
        "only the system calls that a submission needs reach the kernel",
        "a submission can attack the kernel and communicate through sockets, locks and keyrings",
        "Install libseccomp 2.5 or later and pyseccomp on an x86-64 kernel with seccomp.",
    ),
    Probe(
        Wall.W_XOR_EXECUTE,
        Stand.BOX,
        "new_code()",
        "no new machine code can be created",
        "the autograd trap can be undone with ctypes",
        "Install libseccomp 2.5 or later and pyseccomp on an x86-64 kernel with seccomp.",
    ),
    Probe(
        Wall.LANDLOCK,
        Stand.BOX,
        "forbidden_write()",
        "the kernel denies writing except in home and /tmp",
        "only the read-only view keeps a submission from writing",
        "Use Linux 5.13 or later with `landlock` in the kernel's lsm= list.",
        needed=False,
    ),
    Probe(
        Wall.ADDRESS_SPACE,
        Stand.BOX,
        f"memory_per_process({LIMITS.memory_bytes})",
        "a process that uses too much memory gets an error",
        "a submission that uses too much memory is killed without a message",
    ),
    Probe(
        Wall.PROCESS_COUNT,
        Stand.BOX,
        f"process_count({LIMITS.processes})",
        "the number of processes is limited",
        "a fork bomb stops the machine",
    ),
    Probe(
        Wall.CGROUP,
        Stand.GROUP,
        f"memory_of_box({LIMITS.memory_bytes})",
        "all processes of a box together have a memory limit",
        "only single processes have a memory limit: a submission can use a multiple of it",
        "Run the worker as root, or delegate it a group with memory and pids (systemd: Delegate=yes).",
        needed=False,
    ),
    Probe(
        Wall.IMPORT_CLOCK,
        Stand.CLOCK,
        "endless()",
        "an import that does not end is stopped",
        "one submission blocks a worker",
    ),
    Probe(
        Wall.OUTPUT_CAP,
        Stand.FLOOD,
        f"flood({LIMITS.output_bytes})",
        "output is limited",
        "a submission that prints forever fills memory",
    ),
    Probe(
        Wall.AUTOGRAD,
        Stand.WARM,
        "autograd()",
        "torch does not differentiate where an assignment forbids it",
        "autograd works in submissions and costs no points; staff see lines that look like it",
        "Install a tested torch version, in its CPU build for x86-64.",
        needed=False,
    ),
)
