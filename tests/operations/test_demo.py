"""`make demo`: the service with a demo course, from the start to the last trace of it."""

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.processes import started

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow
# On a busy machine everything takes ten times as long.
SECONDS = 240


@pytest.fixture
def folder():
    """A folder with a short path, since sockets are made in it."""
    with tempfile.TemporaryDirectory(prefix="chainrule-test-") as name:
        yield Path(name)


@pytest.fixture
def demo(folder):
    """Starts the demo's script in a group of its own, as a terminal does; ends it with the test."""
    with contextlib.ExitStack() as stack:

        def start(**variables):
            process = started(
                ["setpriv", "--pdeathsig", "TERM", ROOT / "deploy/demo.sh"],
                env={**os.environ, "TMPDIR": str(folder), **variables},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, start_new_session=True,
            )  # fmt: skip
            running = stack.enter_context(process)
            stack.callback(_end, running)
            return running

        yield start


def _end(process):
    """Let the script clean up, and hear what it says meanwhile."""
    process.terminate()
    process.communicate(timeout=SECONDS)


def _until(process, text):
    """Return what the script says up to a line with that text."""
    said = []
    for line in process.stdout:
        said.append(line)
        if text in line:
            return "".join(said)
    raise AssertionError("".join(said))


def _totals(said):
    return re.findall(r"^nyu-hw1 · .* ([\d.]+) / 50$", said, re.MULTILINE)


def test_demo_prints_scores_stays_up_until_it_is_interrupted_and_leaves_nothing(demo, folder):
    process = demo(ONESHOT="", CHAINRULE_DATABASE_URL="postgresql://nowhere/nothing")
    said = _until(process, "Press Ctrl-C to stop the service")
    wrong, right = _totals(said)
    assert 0 < float(wrong) < 50
    assert right == "50.00"
    address = re.search(r"^The pages: (\S+)$", said, re.MULTILINE)[1]
    assert re.search(r"^  student +student@example\.org +password \S+$", said, re.MULTILINE)
    with urllib.request.urlopen(f"{address}sign-in", timeout=SECONDS) as answer:
        assert answer.status == 200
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert list(folder.iterdir()) == []
    with pytest.raises(URLError):
        urllib.request.urlopen(address, timeout=SECONDS)


def test_demo_that_can_not_listen_says_so(demo, folder):
    process = demo(ONESHOT="1", PORT="1" if os.getuid() else "99999")
    said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "--port" in said
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("line", ["$ chainrule serve", "chainrule serves on"])
def test_demo_that_is_interrupted_twice_ends_at_once_and_keeps_no_data(demo, folder, line):
    process = demo(ONESHOT="")
    _until(process, line)
    os.killpg(process.pid, signal.SIGINT)
    _until(process, "press Ctrl-C again to stop at once")
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    # What a killed worker leaves is swept by the next one.
    assert list(folder.glob("chainrule-demo-*")) == []
