"""Submissions that crash, hang, flood or exhaust: each is named as what it did, and blamed on itself."""

import textwrap
from contextlib import suppress

import pytest
from msgspec import structs

from tests.hostile.boxed import QUICK, boxed, printed_by
from worker.wire.errors import WireError
from worker.wire.message import BoxLimits, Loaded, LoadFailed

SHORT = BoxLimits(
    import_seconds=1.0,
    total_seconds=6.0,
    memory_bytes=128 << 20,
    processes=16,
    output_bytes=16 * 1024,
    file_bytes=4 << 20,
)

AT_IMPORT = {
    # On a busy machine without a control group the clock may be faster than the CPU second.
    "hang": ("while True: pass", "import_timeout", None, "timeout"),
    "sleep": (
        "import time; time.sleep(60)",
        "import_timeout",
        {"seconds": 4.0, "clock": "wall"},
        "timeout",
    ),
    "wait for a signal that never comes": (
        "import signal\nwhile True: signal.pause()",
        "import_timeout",
        {"seconds": 4.0, "clock": "wall"},
        "timeout",
    ),
    "print for ever": (
        "while True: print('x' * 100)",
        "output_limit",
        {"limit_bytes": 16384},
        "output_limit",
    ),
    "os._exit(0)": (
        "import os; os._exit(0)",
        "import_crashed",
        {"how": "exit", "number": 0, "name": ""},
        "exited",
    ),
    "os._exit(3)": (
        "import os; os._exit(3)",
        "import_crashed",
        {"how": "exit", "number": 3, "name": ""},
        "exited",
    ),
    "segfault": (
        "import ctypes; ctypes.string_at(0)",
        "import_crashed",
        {"how": "signal", "number": 11, "name": "SIGSEGV"},
        "signalled",
    ),
    "close the control channel": (
        "import os, time\nos.close(3)\ntime.sleep(9)",
        "import_crashed",
        None,
        "closed",
    ),
    "write nonsense to the control channel": (
        "import os, time\nos.write(3, b'x' * 100)\ntime.sleep(9)",
        "import_crashed",
        None,
        "closed",
    ),
    "claim that we are to blame": (
        (
            "import os, msgspec, struct, time\n"
            "m = {'type': 'ImportFailed', 'code': 'box_lost', 'values': {}, 'notes': []}\n"
            "p = msgspec.msgpack.encode(m)\n"
            "os.write(3, struct.pack('<4sI', b'CRW1', len(p)) + p)\ntime.sleep(9)"
        ),
        "import_crashed",
        None,
        "closed",
    ),
}


@pytest.mark.parametrize("what", AT_IMPORT, ids=list(AT_IMPORT))
def test_at_import(plain, what):
    source, code, values, how = AT_IMPORT[what]
    with boxed(plain, source, limits=SHORT if code == "import_timeout" else QUICK) as box:
        assert isinstance(box.loaded, LoadFailed)
        assert box.loaded.code == code
        assert values is None or box.loaded.values == values
        assert box.loaded.ending is not None
        assert (box.loaded.ending.how, box.loaded.ending.blame) == (how, "student")
    assert printed_by(plain, "print('next')") == "next\n"


def test_sys_exit_at_import_is_a_crash_with_its_number(plain):
    with boxed(plain, "import sys; sys.exit(4)") as box:
        assert (box.loaded.code, box.loaded.values["number"]) == ("import_crashed", 4)


@pytest.mark.parametrize("bomb", ["x = bytearray(1 << 40)", "import torch; torch.zeros(1 << 38)"])
def test_memory_bomb_is_named(plain, bomb):
    with boxed(plain, bomb) as box:
        assert (box.loaded.code, box.loaded.values) == ("out_of_memory", {"limit_bytes": QUICK.memory_bytes})


def test_memory_of_several_processes_ends_the_box(plain, groups):
    source = """
        import os
        for _ in range(6):
            if os.fork() == 0:
                held = bytearray(60 << 20)
                os.kill(os.getpid(), 19)
        while True:
            os.waitpid(-1, 0)
    """
    soon = structs.replace(QUICK, import_seconds=2)  # it waits for children that were killed, until the net
    with boxed(plain, textwrap.dedent(source), limits=soon, groups=groups) as box:
        assert isinstance(box.loaded, LoadFailed)
        assert box.loaded.code == "out_of_memory"
    assert printed_by(plain, "print('next')") == "next\n"


def test_fork_bomb_stays_within_its_number(plain):
    source = """
        import os, time
        count = 0
        try:
            while True:
                if os.fork() == 0:
                    time.sleep(30)
                    os._exit(0)
                count += 1
        except OSError:
            print(count)
    """
    assert int(printed_by(plain, textwrap.dedent(source))) < QUICK.processes
    assert printed_by(plain, "print('next')") == "next\n"


def test_fork_storm_ends_with_the_clock(plain, groups):
    source = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n"
    with boxed(plain, source, limits=SHORT, groups=groups) as box:
        assert (box.loaded.code, box.loaded.ending.how) == ("import_timeout", "timeout")
    assert printed_by(plain, "print('next')") == "next\n"


def test_killing_everything_at_import_harms_nobody_else(plain):
    source = "import os\nos.kill(-1, 9) if os.fork() == 0 else os.wait()\nprint('alive')"
    with boxed(plain, source) as box:
        assert isinstance(box.loaded, Loaded | LoadFailed)
    assert printed_by(plain, "print('next')") == "next\n"


