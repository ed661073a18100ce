"""Whoever waits has more patience than what it waits for: whoever sees the box best tells the story."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment import assignment_folder
from grader.config import Settings
from grader.model import LONGEST_SECONDS, LONGEST_TOGETHER_SECONDS, MOST_FILES
from worker.service import tasks
from worker.wire import patience

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "hidden_tests").glob("*/assignment.toml"))
SECONDS = st.floats(0.1, LONGEST_SECONDS)


def check_order(import_seconds, total_seconds):
    """Assert that each in the chain outlasts the worst of what it waits for, by the margin."""
    margin, both = patience.MARGIN, (import_seconds, total_seconds)
    assert patience.keeper_load(import_seconds) > import_seconds
    assert patience.examiner_load(import_seconds) >= patience.keeper_load(import_seconds) + margin
    assert patience.examiner_answer() >= patience.keeper_answer() + margin
    assert patience.exam(*both) >= patience.box(*both) + patience.examiner_answer() + margin
    assert patience.exam(*both) >= patience.examiner_load(import_seconds) + 2 * total_seconds + margin
    assert patience.engine(*both) >= patience.exam(*both) + patience.COLLECT + margin
    assert patience.tries(*both) >= patience.engine(*both) + patience.ANSWER
    assert patience.sitting(*both) >= patience.tries(*both) + patience.ANSWER + margin


@given(SECONDS, SECONDS)
def test_each_outlasts_what_it_waits_for_whatever_the_limits(import_seconds, total_seconds):
    check_order(import_seconds, total_seconds)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_it_does_for_each_assignment_that_ships_up_to_the_queue(path):
    limits = [each.limits for each in assignment_folder.load(path.parent).assignment.loaded]
    for each in limits:
        check_order(each.import_seconds, each.total_seconds)
    sittings = [(each.import_seconds, each.total_seconds) for each in limits]
    assert sum(patience.sitting(*each) for each in sittings) + patience.MARGIN <= tasks.SOFT_LIMIT_SECONDS


@given(st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=MOST_FILES))
def test_queue_outlasts_whatever_an_assignment_may_allow(limits):
    together = sum(map(sum, limits))
    share = min(1.0, LONGEST_TOGETHER_SECONDS / together)
    fitting = [tuple(each * share for each in pair) for pair in limits]
    assert sum(patience.sitting(*each) for each in fitting) <= tasks.SOFT_LIMIT_SECONDS
    assert tasks.HARD_LIMIT_SECONDS > tasks.SOFT_LIMIT_SECONDS


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (
            "[limits]\nimport_seconds = 1000\ntotal_seconds = 1500\n[[entries]]\nfile = 'b.py'\n",
            "5000 seconds together",
        ),
        ("[limits]\nimport_seconds = 4000\n", "import_seconds"),
        ("".join(f'[[entries]]\nfile = "f{n}.py"\n' for n in range(MOST_FILES)), "11 files would be loaded"),
    ],
)
def test_assignment_that_nothing_would_outlast_is_refused(extra, said):
    toml = 'title = "T"\nentry = "sums.py"\n[[functions]]\nname = "one"\npoints = 1\n' + extra
    files = {"assignment.toml": toml.encode(), "test_a.py": b""}
    with pytest.raises(Exception, match=said):
        assignment_folder.from_files(files, slug="t", where="t")


def test_a_lease_outlasts_missed_beats():
    settings = Settings()
    assert settings.lease_seconds > 2 * settings.heartbeat_seconds + 15.0  # what a busy database may add


# Names and calls by which a wait gets its seconds.
WAIT = re.compile(r".*_SECONDS$|.*_MILLISECONDS$")
CALLS = frozenset({"settimeout", "poll", "wait", "join", "sleep", "select", "alarm"})
KEYWORDS = frozenset({"seconds", "timeout"})
# Waits that nobody on the way from the engine to the box waits for, and why.
APART = {
    "worker/engine/engine.py": "a pause between two looks",
    "worker/engine/sharing.py": "a pause when descriptors are short",
    "worker/examiner/scripts.py": "a script that has said its last word, before it is killed",
    "worker/service/queued_grading.py": "pauses of the pulse and of tries to reach the database",
    "worker/service/housekeeping.py": "rounds of the worker's main process",
    "worker/sandbox/autograd_trap.py": "a self-test before a zygote is ready",
    "worker/sandbox/cgroup.py": "removing a group after the grading has its report",
    "worker/sandbox/doctor.py": "the doctor's own boxes",
    "worker/sandbox/porter.py": "a pause when descriptors are short",
    "worker/sandbox/probes.py": "the doctor's own boxes",
    "worker/sandbox/process.py": "ending a zygote",
    "worker/wire/patience.py": "the table",
}


def literal_waits(text):
    """Return the lines in which a wait is given a number that stands there."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if WAIT.match(name) and number(value):
                found.add(node.lineno)
            case ast.Call(func=ast.Attribute(attr=name), args=[value, *_]) if name in CALLS and number(value):
                found.add(node.lineno)
            case ast.keyword(arg=name, value=value) if name in KEYWORDS and number(value):
                found.add(node.value.lineno)
    return sorted(found)


