import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests import processes
from tests.hostile.boxed import boxed, printed_by, processes_of, wait_until
from worker.sandbox import box, door, launch, policy, view
from worker.sandbox.errors import SandboxError, ZygoteGone
from worker.wire.channel import Channel
from worker.wire.message import FromKeeper, Job, Loaded

PROJECT = Path(__file__).resolve().parents[2]


def leftovers():
    """Folders of zygotes of this process: others start and end theirs meanwhile."""
    return {path.name for path in Path(tempfile.gettempdir()).glob(f"chainrule-{os.getpid()}-*")}


def test_warm_guest_tells_its_versions_and_the_level_of_its_trap(trapped):
    assert trapped.facts["policy"] == "trapped"
    assert trapped.facts["trap"] in ("native", "python")
    assert trapped.facts["torch"]


def test_plain_guest_has_no_trap(plain):
    assert "trap" not in plain.facts


def test_an_optimizer_finds_all_it_imports_where_autograd_is_allowed(plain):
    source = """
        import sys
        import torch
        before = set(sys.modules)
        weight = torch.ones(2, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=0.5)
        weight.sum().backward()
        optimizer.step()
        print(weight.tolist(), set(sys.modules) - before)
    """
    assert printed_by(plain, textwrap.dedent(source)) == "[0.5, 0.5] set()\n"


def test_closing_leaves_no_process_and_no_file(cold):
    folder, processes = cold.path.parent, processes_of(cold)
    assert folder.stat().st_mode & 0o777 == 0o700
    with boxed(cold, "x = 1") as loaded:
        assert isinstance(loaded.loaded, Loaded)
        cold.close()
    assert not folder.exists()
    assert not cold.alive
    assert wait_until(lambda: not any(Path("/proc", str(pid)).exists() for pid in processes))


def test_closing_twice_is_fine(cold):
    cold.close()
    cold.close()


def test_connecting_to_a_closed_zygote_is_our_fault(cold):
    cold.close()
    with pytest.raises(ZygoteGone, match="zygote guest-plain is gone"):
        cold.connect()


def test_a_zygote_that_takes_nothing_is_not_taken_for_one_that_is_gone(tmp_path):
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(path)
        listener.listen(0)
        first.connect(path)
        assert door.is_open(path)
        with pytest.raises(SandboxError, match="it does not answer") as caught:
            door.connect(path, "it")
        assert not isinstance(caught.value, ZygoteGone)
    assert not door.is_open(path)  # nobody listens
    Path(path).unlink()
    assert not door.is_open(path)  # nor is there a socket


