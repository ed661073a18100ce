"""Reports and graders made by hand: the same interfaces as the real ones, no processes."""

import json
from contextlib import contextmanager
from pathlib import Path

from grader.bootstrap import Services
from grader.config import Settings
from grader.model import (
    Assignment,
    CaseResult,
    Fact,
    Function,
    Report,
    Status,
    Submission,
    Suite,
    Timing,
    Verdict,
)
from grader.model.walls import Wall

DIGEST = "7f3a9c" + "0" * 58
ASSIGNMENT = Assignment(
    slug="nets",
    title="Nets",
    entry="mlp.py",
    functions=(Function("MLP.forward", 10.0), Function("MLP.backward", 20.0), Function("MLP.__init__", 0.0)),
    parts=("Linear backward", "ReLU backward"),
)
ASSIGNMENT_TOML = """
title = "Nets"
entry = "mlp.py"
[[functions]]
name = "MLP.forward"
points = 10
[[functions]]
name = "MLP.backward"
points = 20.0
"""


def case(function, name, verdict=Verdict.PASSED, fact=None, **more):
    """Return a case result; a wrong one has a message about its name."""
    if fact is None:
        values = {"name": name, "difference": 0.031, "index": [2, 0], "allowed": 1e-4}
        fact = Fact("ok") if verdict is Verdict.PASSED else Fact("not_close", values)
    return CaseResult(f"{function}/test/{name}", name, function, verdict, fact, **more)


def report(*cases, **more):
    """Return a graded report of the assignment above."""
    given = {
        "assignment": ASSIGNMENT.slug,
        "suite": DIGEST,
        "submission": "ab" * 32,
        "device": "cpu",
        "seed": 5,
        "status": Status.GRADED,
        "versions": {"torch": "2.13.0"},
        "timing": Timing(0.0912, 0.01, 1 << 20),
    }
    return Report(cases=cases, **(given | more))


def sample_report(**more):
    """Return a report in which backward is wrong with a sigmoid, and the constructor is right."""
    pairs = [(f, g) for f in ("relu", "sigmoid") for g in ("relu", "sigmoid")]
    backward = [
        case(
            "MLP.backward",
            f"{gradient} ({f}, {g})",
            Verdict.FAILED if "sigmoid" in (f, g) else Verdict.PASSED,
            parts=("ReLU backward",) if "relu" in (f, g) else ("Linear backward",),
            output="printed x=0.25",
        )
        for gradient in ("dJdW1", "dJdb1")
        for f, g in pairs
    ]
    return report(case("MLP.forward", "y_hat"), *backward, case("MLP.__init__", "shapes", weight=0.0), **more)


class FakeGrader:
    """Grades by a function from source text to a report."""

    def __init__(self, decide):
        self.decide = decide
        self.seen = []

    def grade(
        self,
        submission: Submission,
        suite: Suite,
        *,
        seed,
        device="cpu",
        progress=None,
        running=None,
        measure=False,
        only=(),
    ) -> Report:
        """Return the decided report, with what a real one would say of this grading."""
        self.seen.append((submission, suite, seed, device))
        [source] = [each for name, each in submission.files.items() if name == suite.assignment.entry]
        decided = self.decide(source.decode())
        if isinstance(decided, Exception):
            raise decided
        return decided


def services(decide=lambda source: sample_report(), walls=(), **settings):
    """Return services whose engine is a FakeGrader."""
    grader = FakeGrader(decide)

    @contextmanager
    def open_grader():
        yield grader

    return Services(
        Settings(**({"secret": "s" * 32, "jobs": 1} | settings)), open_grader, lambda: tuple(walls)
    )


def wall(**more):
    """Return a wall that holds."""
    given = {"name": "network", "guards": "talking to others", "holds": True, "measured": "connect: refused"}
    return Wall(**(given | more))


def write_assignment(folder: Path, toml=ASSIGNMENT_TOML, **files):
    """Write an assignment folder; further files by name, with __ for a slash and _py for a suffix."""
    contents = {"assignment.toml": toml, "test_nets.py": "def test(): pass\n"} | files
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def schema():
    """Return the documented schema of --json."""
    path = Path(__file__).resolve().parents[2] / "docs/report.schema.json"
    return json.loads(path.read_text(encoding="utf-8"))
