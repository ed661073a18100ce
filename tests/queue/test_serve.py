"""`chainrule serve`: one command, everything in one folder, nothing left behind."""

import contextlib
import http.client
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from grader.database.tables import User
from grader.serving.programs import Command, Program
from tests import processes
from tests.queue.conftest import rigs_on
from tests.queue.rig import ROOT, wait

pytestmark = pytest.mark.slow


class Service:
    """A running `chainrule serve`."""

    def __init__(self, rig, **environment):
        words = [sys.executable, "-m", "grader", "serve", "--port", "0", "--jobs", "2"]
        self.process = rig.start(
            words,
            env={**rig.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log = rig.settings.data_folder / "log" / "worker.log"
        self.said = self.process.stdout.readline()
        found = re.search(r"http://([\d.]+):(\d+)/", self.said)
        assert found, self.process.stderr.read()
        self.host, self.port = found[1], int(found[2])

    def get(self, path):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=180)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def family(self):
        """Return the process ids of all descendants."""
        return processes.below(self.process.pid)[1:]

    def wait(self, condition):
        """Wait until it holds; fails with what the worker said, and when the service has ended."""

        def holds():
            assert self.process.poll() is None, self.process.stderr.read()
            return condition()

        try:
            wait(holds, 180)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log.read_text()[-4000:]}") from None

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(180)


@pytest.fixture
def rig(make_rig):
    return make_rig(broker="file")


@pytest.fixture(scope="module")
def first(host):
    """A service that starts for the first time, with nobody in it yet, and what it said."""
    with rigs_on(host) as make:
        rig = make(broker="file")
        with rig.database.transaction() as session:
            session.query(User).update({"is_admin": False})
        service = Service(rig)
        said = "".join(service.process.stdout.readline() for _ in range(4))
        yield rig, service, said
        assert service.stop() == 0


def test_serve_grades_stops_and_finds_everything_again_and_all_of_it_ends_however_it_ends(rig):
    service = Service(rig)
    assert service.get("/") in (200, 302)
    secret = rig.settings.data_folder / "secret"
    ids = rig.submit(range(3), send=False)
    service.wait(lambda: rig.graded() == 3)
    second = subprocess.run(
        [sys.executable, "-m", "grader", "serve", "--port", "0"],
        cwd=ROOT, env=rig.environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert second.returncode == 2
    assert "another service is using" in second.stderr
    family = service.family()
    assert len(family) >= 5
    assert service.stop(signal.SIGINT) == 0
    assert processes.gone(family)
    assert not secret.exists()  # the secret was given, so none was made
    # What is handed in meanwhile is graded after the next start.
    ids += rig.submit(range(3, 5), send=False)
    service = Service(rig)
    service.wait(lambda: rig.graded() == 5)
    rig.assert_each_graded_once(ids)
    family = service.family()
    service.stop(signal.SIGKILL)
    wait(lambda: processes.gone(family), 180)


@pytest.fixture
def folder_for_all():
    """A folder that the sandbox's user may enter too."""
    with tempfile.TemporaryDirectory(prefix="chainrule-path-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _path_without(name, folder):
    """Return a PATH on which everything but one program is found."""
    places = [place for place in os.environ["PATH"].split(os.pathsep) if os.access(place, os.R_OK | os.X_OK)]
    for place in places:
        for program in Path(place).glob("*"):
            if program.name != name and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
    assert shutil.which(name, path=folder) is None
    return str(folder)


def test_serve_without_redis_keeps_its_queue_in_a_file(rig, folder_for_all):
    service = Service(rig, PATH=_path_without("redis-server", folder_for_all), CHAINRULE_SECRET="")
    ids = rig.submit(range(3), send=False)
    service.wait(lambda: rig.graded() == 3)
    rig.assert_each_graded_once(ids)
    assert (rig.settings.data_folder / "queue.db").exists()
    assert not (rig.settings.data_folder / "run").exists()
    secret = rig.settings.data_folder / "secret"  # none was given, so one was made
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    family = service.family()
    assert service.stop() == 0
    assert processes.gone(family)


def test_connections_of_a_class_that_waits_keep_nobody_out(first):
    _, service, _ = first
    with contextlib.ExitStack() as open_ones:
        for _ in range(300):
            connection = http.client.HTTPConnection(service.host, service.port, timeout=180)
            open_ones.callback(connection.close)
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            assert answer.read()
            assert answer.status == 200


def test_asked_twice_serve_waits_for_no_child_that_does_not_answer(rig):
    service = Service(rig)
    family = processes.pause(service.family)
    service.process.send_signal(signal.SIGINT)
    while "press Ctrl-C again to stop at once" not in service.process.stdout.readline():
        assert service.process.poll() is None
    assert service.stop(signal.SIGINT) == 0
    # Whoever was not killed ends because its parent is gone, which it can't notice while it is paused.
    processes.tell(family, signal.SIGCONT)
    wait(lambda: processes.gone(family), 180)


def test_first_start_prints_a_link_to_the_first_account(first):
    rig, service, said = first
    [path] = re.findall(rf"^  http://{service.host}:{service.port}(/first-account/\S+)$", said, re.MULTILINE)
    assert service.get(path) == 200
    assert service.get("/first-account/another") == 404
    secret = path.rpartition("/")[2]
    kept = [each for each in rig.settings.data_folder.rglob("*") if each.is_file()]
    assert not [each for each in kept if secret.encode() in each.read_bytes()]


def test_port_that_is_taken_is_told(rig):
    with contextlib.closing(http.client.socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        result = subprocess.run(
            [sys.executable, "-m", "grader", "serve", "--port", port],
            cwd=ROOT, env=rig.environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
    assert result.returncode == 2
    assert f"127.0.0.1:{port}" in result.stderr
    assert "--port" in result.stderr


@pytest.fixture
def program(tmp_path):
    programs = []

    def make(*words, clock=time.monotonic, **more):
        programs.append(Program(Command("a program", words, tmp_path / "log", **more), clock))
        programs[-1].start()
        return programs[-1]

    yield make
    for each in programs:
        each.kill()


def test_program_that_ends_is_started_again(program):
    sleeper = program("sleep", "60")
    first = sleeper.pid
    processes.tell([first], signal.SIGKILL)
    wait(lambda: sleeper.returncode is not None, 180)
    sleeper.keep_running()
    assert sleeper.pid != first
    assert sleeper.returncode is None


def test_program_that_keeps_ending_is_started_ever_more_slowly(program):
    now = [0.0]
    failing = program("false", clock=lambda: now[0])
    wait(lambda: failing.returncode is not None, 180)
    failing.keep_running()
    again = failing.pid
    wait(lambda: failing.returncode is not None, 180)
    failing.keep_running()
    assert failing.pid == again
    now[0] = 1.1
    failing.keep_running()
    assert failing.pid != again


@pytest.fixture
def deaf(program):
    """Starts a program that has stopped to listen."""

    def start(**more):
        words = "trap '' TERM; echo deaf; sleep 60 & wait; sleep 60"
        deaf = program("sh", "-c", words, **more)
        wait(lambda: "deaf" in deaf.log_tail(), 180)
        return deaf

    return start


def test_program_that_does_not_listen_is_made_to_end(deaf):
    program = deaf(patience_seconds=0.3)
    program.end()
    wait(lambda: program.returncode == -signal.SIGKILL, 180)


def test_nobody_in_a_hurry_waits_for_a_program(deaf):
    program = deaf(patience_seconds=600)
    program.end(lambda: True)
    wait(lambda: program.returncode == -signal.SIGKILL, 180)
