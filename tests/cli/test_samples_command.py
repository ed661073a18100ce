"""`chainrule samples` says what each sample must get, and writes them as files."""

import pytest

from grader.cli.main import run
from tests.grader.doubles import ASSIGNMENT_TOML, services, write_assignment

RIGHT = "class MLP:\n    gain = 1\n"
LISTED = """
[[samples]]
file = "accepted/solution.py"
score = 30.0
[[samples]]
file = "wrong_answer/gain.py"
from = "accepted/solution.py"
replace = [["gain = 1", "gain = 2"]]
score = 10.0
scores = { "MLP.forward" = 10.0, "MLP.backward" = 0.0 }
failed = ["MLP.backward/*"]
verdicts = { "MLP.backward" = "error" }
load = "import_raised"
diagnoses = { "MLP.backward" = ["twice", "transposed"] }
"""


@pytest.fixture
def folder(tmp_path):
    files = {"submissions/accepted/solution.py": RIGHT, "submissions/expected.toml": LISTED}
    return write_assignment(tmp_path / "nets", ASSIGNMENT_TOML, **files, **{"handout/mlp.py": "starter"})


def samples(*arguments, **more):
    made = services(**more)
    return run(["samples", *map(str, arguments)], lambda: made)


def contents(folder):
    return {str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*") if each.is_file()}


def test_every_sample_is_listed_with_what_it_must_get(folder, capsys):
    assert samples(folder) == 0
    assert capsys.readouterr().out.splitlines() == [
        "handout/mlp.py",
        "    0.00 points",
        "submissions/accepted/solution.py",
        "    30.00 points",
        "submissions/wrong_answer/gain.py (from submissions/accepted/solution.py)",
        "    10.00 points",
        "    MLP.forward 10.00, MLP.backward 0.00",
        "    does not load: import_raised",
        "    must not pass: MLP.backward/*",
        "    MLP.backward ends with error",
        "    MLP.backward is diagnosed as twice, transposed",
    ]


def test_name_of_an_assignment_will_do_and_folders_say_verdicts(folder, capsys):
    (folder / "submissions/expected.toml").unlink()
    write_assignment(folder, **{"submissions/time_limit/slow.py": "while True: pass\n"})
    assert samples("nets", assignments=(str(folder.parent),)) == 0
    said = capsys.readouterr().out
    assert "submissions/time_limit/slow.py\n    at least one function ends with timeout\n" in said


def test_samples_are_written_as_files(folder, tmp_path, capsys):
    there = tmp_path / "out"
    assert samples(folder, "--write", there) == 0
    assert capsys.readouterr().out == f"2 files are in {there}\n"
    assert contents(there) == {
        "accepted/solution.py": RIGHT,
        "wrong_answer/gain.py": RIGHT.replace("= 1", "= 2"),
    }


def test_what_was_written_may_be_the_samples_of_an_assignment(folder, tmp_path, capsys):
    there = tmp_path / "out"
    samples(folder, "--write", there)
    whole = "\n".join(line for line in LISTED.split("\n") if not line.startswith(("from", "replace")))
    written = {f"submissions/{name}": text for name, text in contents(there).items()}
    again = write_assignment(tmp_path / "again", **written, **{"submissions/expected.toml": whole})
    samples(again, "--write", tmp_path / "more")
    assert contents(tmp_path / "more") == contents(there)


def test_writing_again_changes_nothing_and_other_files_are_not_lost(folder, tmp_path, capsys):
    there = tmp_path / "out"
    samples(folder, "--write", there)
    assert samples(folder, "--write", there) == 0
    (there / "wrong_answer/gain.py").write_text("mine")
    (there / "accepted/solution.py").unlink()
    assert samples(folder, "--write", there) == 2
    said = capsys.readouterr().err
    assert "wrong_answer/gain.py: 1 of the 2 files are there, and otherwise" in said
    assert "--force" in said
    assert contents(there) == {"wrong_answer/gain.py": "mine"}
    assert samples(folder, "--write", there, "--force") == 0
    assert contents(there)["wrong_answer/gain.py"] == RIGHT.replace("= 1", "= 2")


def test_folder_of_the_samples_is_not_written_to(folder, capsys):
    assert samples(folder, "--write", folder / "submissions", "--force") == 2
    assert "a sample is a file or a change, never both" in capsys.readouterr().err
    assert not (folder / "submissions/wrong_answer").exists()


@pytest.mark.parametrize("taken", ["wrong_answer", "wrong_answer/gain.py/x"])
def test_place_that_can_not_be_written_is_told(folder, tmp_path, capsys, taken):
    blocking = tmp_path / "out" / taken
    blocking.parent.mkdir(parents=True)
    blocking.write_text("in the way")
    assert samples(folder, "--write", tmp_path / "out") == 2
    assert "it can't be written" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("samples",), ("samples", "--write", "out"), ("verify",), ("prove",)])
def test_change_that_can_not_be_made_is_refused_by_all_who_read_samples(folder, capsys, monkeypatch, command):
    monkeypatch.chdir(folder.parent)
    proof = 'operations = []\n[programs]\n"MLP.forward" = "two_layer"\n'
    write_assignment(folder, **{"proof/proof.toml": proof, "proof/hand_in.py": "adapter = 1\n"})
    (folder / "submissions/expected.toml").write_text(LISTED.replace("gain = 1", "gain = 7"))
    name, *more = command
    made = services()
    assert run([name, "nets", *more], lambda: made) == 3
    said = capsys.readouterr().err
    assert "submissions/expected.toml: samples[2].replace: pair 1 of wrong_answer/gain.py" in said
    assert '"gain = 7" is found 0 times in accepted/solution.py, and must be there once' in said
    assert not (folder.parent / "out").exists()
