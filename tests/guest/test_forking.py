"""Hooks onto forks are held back from zygotes and given to foreign code."""

import subprocess
import sys

PROGRAM = """
import os
from worker import forking
{before}
import logging, random, threading
seen = []
os.register_at_fork(before=lambda: seen.append("before"))
random.seed(1)
expected = random.Random(1).random()
{between}
child = os.fork()
if child == 0:
    print(seen, random.random() == expected, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


def forked(before="", between=""):
    program = PROGRAM.format(before=before, between=between)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_a_fork_runs_hooks_by_default():
    assert forked() == "['before'] False\n"


def test_hooks_that_are_held_back_do_not_run():
    assert forked("forking.hold_back()") == "[] True\n"


def test_hooks_that_are_given_back_run():
    assert forked("forking.hold_back()", "forking.give_back()") == "['before'] False\n"


def test_nothing_is_given_back_where_nothing_was_held_back():
    assert forked("", "forking.give_back()") == "['before'] False\n"
