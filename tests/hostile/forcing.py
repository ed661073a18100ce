"""Submissions that would rather have their attempt back than a score: each wants its grading to be our fault.

A row is what stands in the file besides the three functions that the tests call, and which verdicts may come
of it on an idle machine. How a file reaches what runs around it in its box stands in ``REACH``.
"""

import textwrap
from dataclasses import dataclass

SUITE = """
import pytest

@pytest.mark.function("one")
def test_one(submission, check):
    check.scalar(submission.one(2.0), 2.0, name="one")

@pytest.mark.function("two")
def test_two(submission, check):
    check.scalar(submission.two(2.0), 4.0, name="two")

@pytest.mark.function("three")
def test_three(submission, check):
    check.scalar(submission.three(2.0), 6.0, name="three")
"""
ASSIGNMENT = """
title = "Sums"
entry = "sums.py"
isolation = "test"

[[functions]]
name = "one"
points = 1
[[functions]]
name = "two"
points = 1
[[functions]]
name = "three"
points = 1
"""
# Each row waits for some of these; the control has the usual ones, so that a busy machine costs it nothing.
SHORT = """
[limits]
import_seconds = 1.5
test_seconds = 0.5
total_seconds = 2.0
processes = 16
memory_bytes = 268435456
"""
SOUND = """
def one(x):
    return x
def two(x):
    return 2 * x
def three(x):
    return 3 * x
"""
REACH = """
import os, socket, struct, sys, time
import msgspec
from worker.wire import message
session = sys.modules.get("worker.guest.session")
checkpoint = sys.modules["worker.guest.checkpoint"]
frame = sys._getframe()
while frame is not None and not hasattr(frame.f_locals.get("control"), "send"):
    frame = frame.f_back
control = frame.f_locals["control"]
def put(data):
    control.socket.setblocking(True)
    control.socket.sendall(data)
def frame_of(payload):
    return struct.pack("<4sI", b"CRW1", len(payload)) + payload
def say(word):
    put(frame_of(msgspec.msgpack.encode(word)))
"""


@dataclass(frozen=True)
class Row:
    """``may``: the verdicts that may come of it; ``text``: what the file has besides.

    ``whole``: the text is the whole file; ``files``: what is handed in beside it.
    """

    may: str
    text: str
    whole: bool = False
    files: tuple[tuple[str, bytes], ...] = ()

    @property
    def submitted(self) -> dict[str, bytes]:
        """The files of the submission."""
        text = textwrap.dedent(self.text)
        source = text if self.whole else SOUND + REACH + text
        return {"sums.py": source.encode(), **dict(self.files)}


NAMES = {
    "a file in the way of the entry": Row("error", "", files=(("sums.py/x.txt", b""),)),
    "a name that no file system holds": Row("error", "", files=(("数" * 86 + ".txt", b""),)),
    "a name with a NUL": Row("error", "", files=(("a\0b.txt", b""),)),
    "more names than a box holds": Row("error", "", files=tuple((f"{n}/x", b"") for n in range(20_000))),
}
SOURCES = {
    "brackets without end": Row("error", "(" * 100_000, whole=True),
    "a tower of minus signs": Row("error", "x = " + "-" * 60_000 + "1", whole=True),
    "a tower of attributes": Row("error", "x = a" + ".a" * 100_000, whole=True),
    "a tower of calls": Row("error", "x = a" + "()" * 60_000, whole=True),
    "a sum without end": Row("error", "x = 1" + "+1" * 60_000, whole=True),
    "a tower of blocks": Row("error", "\n".join(" " * n + "if 1:" for n in range(99)), whole=True),
    "elif without end": Row("error", "if 1: pass\n" + "elif 1: pass\n" * 9_000, whole=True),
    "a number without end": Row("error", "x = " + "9" * 100_000, whole=True),
    "names that are no text": Row(
        "error", "class A(Exception): pass\nA.__name__ = '\\ud800'\nraise A", whole=True
    ),
}
