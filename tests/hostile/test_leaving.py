"""Submissions that leave something for the next one, or for the machine: nothing stays."""

import textwrap

import pytest

from tests.hostile.boxed import boxed, printed_by, processes_of, wait_until
from worker.wire.message import Loaded

LEAVE_AND_LOOK = {
    "a file in /tmp": (
        "open('/tmp/left', 'w').write('x')",
        "import os; print('left' in os.listdir('/tmp'))",
        "False",
    ),
    "a file at home": (
        "open('/student/home/left', 'w').write('x')",
        "import os; print(os.listdir('/student/home'))",
        "['mlp.py']",
    ),
    "a patched module": (
        "import torch, math; torch.relu = None; math.pi = 3",
        "import torch, math; print(torch.relu is None, math.pi == 3)",
        "False False",
    ),
    "a generator's state": (
        "import torch; torch.manual_seed(5)",
        "import torch; print(torch.initial_seed())",
        "1",
    ),
    "a thread": (
        "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "import threading; print(threading.active_count())",
        "1",
    ),
}


@pytest.mark.parametrize("what", LEAVE_AND_LOOK, ids=list(LEAVE_AND_LOOK))
def test_nothing_is_left(plain, what):
    leave, look, expected = LEAVE_AND_LOOK[what]
    printed_by(plain, leave)
    assert printed_by(plain, look).strip() == expected


REFUSED = {
    "a shared memory segment": "import ctypes; print(ctypes.CDLL(None).shmget(77, 4096, 0o1600))",
    "a message queue": "import ctypes; print(ctypes.CDLL(None).msgget(77, 0o1600))",
    "a POSIX shared memory object": """
        try:
            from multiprocessing.shared_memory import SharedMemory
            SharedMemory("left", create=True, size=4096)
            print(1)
        except (OSError, ImportError):
            print(-1)
    """,
    "an abstract socket": """
        import socket
        try:
            socket.socket(socket.AF_UNIX).bind("\\0left")
            print(1)
        except OSError:
            print(-1)
    """,
    "a file in site-packages": """
        import torch, os
        try:
            open(os.path.join(os.path.dirname(torch.__file__), "left.py"), "w")
            print(1)
        except OSError:
            print(-1)
    """,
    "a changed library": """
        import torch, os
        try:
            open(torch.__file__, "r+b")
            print(1)
        except OSError:
            print(-1)
    """,
    "a lock on a shared file": """
        import fcntl, torch
        try:
            fcntl.flock(open(torch.__file__), fcntl.LOCK_EX | fcntl.LOCK_NB)
            print(1)
        except OSError:
            print(-1)
    """,
    "a record lock on a shared file": """
        import fcntl, torch
        try:
            fcntl.lockf(open(torch.__file__), fcntl.LOCK_SH | fcntl.LOCK_NB)
            print(1)
        except OSError:
            print(-1)
    """,
    "a key": "import ctypes; print(ctypes.CDLL(None).syscall(248, b'user', b'left', b'x', 1, -3))",
}


@pytest.mark.parametrize("what", REFUSED, ids=list(REFUSED))
def test_cannot_make(plain, what):
    assert printed_by(plain, textwrap.dedent(REFUSED[what])).strip() == "-1"


def test_background_process_ends_with_its_box(plain):
    source = """
        import os, time
        if os.fork() == 0:
            os.setsid()
            while True:
                time.sleep(0.01)
        print(os.getpid())
    """
    before = set(processes_of(plain))
    with boxed(plain, textwrap.dedent(source)) as box:
        assert isinstance(box.loaded, Loaded)
        made = set(processes_of(plain)) - before  # some of those before may be on their way out
        assert len(made) > 1
    assert wait_until(lambda: not made & set(processes_of(plain)))
