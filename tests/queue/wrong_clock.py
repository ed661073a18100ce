"""One process with a wrong clock, by libfaketime: the machine's own is never touched."""

from pathlib import Path


def words(seconds):
    """Return the words before a command whose clock is to be wrong by so much.

    Its monotonic clock stays right, as it does where a host's clock is wrong; and time.sleep(), which
    libfaketime 0.9.10 then breaks, is nothing for such a process.
    """
    [library] = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    return ["env", f"LD_PRELOAD={library}", f"FAKETIME={seconds:+d}", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
