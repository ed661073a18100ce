"""The disk of the data folder runs full while gradings run."""

import os
import subprocess
import sys

import pytest

from tests.queue.rig import ROOT

DISK_BYTES = 48 << 20
MOUNT = f'mount -t tmpfs -o size={DISK_BYTES},mode=0755 none "$1" && shift && exec "$@"'
SECONDS = 550

pytestmark = pytest.mark.slow


def test_disk_of_the_data_folder_full(tmp_path):
    words = [sys.executable, "-m", "tests.queue.full_disk", str(tmp_path)]
    command = [*_with_a_disk_of_its_own(), "sh", "-c", MOUNT, "sh", str(tmp_path), *_as_ourselves(), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-6000:]
    refusal, attempts = done.stdout.split("\n\n")
    assert "disk is full" in refusal
    assert "Nothing is lost." in refusal
    assert int(attempts) > 0


def _with_a_disk_of_its_own():
    alone = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private"]
    return alone if os.getuid() == 0 else [*alone, "--user", "--map-root-user"]


def _as_ourselves():
    """Who isn't root has become it for the mount, and goes back."""
    ids = f"--map-user={os.getuid()}", f"--map-group={os.getgid()}"
    return [] if os.getuid() == 0 else ["unshare", "--user", *ids]
