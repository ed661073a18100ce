"""Whatever dies in the middle, each hand-in is graded exactly once in the end, and none by our fault badly.

Real workers, the real engine, a real Redis; a minute of the service passes in two seconds.
"""

import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from grader.database.tables import Grading
from tests.queue.rig import kill_tree, wait

NUMBER = 60
BUSY = 8
"""So many are graded when a fault comes: most are not."""

SECONDS = 0.5  # a hand-in sleeps so long, so that a fault finds gradings that run
ALL_SECONDS = 400

pytestmark = pytest.mark.slow


@pytest.fixture
def rig(make_rig):
    rig = make_rig()
    rig.redis = rig.start_redis()
    return rig


def _all_graded(rig, ids):
    wait(lambda: rig.graded() == len(ids), ALL_SECONDS, rig)
    rig.assert_each_graded_once(ids)


def _wait_until_busy(rig):
    """Wait until some are graded and others run."""
    wait(lambda: rig.graded() >= BUSY and rig.running() > 0, ALL_SECONDS, rig)


def test_worker_killed_in_the_middle(rig):
    ids = rig.submit(range(NUMBER), SECONDS)
    worker = rig.start_worker("first", alone=True)
    _wait_until_busy(rig)
    kill_tree(worker)
    lost = rig.running_ids()
    assert lost
    rig.start_worker("second")
    _all_graded(rig, ids)
    # On a busy machine, where a lease has two seconds, one more may have been tried again.
    assert lost <= rig.tried_again_ids()
    workers = {name for (name,) in rig.rows(Grading.worker)}
    assert workers == {"first", "second"}


def test_redis_killed_and_started_again_empty(rig):
    ids = rig.submit(range(NUMBER // 2), SECONDS)
    worker = rig.start_worker()
    _wait_until_busy(rig)
    rig.redis.kill()
    rig.redis.wait()
    assert rig.running() > 0
    # Hand-ins are taken meanwhile, without waiting for the queue.
    ids += rig.submit(range(NUMBER // 2, NUMBER), SECONDS)
    time.sleep(1)
    rig.redis_path.unlink(missing_ok=True)
    rig.start_redis()
    _all_graded(rig, ids)
    assert worker.poll() is None
    # What a message was lost for was sent again.
    assert any(sends > 1 for (sends,) in rig.rows(Grading.sends))


SENDER = """
import sys
from tests.queue.rig import open_again
rig = open_again(sys.argv[1])
for number in range(int(sys.argv[2])):
    rig.submit([number], float(sys.argv[3]), send=number % 2 == 0)
    print(number, flush=True)
sys.stdin.read()
"""


def test_web_process_killed_between_commit_and_send(rig):
    words = [sys.executable, "-c", SENDER, str(rig.settings.data_folder), str(NUMBER), str(SECONDS)]
    sender = rig.start(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    rig.start_worker()
    for line in sender.stdout:
        if int(line) == NUMBER - 1:
            break
    wait(lambda: rig.running() > 0, ALL_SECONDS, rig)
    sender.send_signal(signal.SIGKILL)
    sender.wait()
    ids = [number for (number,) in rig.rows(Grading.id)]
    assert len(ids) == NUMBER
    _all_graded(rig, ids)
    sends = [sends for (sends,) in rig.rows(Grading.sends)]
    # Every second one was committed and never sent; the sweep did.
    assert all(number > 1 for number in sends[1::2])


def test_database_locked_for_ten_seconds(rig):
    ids = rig.submit(range(NUMBER), SECONDS)
    rig.start_worker()
    _wait_until_busy(rig)
    lock = sqlite3.connect(rig.settings.data_folder / "chainrule.db", timeout=15, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        held, before = rig.running(), rig.graded()
        assert held > 0
        time.sleep(10)
        assert rig.graded() == before
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    _all_graded(rig, ids)