def number(node):
    match node:
        case ast.Constant(value=int() | float() as value):
            return value != 0
        case ast.BinOp(left=left, right=right):
            return number(left) or number(right)
    return False


def test_no_wait_on_the_way_to_the_box_has_a_number_of_its_own():
    found = {
        str(path.relative_to(ROOT)): literal_waits(path.read_text())
        for path in sorted((ROOT / "worker").rglob("*.py"))
    }
    waiting = {path for path, lines in found.items() if lines}
    assert waiting - APART.keys() == set()
    assert APART.keys() - waiting - {"worker/wire/patience.py"} == set(), "no number stands there any more"


@pytest.mark.parametrize(
    "text",
    [
        "A_SECONDS = 3",
        "A_SECONDS = 2 * 1.5",
        "x.settimeout(5)",
        "f(seconds=1.0)",
        "poll.poll(200)",
        "e.wait(3)",
    ],
)
def test_a_number_in_a_wait_is_found(text):
    assert literal_waits(text) == [1]


@pytest.mark.parametrize("text", ["A_SECONDS = B", "x.settimeout(left)", "f(seconds=a.B)", "poll.poll(0)"])
def test_what_is_no_number_in_a_wait_is_left_alone(text):
    assert literal_waits(text) == []


def reasons():
    """Return how the reasons begin that the guide lists."""
    guide = (
        (ROOT / "docs/operator.md")
        .read_text()
        .partition("### Faults that can be ours")[2]
        .partition("###")[0]
    )
    rows = [line.split("|")[1] for line in guide.splitlines() if line.startswith("| `")]
    return tuple(word for row in rows for word in re.findall(r"`([^`]+)`", row))


def reasons_in(text):
    """Return how the reasons begin that the source gives for a grading that failed by our fault."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Attribute(attr="lose"), args=[said, *_]):
                yield from beginnings(said)
            case ast.Call(func=ast.Name(id="Done"), keywords=keywords):
                for each in keywords:
                    yield from beginnings(each.value) if each.arg == "why" else ()
            case ast.Assign(targets=[ast.Name(id="why")], value=said):
                yield from beginnings(said)


def beginnings(node):
    match node:
        case ast.Constant(value=str() as said) if said:
            yield said
        case ast.JoinedStr(values=[ast.Constant(value=said), *_]):
            yield said
        case ast.IfExp(body=body, orelse=other):
            yield from (*beginnings(body), *beginnings(other))


def test_each_reason_for_a_fault_of_ours_is_in_the_guide_and_the_other_way_round():
    files = [*(ROOT / "worker/engine").glob("*.py"), *(ROOT / "worker/examiner").glob("*.py")]
    given_here = [each for path in files for each in reasons_in(path.read_text())]
    assert len(given_here) > 6
    listed = reasons()
    assert [each for each in given_here if not each.startswith(listed)] == []
    sources = "".join(
        path.read_text() for folder in ("worker", "grader") for path in (ROOT / folder).rglob("*.py")
    )
    assert [each for each in listed if each not in sources] == []
