"""Submissions that say more than they may: the report stays small, the verdict is theirs, and we go on."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from grader.assignment import assignment_folder
from grader.feedback.view import staff_view
from grader.model import Status, Submission, Verdict
from worker.engine import facts

ROOT = Path(__file__).resolve().parents[2]
HOMEWORK = ROOT / "hidden_tests" / "nyu-hw1"
RIGHT = (HOMEWORK / "submissions" / "accepted" / "solution.py").read_text()
WHOLE_BYTES = 256 * 1024

LONG_NAME = """
def mse_loss(y, y_hat):
    raise type("Z" * 900_000, (Exception,), {})("w" * 900_000)
"""
MANY_NOTES = """
from worker.guest import loading
from worker.wire.message import Imported, Note

def many(*_):
    note = Note(code="import_missing", values={"module": "q" * 90, "line": 3})
    return Imported(notes=(note,) * 20_000)

loading.imported = many
"""
# Sends a frame of its own: one list of as many small numbers as the kernel takes.
SMALL_NODES = """
import sys

def bce_loss(y, y_hat):
    frame = sys._getframe()
    while "channel" not in frame.f_locals:
        frame = frame.f_back
    connection = frame.f_locals["channel"].socket
    connection.setblocking(True)
    count = 40_000_000
    payload = b"\\xdd" + count.to_bytes(4, "big") + b"\\x01" * count
    connection.sendall(b"CRW1" + len(payload).to_bytes(4, "little") + payload)
    while True:
        pass
"""
LARGE_ARRAYS = """
def bce_loss(y, y_hat):
    return [torch.zeros(5_000_000, dtype=torch.float64) for _ in range(4)]
"""
TELLING_LINES = """
import sys
from worker.wire.message import Line, Raised

session = sys.modules["worker.guest.session"]

def mse_loss(y, y_hat):
    number = int(abs(float(y[0, 0])) * 1e12)
    lines = (Line(file="mlp.py", line=number, function=f"secret {number}", source=""),)
    session.describe = lambda error, folder: Raised(type="ValueError", text="", lines=lines)
    raise ValueError
"""


@pytest.fixture(scope="module")
def suite():
    return assignment_folder.load(HOMEWORK)


@pytest.fixture
def graded(engine, suite):
    """Return what grades the right solution with something below it."""

    def grade(more):
        report = engine.grade(Submission({"mlp.py": (RIGHT + more).encode()}), suite, seed=3)
        assert report.status is Status.GRADED, report.why
        assert len(json.dumps(asdict(report), default=str)) <= WHOLE_BYTES
        return report

    return grade


def verdicts(report, function):
    return {case.verdict for case in report.cases if case.function == function}


def told(report, suite):
    return " ".join(staff_view(report, suite.assignment).notes)


def test_an_exception_class_with_a_name_of_a_megabyte(graded, suite):
    report = graded(LONG_NAME)
    assert verdicts(report, "mse_loss") == {Verdict.ERROR}
    assert verdicts(report, "bce_loss") == {Verdict.PASSED}
    assert "long texts" in told(report, suite)


def test_twenty_thousand_notes_of_an_import(graded, suite):
    report = graded(MANY_NOTES)
    assert verdicts(report, "bce_loss") == {Verdict.PASSED}
    assert len(report.notes) <= 20
    assert "cut: notes" in told(report, suite)


@pytest.mark.parametrize("answer", [SMALL_NODES, LARGE_ARRAYS])
def test_an_answer_that_is_too_large_is_the_submissions_fault(graded, answer):
    report = graded(answer)
    failed = {(case.verdict, case.fact.code) for case in report.cases if case.function == "bce_loss"}
    assert (Verdict.OUTPUT_LIMIT, "answer_too_large") in failed
    assert failed <= {(Verdict.OUTPUT_LIMIT, "answer_too_large"), (Verdict.SKIPPED, "not_run")}
    assert verdicts(report, "MLP.backward") == {Verdict.PASSED}


def test_a_line_that_the_file_does_not_have_carries_nothing_out(graded):
    report = graded(TELLING_LINES)
    wrong = [case.fact.values for case in report.cases if case.function == "mse_loss"]
    assert wrong
    assert {(each["line"], each["function"], each["file"]) for each in wrong} == {(None, "", "mlp.py")}


def test_the_seed_of_a_box_is_not_that_of_the_questions(suite):
    seeds = [0, 1, 2, 2**62, 2**63 - 1]
    for seed in seeds:
        (plan,) = facts.sittings(Submission({"mlp.py": b""}), suite, seed, "cpu")
        assert plan.exam.seed == seed
        assert plan.job.seed == facts.box_seed(seed)
        assert plan.job.seed not in seeds
        assert 0 <= plan.job.seed < 2**63
    assert len({facts.box_seed(seed) for seed in seeds}) == len(seeds)
