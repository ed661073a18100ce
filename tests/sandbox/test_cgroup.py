import os
import subprocess
import sys
from contextlib import ExitStack

from tests.processes import started
from worker.sandbox.cgroup import Groups, join, read_usage


def test_says_why_there_are_none(tmp_path):
    assert Groups.find(tmp_path) == f"no memory controller is mounted under {tmp_path}"


def test_a_group_is_gone_after_it_was_closed(groups):
    with groups.make(1 << 28, 8) as group:
        made = group.folders
        assert all(folder.is_dir() for folder in made)
        assert len(group.descriptors) == len(made) + 3
    assert not any(folder.exists() for folder in made)


def test_a_process_that_stays_is_no_fault_and_its_group_is_removed_with_the_next_one(groups):
    with ExitStack() as stack:
        child = stack.enter_context(started(["sleep", "60"]))
        with groups.make(1 << 28, 8) as group:
            (group.folders[0] / "cgroup.procs").write_text(str(child.pid))
        with groups.make(1 << 28, 8):
            assert group.folders[0].exists()
    groups.make(1 << 28, 8).close()
    assert not any(folder.exists() for folder in group.folders)


def test_whoever_joins_is_counted(groups):
    with groups.make(1 << 28, 8) as group:
        pid = os.fork()
        if pid == 0:
            join(group.descriptors)
            held = bytearray(32 << 20)
            os._exit(len(held) == 0)
        os.waitpid(pid, 0)
        assert group.usage().peak_bytes > 30 << 20
        assert group.usage().out_of_memory_kills == 0


def test_a_kill_for_memory_is_counted(groups):
    with groups.make(1 << 20, 8) as group:
        pid = os.fork()
        if pid == 0:
            join(group.descriptors)
            held = bytearray(256 << 20)
            os._exit(len(held) == 0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -9
        assert group.usage().out_of_memory_kills == 1


def test_groups_of_engines_that_were_killed_are_swept(groups):
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    )
    with groups.make(1 << 28, 8) as group:
        left = [folder.parent / f"chainrule-{int(ended.stdout)}-0" for folder in group.folders]
        for folder in left:
            folder.mkdir()
        groups.sweep()
        assert not any(folder.exists() for folder in left)
        assert all(folder.exists() for folder in group.folders)


def test_no_group_counts_nothing():
    assert read_usage(()).peak_bytes == 0
