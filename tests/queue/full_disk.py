"""`python -m tests.queue.full_disk FOLDER`: a service whose data folder's disk runs full and has room again.

FOLDER is a small file system of its own, mounted where only this process and its children see it.
"""

import os
import sys
import time
from pathlib import Path

from grader.errors import ChainruleError
from tests.queue.rig import hand_in, open_rig, wait

NUMBER = 60
BUSY = 8
SECONDS = 0.5
ALL_SECONDS = 400
FULL_SECONDS = 4.0


def main(folder: Path) -> None:
    """Fill the disk while gradings run; prints what a hand-in was told, and how many were tried twice."""
    (folder / "data").mkdir()
    rig = open_rig(folder / "data")
    try:
        rig.start_redis()
        ids = rig.submit(range(NUMBER), SECONDS)
        rig.start_worker()
        wait(lambda: rig.graded() >= BUSY and rig.running() > 0, ALL_SECONDS, rig)
        filler = folder / "filler"
        fill(filler)
        assert rig.running() > 0
        accepted, refusal = hand_in_until_refused(rig)
        print(refusal, flush=True)
        time.sleep(FULL_SECONDS)
        before = rig.graded()
        assert before < NUMBER
        time.sleep(0.5)
        assert rig.graded() == before  # nothing can be recorded
        filler.unlink()
        ids += accepted
        wait(lambda: rig.graded() == len(ids), ALL_SECONDS, rig)
        rig.assert_each_graded_once(ids)
        print(f"\n{len(rig.tried_again_ids())}", flush=True)
    finally:
        rig.close()


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(bytes(size)):
                    continue
            except OSError:
                continue


def hand_in_until_refused(rig):
    """Hand in what is large until there is no room left; return what was accepted, and what was said."""
    accepted = []
    while True:
        [(name, text)] = hand_in(NUMBER + len(accepted), 0.0).items()
        try:
            accepted.append(rig.put({name: text + b"# " + os.urandom(60_000).hex().encode() + b"\n"}))
        except ChainruleError as error:
            return accepted, str(error)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
