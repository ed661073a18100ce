"""The reference, asked from outside: pictures and wrong submissions made of an assignment.

Each in a process of its own, since nothing of the reference may be in this one.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.errors import AssignmentError, ChainruleError
from grader.model.language import _

MAKING_SECONDS = 120


def draw(folder: Path) -> tuple[str, ...]:
    """Draw the computation graph in an assignment's folder; returns the files that were written.

    Raises AssignmentError.
    """
    command = [sys.executable, "-P", "-m", "reference.picture", str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=MAKING_SECONDS)
    if done.returncode == 1 and done.stderr.startswith("["):
        what, where, cure = json.loads(done.stderr)
        raise AssignmentError(what, where=where, cure=cure)
    if done.returncode:
        said = _(
            "drawing ended with %(returncode)s: %(strip)s",
            returncode=done.returncode,
            strip=done.stderr.strip(),
        )
        raise ChainruleError(said, where=str(folder))
    return tuple(filter(None, done.stdout.split("\n")))


def make_hand_ins(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the texts of submissions with known mistakes in them.

    Raises AssignmentError.
    """
    command = [sys.executable, "-P", "-m", "reference.proof"]
    done = subprocess.run(
        command, input=json.dumps(order), capture_output=True, encoding="utf-8", timeout=MAKING_SECONDS
    )
    if done.returncode == 1 and done.stderr.startswith("["):
        what, cure = json.loads(done.stderr)
        raise AssignmentError(what, where="proof", cure=cure)
    if done.returncode:
        raise ChainruleError(
            _(
                "making submissions ended with %(returncode)s: %(strip)s",
                returncode=done.returncode,
                strip=done.stderr.strip(),
            )
        )
    made: Mapping[str, Any] = json.loads(done.stdout)
    return made
