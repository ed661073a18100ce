"""What a trial does with the services, step by step; each raises TrialFailed when something is wrong."""

import re
import secrets
import time
from collections.abc import Callable

from benchmarks.service.browser import Browser
from tests.compose.composition import ROOT, in_order
from tests.compose.containers import Composition
from tests.compose.rush import Outcome, Student, TrialFailed, around, check, check_all

COURSE, ASSIGNMENT, EMAIL = "backprop", "nyu-hw1", "ada@example.org"
SOLUTION = ROOT / "hidden_tests" / ASSIGNMENT / "submissions/accepted/solution.py"
RIGHT = "50.00 / 50"
MOST_SECONDS = 300.0
# A notebook with NumPy beside the one that all is tried with: what the image leaves out is missed by neither.
VERIFIED = (ASSIGNMENT, "ss23-a11")
RESTARTED = ("worker", "web", "redis", "postgres")
# Without and with what notebooks may import (NOTEBOOKS in the Dockerfile).
MOST_BYTES = {"False": 1_000_000_000, "True": 1_400_000_000}
CUDA = "import torch; print(torch.version.cuda or 'none')"
NOTEBOOKS = "from importlib.util import find_spec; print(find_spec('pandas') is not None)"
# The one wall that a container can't have: control groups can't be written there.
WEAKER = ["memory of the box"]


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def bounded(made: Composition, gradings: int) -> None:
    """The image is as small as it should be."""
    image = made.services["web"].raw["image"]
    size = int(made.engine.call("image", "inspect", "--format", "{{.Size}}", image))
    cuda = made.engine.call("run", "--rm", image, "python", "-c", CUDA).strip()
    most = MOST_BYTES[made.engine.call("run", "--rm", image, "python", "-c", NOTEBOOKS).strip()]
    say(f"{size / 1e6:.0f} MB unpacked of {most / 1e6:.0f}; CUDA of its PyTorch: {cuda}")
    if cuda == "none" and size > most:
        raise TrialFailed(f"{image} has {size} bytes, more than {most}")


def started(made: Composition, gradings: int) -> None:
    """All services start, each after what it depends on, and are well by their own checks."""
    began = time.monotonic()
    for name, took in made.up().items():
        say(f"{name}: {took:.1f} s")
    say(f"all: {time.monotonic() - began:.1f} s")


def looked_into(made: Composition, gradings: int) -> None:
    """Doctor says in the worker's container which walls hold there."""
    said = made.inside("worker", "chainrule", "doctor")
    say(said.strip())
    weaker = re.findall(r"^[!✕] ([^:]+):", said, re.MULTILINE)
    if weaker != WEAKER:
        raise TrialFailed(f"weaker than it should be: {weaker}")


def verified(made: Composition, gradings: int) -> None:
    """Samples of assignments get in the worker's container what they should."""
    for name in VERIFIED:
        say(made.inside("worker", "chainrule", "verify", name, "--seeds", "1").strip().splitlines()[-1])


def handed_in(made: Composition, gradings: int) -> None:
    """A right file that is handed in through the web gets its points."""
    student = _student(made)
    began = time.monotonic()
    score = student.score(student.hand_in("first"))
    say(f"{score} after {time.monotonic() - began:.1f} s")
    if score != RIGHT:
        raise TrialFailed(f"the solution should have {RIGHT}, and has {score}")
    for name in RESTARTED:
        outcome = around(made, student, name, gradings)
        say(_told(outcome))
        check(outcome, RIGHT)
    check_all(made, 1 + gradings * len(RESTARTED))
    say(f"{1 + gradings * len(RESTARTED)} gradings: none lost, none recorded twice, none failed by our fault")


def ended(made: Composition, gradings: int) -> None:
    """Every service stops by the signal and within the time of the file."""
    for service in reversed(in_order(made.services)):
        if service.health:
            stopped = made.stop(service.name)
            say(f"{service.name}: {stopped.seconds:.1f} s of {stopped.grace:.0f}, exit code {stopped.code}")
            if not stopped.softly:
                raise TrialFailed(f"{service.name} had to be killed")


def _told(outcome: Outcome) -> str:
    stopped = outcome.stopped
    return (
        f"{outcome.service}: stopped in {stopped.seconds:.1f} s (exit code {stopped.code}) with "
        f"{outcome.unfinished} of {outcome.handed_in} gradings to be done, well again after "
        f"{outcome.started_seconds:.1f} s; {dict(outcome.scores)}"
    )


def _student(made: Composition) -> Student:
    password = secrets.token_urlsafe(12)
    _admin(made, "course", COURSE, "--title", "Backpropagation")
    _admin(made, "assignment", COURSE, ASSIGNMENT)
    _admin(made, "account", EMAIL, "--name", "Ada", "--password-stdin", said=f"{password}\n")
    _admin(made, "enrol", COURSE, EMAIL)
    browser = Browser(f"http://{made.services['web'].raw['ports'][0].rpartition(':')[0]}")
    page = browser.sign_in(EMAIL, password)
    [number] = set(re.findall(r'href="/assignments/(\d+)"', page.markup))
    return Student(browser, int(number), SOLUTION.read_bytes())


def _admin(made: Composition, *words: str, said: str = "") -> None:
    made.inside("web", "chainrule", "admin", *words, said=said)


STEPS: tuple[Callable[[Composition, int], None], ...] = (
    bounded,
    started,
    looked_into,
    handed_in,
    verified,
    ended,
)