def test_everything_ends_with_the_engine_even_by_sigkill(tmp_path):
    source = """
        import sys, time
        sys.path.insert(0, sys.argv[1])
        from tests.hostile.boxed import boxed
        from worker.sandbox import box, policy
        with box.start(box.guest(policy.PLAIN, warm=False)) as zygote:
            with boxed(zygote, "import os\\nif os.fork() == 0:\\n    while True: os.sched_yield()") as loaded:
                print(zygote.pid, zygote.path.parent, flush=True)
                time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(source), str(PROJECT)]
    with processes.started(command, stdout=subprocess.PIPE, text=True) as engine:
        pid, folder = engine.stdout.readline().split()
        found = processes.below(int(pid))
        assert len(found) >= 4
    assert wait_until(lambda: processes.gone(found))
    box.start(box.guest(policy.PLAIN, warm=False)).close()
    assert not Path(folder).exists(), "the next start sweeps what a killed engine left"


def test_a_zygote_that_does_not_start_shows_its_log():
    spec = replace(box.guest(policy.PLAIN, warm=False), module="worker.guest.no_such_module")
    before = leftovers()
    with pytest.raises(SandboxError, match="no_such_module"):
        box.start(spec)
    assert leftovers() <= before  # what killed processes left is swept away


def test_no_program_is_found_in_a_box(cold):
    look = "import ctypes.util, shutil; print(shutil.which('sh'), ctypes.util._findLib_gcc('dl'))"
    assert printed_by(cold, look) == "None None\n"


def test_folder_for_temporary_files_with_a_long_path_is_told(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with pytest.raises(SandboxError, match="too long") as failure:
        box.start(box.guest(policy.PLAIN, warm=False))
    assert "TMPDIR" in failure.value.cure
    assert list(long.iterdir()) == []


def test_without_bubblewrap_the_cure_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    before = leftovers()
    with pytest.raises(SandboxError, match="bubblewrap") as failure:
        box.start(box.guest(policy.PLAIN, warm=False))
    assert "apt install bubblewrap" in failure.value.cure
    assert leftovers() <= before  # what killed processes left is swept away


def test_without_user_namespaces_the_cure_is_named(monkeypatch):
    # Where the sandbox's user can run it: pytest's own folders are closed to others.
    with tempfile.TemporaryDirectory(prefix="without-namespaces-") as folder:
        program = Path(folder, "bwrap")
        program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
        program.chmod(0o755)
        Path(folder).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        with pytest.raises(SandboxError) as failure:
            box.start(box.guest(policy.PLAIN, warm=False))
    assert "user.max_user_namespaces" in failure.value.cure
    assert "deploy/apparmor-host" in failure.value.cure


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become someone else")
def test_root_starts_boxes_as_someone_else(cold):
    assert (
        printed_by(cold, "import os; print(os.getuid(), os.getgid())").split()
        == [str(policy.SANDBOX_UID)] * 2
    )
    found = [status for pid in processes_of(cold) if (status := _status(pid))]
    assert found
    for status in found:
        assert f"Uid:\t{policy.SANDBOX_UID}" in status


def _status(pid):
    """Return what the kernel says of a process; nothing of one that has ended meanwhile."""
    try:
        return Path("/proc", str(pid), "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_nothing_but_the_guests_rooms_is_mounted(cold):
    look = """
        import os
        print(sorted(os.listdir("/")), sorted(os.listdir("/chainrule/worker")), sorted(os.listdir("/dev")))
    """
    root, rooms, devices = printed_by(cold, textwrap.dedent(look)).strip().removesuffix("]").split("] ")
    assert "guest" in rooms
    assert "examiner" not in rooms
    assert "engine" not in rooms
    assert "'etc'" not in root
    assert "'run'" not in root
    assert devices == str(sorted(policy.DEVICES)).removesuffix("]")


def test_packages_of_ours_are_masked_where_they_are_installed(tmp_path, monkeypatch):
    site = tmp_path / "lib/python3.11/site-packages"
    for name in ("grader", "hidden_tests", "reference", "worker", "chainrule-0.2.0.dist-info", "numpy"):
        (site / name).mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    options, _ = view.arguments(policy.PLAIN, ())
    masked = {options[index + 1] for index, word in enumerate(options) if word == "--tmpfs"}
    expected = ("grader", "hidden_tests", "reference", "worker", "chainrule-0.2.0.dist-info")
    assert masked >= {str(site / name) for name in expected}
    assert str(site / "numpy") not in masked


def test_placeholders_are_filled_in_the_whole_command():
    assert launch.fill(["bwrap", "--ro-bind", "{0}", "/usr", "{1}", "{x}"], ["/a", "/b"]) == [
        "bwrap",
        "--ro-bind",
        "/a",
        "/usr",
        "/b",
        "{x}",
    ]


@pytest.mark.skipif(view.CARD.exists(), reason="this machine has a card")
def test_without_a_card_the_policies_with_one_are_refused():
    with pytest.raises(SandboxError, match="has no card"):
        box.start(box.guest(policy.TRAPPED_CUDA))


def test_with_a_card_walls_are_left_off_by_name():
    assert policy.TRAPPED.walls - policy.TRAPPED_CUDA.walls == policy.NOT_WITH_A_CARD
    assert policy.PLAIN_CUDA.walls == policy.PLAIN.walls - policy.NOT_WITH_A_CARD


def test_a_box_for_a_card_sees_its_own_processes_only():
    spec = box.guest(policy.PLAIN, warm=False)
    spec = replace(spec, settings=msgspec.structs.replace(spec.settings, card=True))
    look = "import os; print([name for name in os.listdir('/proc') if name.isdigit()])"
    with box.start(spec) as zygote:
        assert printed_by(zygote, look).strip() == "['1']"


def test_a_box_that_cannot_be_locked_down_is_our_fault():
    spec = box.guest(policy.PLAIN, warm=False)
    spec = replace(spec, settings=msgspec.structs.replace(spec.settings, program=b"no filter"))
    with box.start(spec) as zygote, boxed(zygote, "x = 1") as loading:
        assert loading.loaded.code == "box_lost"
        assert loading.loaded.ending.blame == "us"
        assert "seccomp" in loading.loaded.values["why"]


def test_a_control_group_that_cannot_be_joined_is_our_fault(cold):
    reading = os.open("/dev/null", os.O_RDONLY)
    try:
        job = Job(files={"mlp.py": b""}, entry="mlp.py", seed=0, cgroup_descriptors=4)
        with Channel(cold.connect(), FromKeeper) as keeper:
            keeper.send(job, seconds=180, descriptors=(reading,) * 4)
            answer = keeper.receive(seconds=180)
    finally:
        os.close(reading)
    assert (answer.code, answer.ending.how, answer.ending.blame) == ("box_lost", "lost", "us")
    assert "Bad file descriptor" in answer.values["why"]


def test_the_zygote_ends_when_its_warm_process_does(cold):
    *_, warm = processes_of(cold)
    processes.tell([warm], signal.SIGKILL)
    assert wait_until(lambda: not cold.alive)


def test_many_boxes_at_once_are_each_their_own(cold):
    with ExitStack() as stack:
        boxes = [stack.enter_context(boxed(cold, f"print({number})")) for number in range(30)]
        assert [each.loaded.output for each in boxes] == [f"{number}\n" for number in range(30)]
        assert all(each.open() for each in boxes)
    assert wait_until(lambda: len(processes_of(cold)) <= 3)


def test_a_connection_that_says_nothing_holds_nobody_up(cold):
    with cold.connect(), cold.connect():
        assert printed_by(cold, "print('served')") == "served\n"


def test_nonsense_on_a_connection_ends_it_alone(cold):
    with cold.connect() as connection:
        connection.sendall(b"nonsense" * 100)
        assert connection.recv(1) == b""
    assert printed_by(cold, "print('served')") == "served\n"
