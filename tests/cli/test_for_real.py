"""The commands with the real engine, boxes and tests: slow, so few."""

import json
import shutil
import tomllib
from pathlib import Path

import jsonschema
import pytest

from grader import bootstrap
from grader.assignment import assignment_folder
from grader.cli.main import run
from tests import shipped
from tests.grader.doubles import schema

FOLDER = Path(__file__).resolve().parents[2] / "hidden_tests/nyu-hw1"
SOLUTION = FOLDER / "submissions/accepted/solution.py"
WRONG = FOLDER / "submissions/wrong_answer/sigmoid_slope_at_output.py"

SHIPPED = assignment_folder.available([FOLDER.parent])
# A variant brings the proof of its base along, which takes its time.
HOMEWORKS = sorted(SHIPPED.keys() - {"two-layer-rows"})

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))


@pytest.fixture
def chainrule(staff):
    return lambda *arguments: run([str(each) for each in arguments], staff)


@pytest.fixture
def grade(chainrule):
    return lambda *arguments: chainrule("grade", "-a", "nyu-hw1", *arguments)


def settled(document):
    """Return the result without what no two runs share."""
    document.pop("timing")
    document.pop("file")
    for function in document["functions"]:
        for case in function["cases"]:
            case.pop("seconds")
    return document


def test_solution_gets_full_score_as_documented(capsys):
    # The only one with an engine that the command starts and ends itself.
    assert run(["grade", "-a", "nyu-hw1", str(SOLUTION), "--json"], bootstrap.services) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema())
    assert (document["score"], document["max_score"], document["status"]) == (50, 50, "graded")
    assert {"torch", "chainrule"} <= set(document["versions"])


def test_same_submission_gets_the_same_result_however_many_run(grade, capsys):
    for jobs in (1, 2):
        assert grade(*[WRONG] * 5, "--json", "--jobs", jobs) == 0
    first, second = capsys.readouterr().out.split("]\n[")
    results = [settled(each) for each in (*json.loads(first + "]"), *json.loads("[" + second))]
    assert all(each == results[0] for each in results)
    assert results[0]["score"] == pytest.approx(41.11, abs=0.01)


def test_terminal_names_what_is_wrong(grade, capsys):
    assert grade(WRONG) == 0
    out = capsys.readouterr().out
    said = "✕ incorrect  derivative taken at the output (20 of 36 correct)"
    assert f"MLP.backward              11.11 / 20  {said}" in out


def test_old_scripts_run_unmodified(chainrule, capsys):
    assert chainrule("grade", SOLUTION, "--scripts", FOLDER / "handout") == 0
    out = capsys.readouterr().out
    assert "21.00 / 21" in out
    assert out.count("✓ correct") == 3


def test_class_with_a_broken_file_is_graded_to_the_end(grade, tmp_path, capsys):
    for name in ("load_error/exits_at_import", "load_error/missing_comma", "crashed/segfault_in_backward"):
        content = shipped.sample("nyu-hw1", f"{name}.py")
        (tmp_path / f"hw-{Path(name).name}.py").write_bytes(content)
    (tmp_path / "hw-right.py").write_bytes(SOLUTION.read_bytes())
    files = sorted(tmp_path.glob("hw-*.py"))
    assert grade(*files, "--json", "--csv", tmp_path / "grades.csv", "--gradescope", tmp_path / "r.json") == 2
    assert grade(*files, "--json", "--csv", tmp_path / "grades.csv") == 0
    scores = {Path(each["file"]).name: each["score"] for each in json.loads(capsys.readouterr().out)}
    assert scores == {
        "hw-exits_at_import.py": 0,
        "hw-missing_comma.py": 0,
        "hw-right.py": 50,
        "hw-segfault_in_backward.py": 30,
    }
    assert len((tmp_path / "grades.csv").read_text().splitlines()) == 5


@pytest.mark.parametrize("slug", HOMEWORKS)
def test_shipped_assignment_does_what_its_samples_say(chainrule, slug, tmp_path, capsys):
    # Two of them and the handout: all are graded in test_homeworks_in_a_browser, mistakes in the proof.
    folder = tmp_path / slug
    shutil.copytree(SHIPPED[slug], folder, ignore=shutil.ignore_patterns("proof"))
    expected = folder / "submissions/expected.toml"
    head, *rows = expected.read_text(encoding="utf-8").split("[[samples]]\n")
    best = max(rows, key=lambda row: tomllib.loads(row).get("score", 0))
    wrong = next(row for row in rows if 'file = "wrong_answer/' in row)
    expected.write_text("[[samples]]\n".join([head, best, wrong]), encoding="utf-8")
    code = chainrule("verify", folder, "--seeds", 1)
    out = capsys.readouterr().out
    assert code == 0, [line for line in out.splitlines() if not line.startswith("✓")]
    assert "0 not as expected, 0 warnings" in out


SHORTER = ("test_seconds = 5", "test_seconds = 2")
VERDICTS = sorted({name.split("/")[0] for name in shipped.entries_of("nyu-hw1")})


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_sample_of_each_verdict_gets_the_same_under_sixteen_seeds(chainrule, verdict, tmp_path, capsys):
    folder = tmp_path / "nyu-hw1"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("proof", "handout"))
    expected = folder / "submissions/expected.toml"
    rows = expected.read_text(encoding="utf-8").split("[[samples]]\n")
    row = next(row for row in rows if row.startswith(f'file = "{verdict}/'))
    expected.write_text(f"[[samples]]\n{row}", encoding="utf-8")
    if verdict == "time_limit":  # sixteen times
        toml = folder / "assignment.toml"
        toml.write_text(toml.read_text(encoding="utf-8").replace(*SHORTER), encoding="utf-8")
    code = chainrule("verify", folder)
    out = capsys.readouterr().out
    assert code == 0, out
    assert "The samples were tried under 16 seeds." in out


def test_doctor_tries_every_wall(chainrule, capsys):
    assert chainrule("doctor") == 0
    out = capsys.readouterr().out
    assert "✓ network namespace" in out
    assert " walls tested." in out