def test_disk_bomb_is_refused(plain):
    source = """
        try:
            for number in range(100):
                with open(f"/tmp/{number}", "wb") as file:
                    file.write(bytes(1 << 20))
        except OSError as error:
            print(number, error.errno)
    """
    number, error = map(int, printed_by(plain, textwrap.dedent(source)).split())
    assert number <= 4
    assert error in (27, 28)


def test_many_small_files_are_refused(plain):
    source = """
        try:
            for number in range(100000):
                open(f"/tmp/{number}", "w").close()
        except OSError:
            print(number)
    """
    assert int(printed_by(plain, textwrap.dedent(source))) < 5000


SERVED = """
import os, time, ctypes
def fine(): return 7
def crash(): ctypes.string_at(0)
def leave(): os._exit(0)
def hang():
    while True: pass
def kill_all():
    try: os.kill(-1, 9)
    except ProcessLookupError: return 1
def kill_first(): os.kill(1, 9); return 1
def eat(): return len(bytearray(1 << 40))
def daemon():
    if os.fork() == 0:
        while True: time.sleep(0.01)
    return 1
"""


def call(box, name, seconds=60.0):
    return box.ask("call_attribute", 0, name, seconds=seconds)


def test_crash_costs_one_session_and_the_checkpoint_gives_another(plain):
    with boxed(plain, SERVED) as box:
        assert box.open()
        with pytest.raises(WireError):
            call(box, "crash")
        ending = box.ending()
        assert (ending.how, ending.number, ending.blame) == ("signalled", 11, "student")
        assert box.open()
        assert call(box, "fine").value == [7]


def test_an_end_of_its_own_is_named_even_when_a_kill_crosses_it(plain):
    source = SERVED + "def end(): os.kill(os.getpid(), 9)\n"
    for _ in range(5):
        with boxed(plain, source) as box:
            assert box.open()
            with pytest.raises(WireError):
                call(box, "end")
            assert (box.kill("closed").how, box.ended.number) == ("signalled", 9)


def test_exit_with_zero_is_an_ending_like_any_other(plain):
    with boxed(plain, SERVED) as box:
        assert box.open()
        with pytest.raises(WireError):
            call(box, "leave")
        assert (box.ended or box.ending()).how == "exited"
        assert box.ended.number == 0


def test_hang_is_ended_from_outside(plain):
    with boxed(plain, SERVED) as box:
        assert box.open()
        with pytest.raises(WireError):
            call(box, "hang", seconds=0.5)
        assert box.kill("timeout").how == "timeout"
        assert box.open()
        assert call(box, "fine").value == [7]


def test_killing_every_process_it_can_see_ends_no_checkpoint(plain):
    with boxed(plain, SERVED) as box:
        assert box.open()
        assert call(box, "kill_all").value == [1]
        assert call(box, "kill_first").value == [1]
        assert box.kill().how == "closed"
        assert box.open()
        assert call(box, "fine").value == [7]


def test_a_process_name_that_looks_like_the_kernels_word_forges_no_figure(plain):
    source = SERVED + textwrap.dedent("""
        def rename():
            ctypes.CDLL(None).prctl(15, b"\\x1cVmHWM: x\\xff", 0, 0, 0)
            return 1
    """)
    with boxed(plain, source) as box:
        assert box.open()
        assert call(box, "rename").value == [1]
        ending = box.kill("timeout")
        assert (ending.how, ending.blame) == ("timeout", "student")
        assert ending.peak_memory_bytes > 1 << 20
        assert box.open()
        assert call(box, "fine").value == [7]


def test_memory_error_of_a_session_is_an_answer(plain):
    with boxed(plain, SERVED) as box:
        assert box.open()
        raised = call(box, "eat").raised
        assert raised is not None
        assert raised.type == "MemoryError"


def test_memory_used_up_in_a_session_is_named_and_the_checkpoint_survives(plain, groups):
    source = SERVED + textwrap.dedent("""
        def spread():
            for _ in range(6):
                if os.fork() == 0:
                    held = bytearray(60 << 20)
                    time.sleep(30)
            os.wait()  # for the first that the kernel ends
            return 1
    """)
    with boxed(plain, source, groups=groups) as box:
        assert box.open()
        with suppress(WireError):  # if it was the session itself
            call(box, "spread")
        ending = box.kill("timeout")
        assert ending.how == "out_of_memory"
        assert ending.peak_memory_bytes > 100 << 20
        assert box.open()
        assert call(box, "fine").value == [7]


def test_processes_of_a_killed_session_end_with_it(plain):
    with boxed(plain, SERVED) as box:
        assert box.open()
        for _ in range(5):
            assert call(box, "daemon").value == [1]
        box.kill()
        for _ in range(3):
            assert box.open()
            for _ in range(10):
                assert call(box, "daemon").value == [1]
            box.kill()


def test_the_clock_of_the_whole_box_ends_it(plain):
    with boxed(plain, SERVED, limits=BoxLimits(import_seconds=60.0, total_seconds=8.0)) as box:
        assert box.open()
        assert box.ending().how == "timeout"
        assert not box.open()
        assert box.ended.how == "timeout"


def test_two_boxes_at_once_do_not_meet(plain):
    with boxed(plain, SERVED) as first, boxed(plain, SERVED) as second:
        assert first.open()
        assert second.open()
        assert call(first, "kill_all").value == [1]
        assert call(second, "fine").value == [7]
