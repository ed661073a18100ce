import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from grader.cli.main import BROKEN_PIPE, INTERRUPTED, run
from grader.config import origin
from grader.errors import SandboxUnavailable
from grader.model import Fact, Status, Verdict
from tests.grader.doubles import (
    ASSIGNMENT_TOML,
    case,
    report,
    sample_report,
    schema,
    services,
    wall,
    write_assignment,
)

SOURCE = "class MLP: pass\n"


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A folder with one assignment in courses/nets and one hand-in, and what runs a command there."""
    monkeypatch.chdir(tmp_path)
    write_assignment(tmp_path / "courses/nets")
    Path("mlp.py").write_text(SOURCE)
    return tmp_path


def chainrule(*arguments, decide=lambda source: sample_report(), **more):
    made = services(decide, assignments=("courses",), **more)
    return run([*arguments], lambda: made)


def graded(*arguments, **more):
    return chainrule("grade", *arguments, "-a", "nets", **more)


def test_one_file_is_graded_and_shown(world, capsys):
    assert graded("mlp.py") == 0
    out, err = capsys.readouterr()
    assert out.startswith("nets · mlp.py · tests ")
    assert "15.00 / 30" in out.splitlines()[0]
    assert err == ""


def test_wrong_submission_is_graded_all_the_same(world):
    assert graded("mlp.py", decide=lambda source: report(load=Fact("syntax_error", {"line": 1}))) == 0


def test_assignment_is_the_only_one_that_fits(world, capsys):
    Path("anna_net.py").write_text(SOURCE)
    write_assignment(world / "courses/other", ASSIGNMENT_TOML.replace("mlp.py", "net.py"))
    assert chainrule("grade", "anna_net.py") == 0
    assert capsys.readouterr().out.startswith("other · anna_net.py")
    write_assignment(world / "courses/third", ASSIGNMENT_TOML.replace("mlp.py", "net.py"))
    assert chainrule("grade", "anna_net.py") == 2
    said = capsys.readouterr().err
    assert "Choose one with -a. Known: " in said
    assert {"nets,", "nyu-hw1,", "other,", "third,"} <= set(said.split())


@pytest.mark.parametrize("packed", [False, True])
def test_assignment_is_found_by_what_a_folder_or_zip_holds(world, capsys, packed):
    write_assignment(world / "courses/other", ASSIGNMENT_TOML.replace("mlp.py", "net.py"))
    (world / "hw/anna").mkdir(parents=True)
    (world / "hw/anna/net.py").write_text(SOURCE)
    path = shutil.make_archive("hw", "zip", "hw") if packed else "hw"
    assert chainrule("grade", path, "--json") == 0
    assert json.loads(capsys.readouterr().out)["assignment"] == "other"


def test_missing_file_is_told(world, capsys):
    assert graded("nowhere.py") == 4
    assert "nowhere.py: file or folder not found" in capsys.readouterr().err


def test_assignment_may_be_a_folder(world):
    assert chainrule("grade", "mlp.py", "-a", "courses/nets") == 0


def test_json_is_as_documented(world, capsys):
    assert graded("mlp.py", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema())
    assert document["file"] == "mlp.py"


def test_json_of_several_is_a_list_in_their_order(world, capsys):
    for name in "abc":
        Path(f"{name}.py").write_text(name)
    assert graded("c.py", "a.py", "b.py", "--json", "--jobs", "3") == 0
    documents = json.loads(capsys.readouterr().out)
    jsonschema.validate(documents, schema())
    assert [each["file"] for each in documents] == ["c.py", "a.py", "b.py"]


def test_class_has_a_line_each_a_summary_and_a_table(world, capsys):
    for name in ("anna", "ben"):
        (world / "hw" / name).mkdir(parents=True)
        (world / "hw" / name / "mlp.py").write_text(name)
    (world / "hw/carl.zip").write_bytes(b"broken")
    assert graded("hw", "--csv", "grades.csv", "--junit", "junit.xml") == 4
    out, err = capsys.readouterr()
    assert [line.split("  ")[0] for line in out.splitlines()[:3]] == ["hw/anna", "hw/ben", "hw/carl.zip"]
    assert "3 submissions: 2 incorrect, 1 not read" in out
    assert "\x1b" not in out + err
    assert len((world / "grades.csv").read_text().splitlines()) == 4
    assert "hw/anna: MLP.backward" in (world / "junit.xml").read_text()


def test_file_left_out_of_a_submission_is_told_and_has_an_exit_code(world, capsys):
    (world / "hw/anna").mkdir(parents=True)
    (world / "hw/anna/mlp.py").write_text("anna")
    (world / "hw/anna/notes\u200f.txt").write_text("")
    (world / "hw/ben.py").write_text("ben")
    assert graded("hw", "--csv", "grades.csv") == 4
    assert (
        "1 file left out:\n  hw/anna: notes.txt: a name has invisible characters" in capsys.readouterr().out
    )
    assert "Left out: hw/anna: notes.txt" in (world / "grades.csv").read_text()


def test_one_of_several_places_that_can_not_be_read_does_not_stop_the_others(world, capsys):
    Path("ben.zip").write_bytes(b"broken")
    assert graded("mlp.py", "ben.zip", "nobody.py") == 4
    out = capsys.readouterr().out
    assert "3 submissions: 2 not read, 1 incorrect" in out
    assert "file or folder not found" in out


def test_missing_pdf_is_told_to_whoever_grades(world, capsys):
    toml = world / "courses/nets/assignment.toml"
    toml.write_text(toml.read_text() + '[[manual]]\nname = "theory"\npoints = 5\nfiles = ["*.pdf"]\n')
    assert graded("mlp.py", "--csv", "grades.csv") == 0
    said = "No file *.pdf was submitted; it counts for 5 points: theory."
    assert said in capsys.readouterr().out
    assert said in (world / "grades.csv").read_text()


def test_table_for_spreadsheets_is_marked_as_utf_8_and_has_no_float_noise(world):
    assert graded("mlp.py", "--csv", "grades.csv") == 0
    assert (world / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbffile,")


@pytest.fixture
def export(world):
    """What Moodle gives of two students, one of them with a file and a text."""
    for name in ("Ada Byron_4711_assignsubmission_file", "Bob_12_assignsubmission_file"):
        (world / "hw" / name).mkdir(parents=True)
        (world / "hw" / name / "mlp.py").write_text(name)
    (world / "hw/Bob_12_assignsubmission_onlinetext").mkdir()
    (world / "hw/Bob_12_assignsubmission_onlinetext/onlinetext.html").write_text("Here it is.")
    Path("sheet.csv").write_text(
        "Identifier,Full name,Grade,Maximum grade,Feedback comments\nParticipant 4711,Ada,,50.00,\n"
    )
    return world


def test_worksheet_and_feedback_go_back_to_moodle(export, capsys):
    assert graded("hw", "--fill", "sheet.csv", "filled.csv", "--feedback", "feedback.zip") == 0
    out = capsys.readouterr().out
    assert "1 of 2 grades for Moodle in filled.csv\n  not in the table: Bob" in out
    assert "50 points at most and the assignment 30" in out
    assert 'Participant 4711,Ada,15.00,50.00,"MLP.forward is correct.' in Path("filled.csv").read_text()
    with zipfile.ZipFile("feedback.zip") as archive:
        folders = ["Ada Byron_4711_assignsubmission_file", "Bob_12_assignsubmission_file"]
        assert archive.namelist() == [f"{each}/feedback.txt" for each in folders]
        told = archive.read(archive.namelist()[0]).decode()
    assert told.startswith("Nets: 15.00 / 30")
    assert "MLP.backward" in told


def test_canvas_column_can_be_named(export, capsys):
    shutil.rmtree("hw")
    Path("hw").mkdir()
    Path("hw/byronada_4711_98765_mlp.py").write_text("ada")
    Path("hw/bob_LATE_12_98766_mlp.py").write_text("bob")
    Path("book.csv").write_text("Student,ID,Section,First (7)\nByron,4711,,\n")
    assert graded("hw", "--fill", "book.csv", "filled.csv") == 2
    out, err = capsys.readouterr()
    assert "There are: First" in err
    assert out == ""
    assert graded("hw", "--fill", "book.csv", "filled.csv", "--column", "First") == 0
    assert "Byron,4711,,15.00" in Path("filled.csv").read_text()


def test_what_can_not_be_given_back_is_said_before_anybody_is_graded(export, capsys):
    Path("there.csv").write_text("")
    assert graded("hw", "--fill", "sheet.csv", "there.csv") == 2
    assert graded("hw", "--fill", "nothing.csv", "filled.csv") == 2
    assert graded("mlp.py", "--feedback", "feedback.zip") == 2
    assert "no submission comes from Moodle" in capsys.readouterr().err
    assert not Path("feedback.zip").exists()


def test_folder_with_no_source_says_what_is_missing(world, capsys):
    (world / "hw").mkdir()
    (world / "hw/sheet.pdf").write_bytes(b"%PDF")
    assert graded("hw") == 4
    assert "Put mlp.py in it" in capsys.readouterr().err


def test_gradescope_gets_its_results(world, capsys):
    assert graded("mlp.py", "--gradescope", "results.json") == 0
    assert json.loads((world / "results.json").read_text())["score"] == 15
    Path("other.py").write_text("")
    assert graded("mlp.py", "other.py", "--gradescope", "results.json") == 2
    assert "Grade one at a time" in capsys.readouterr().err


def test_fault_of_ours_writes_no_score_and_has_an_exit_code(world, capsys):
    lost = report(status=Status.INTERNAL_ERROR, why="lost")
    assert graded("mlp.py", decide=lambda source: lost) == 6
    assert graded("mlp.py", "--gradescope", "results.json", decide=lambda source: lost) == 6
    assert not (world / "results.json").exists()


def test_machine_without_a_sandbox_grades_nothing(world, capsys):
    error = SandboxUnavailable("no user namespaces", where="sandbox", cure="Switch them on.")
    assert graded("mlp.py", decide=lambda source: error) == 5
    assert "sandbox: no user namespaces\nSwitch them on.\n" in capsys.readouterr().err


def test_file_that_is_too_large_is_told(world, capsys):
    Path("mlp.py").write_text("#" * 300_000)
    assert graded("mlp.py") == 4
    assert "larger than 256 KiB" in capsys.readouterr().err


def test_name_of_a_file_can_not_drive_the_terminal(world, capsys):
    Path("a\x1b[31m.py").write_text("#" * 300_000)
    assert graded("a\x1b[31m.py") == 4
    assert graded("a\x1b[31m.py", "mlp.py") == 4
    assert "\x1b" not in "".join(capsys.readouterr())


def test_output_that_can_not_be_written_is_told(world, capsys):
    Path("taken").mkdir()
    assert graded("mlp.py", "--csv", "taken") == 2
    assert "taken: it can't be written" in capsys.readouterr().err


def test_folder_that_there_is_not_is_told_before_anything_is_graded(world, capsys):
    seen = []
    assert graded("mlp.py", "--csv", "nowhere/grades.csv", decide=seen.append) == 2
    assert "nowhere: folder not found" in capsys.readouterr().err
    assert seen == []


def test_seed_is_the_same_each_time_and_may_be_set(world):
    made = services(assignments=("courses",))
    for seed in ([], [], ["--seed", "7"]):
        assert run(["grade", "mlp.py", "-a", "nets", *seed], lambda: made) == 0
    with made.open_grader() as grader:
        first, second, by_hand = [seed for *_, seed, _ in grader.seen]
    assert first == second != by_hand == 7


def test_secret_is_kept_in_the_data_folder(world):
    assert graded("mlp.py", secret="", data=str(world / "data")) == 0
    assert (world / "data/secret").exists()


def test_device_must_be_the_assignments(world, capsys):
    toml = world / "courses/nets/assignment.toml"
    toml.write_text('device = "cpu"\n' + toml.read_text())
    assert graded("mlp.py", "--device", "cuda") == 2
    assert "Use cpu." in capsys.readouterr().err


def test_scripts_are_worth_a_point_a_verdict(world, capsys):
    (world / "old").mkdir()
    (world / "old/t1.py").write_text("from mlp import MLP\nprint(True)")
    printed = report(case("t1.py", "line 2"), case("t1.py", "line 3", Verdict.FAILED, Fact("printed_false")))
    assert chainrule("grade", "mlp.py", "--scripts", "old", decide=lambda source: printed) == 0
    assert "t1.py  1.00 / 2" in capsys.readouterr().out


def test_bug_of_ours_is_admitted_with_a_traceback_on_request(world, capsys):
    broken = ZeroDivisionError("division by zero")
    assert graded("mlp.py", decide=lambda source: broken) == 1
    err = capsys.readouterr().err
    assert "this is a bug in Chainrule (ZeroDivisionError: division by zero)" in err
    assert "Traceback" not in err
    assert graded("mlp.py", "--debug", decide=lambda source: broken) == 1
    assert "Traceback" in capsys.readouterr().err


def test_interrupt_is_no_bug(world, capsys):
    def interrupt(source):
        raise KeyboardInterrupt

    assert graded("mlp.py", decide=interrupt) == INTERRUPTED


@pytest.mark.parametrize(
    "arguments", [["grade"], ["grade", "mlp.py", "--jsno"], ["grdae"], ["grade", "--jobs", "0"]]
)
def test_wrong_usage_has_its_exit_code(world, arguments):
    assert chainrule(*arguments) == 2


def write_samples(folder, listed):
    write_assignment(
        folder,
        **{
            "submissions/accepted/solution.py": "right",
            "submissions/expected.toml": listed,
            "handout/mlp.py": "starter",
            "handout/test1.py": "from mlp import MLP\nprint(a - b < 1e-3)\n",
        },
    )


RIGHT = report(case("MLP.forward", "y"), case("MLP.backward", "d"))
STARTER = report(case("MLP.forward", "y", Verdict.FAILED), case("MLP.backward", "d", Verdict.FAILED))


def test_verify_passes_when_samples_get_what_they_must(world, capsys):
    write_samples(world / "courses/nets", '[[samples]]\nfile = "accepted/solution.py"\nscore = 30.0\n')
    decide = {"right": RIGHT, "starter": STARTER}.__getitem__
    assert chainrule("verify", "nets", decide=decide) == 0
    out = capsys.readouterr().out
    assert "✓ handout/mlp.py" in out
    assert "! handout/test1.py, line 2: a signed difference is compared" in out
    assert "! no sample is incorrect, so nothing shows that the tests find mistakes" in out
    assert "2 samples, 0 not as expected, 2 warnings" in out


def test_verify_tells_what_differs(world, capsys):
    write_samples(world / "courses/nets", '[[samples]]\nfile = "accepted/solution.py"\nscore = 30.0\n')
    assert chainrule("verify", "courses/nets", decide=lambda source: STARTER) == 7
    out, err = capsys.readouterr()
    assert "✕ submissions/accepted/solution.py\n    0.00 points, not 30.00" in out
    assert "1 of 2 samples are not as expected" in err


SAMPLES = '[[samples]]\nfile = "accepted/solution.py"\nscore = 30.0\n'


@pytest.mark.parametrize(
    ("asked", "count"), [((), 16), (("--seeds", "1"), 1), (("--seeds", "99"), 64), (("--all-seeds",), 64)]
)
def test_verify_tries_each_sample_under_several_seeds(world, asked, count):
    write_samples(world / "courses/nets", SAMPLES)
    made = services({"right": RIGHT, "starter": STARTER}.__getitem__, assignments=("courses",))
    assert run(["verify", "nets", *asked], lambda: made) == 0
    with made.open_grader() as grader:
        found = Counter(seed for _, _, seed, _ in grader.seen)
    assert sorted(found.values()) == [2] * count


def test_verify_tells_a_sample_that_gets_something_else_under_another_seed(world, capsys):
    write_samples(world / "courses/nets", SAMPLES)
    given = iter([RIGHT, RIGHT, STARTER])
    assert (
        chainrule(
            "verify", "nets", "--seeds", "3", decide=lambda text: next(given) if text == "right" else STARTER
        )
        == 7
    )
    out, err = capsys.readouterr()
    assert "✓ submissions/accepted/solution.py" in out
    assert "✕ submissions/accepted/solution.py under seed 2 (--seed " in out
    assert "1 of 2 samples are not as expected" in err


def test_verify_needs_samples(world, capsys):
    assert chainrule("verify", "nets") == 3
    assert "Put a solution in submissions/accepted/" in capsys.readouterr().err


def test_doctor_says_what_each_wall_guards_against(world, capsys):
    assert (
        chainrule(
            "doctor",
            walls=[
                wall(),
                wall(name="cgroup", holds=False, lost="Memory is bounded per process.", cure="Mount it."),
            ],
        )
        == 0
    )
    out = capsys.readouterr().out
    assert out.startswith(f"chainrule {origin.release()}\n\n✓ ")
    assert "✓ network: talking to others · connect: refused" in out
    assert "! cgroup" in out
    assert "    Memory is bounded per process.\n    Mount it.\n" in out
    assert "1 is weaker" in out


def test_doctor_fails_without_a_wall_that_is_needed(world, capsys):
    assert chainrule("doctor", walls=[wall(name="namespaces", holds=False, needed=True)]) == 5
    assert "nothing can be graded without: namespaces" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["grade", "--help"], ["verify", "-h"], ["doctor", "-h"]])
def test_help_needs_no_settings(capsys, arguments):
    def fail():
        raise AssertionError

    assert run(arguments, fail) == 0
    assert "Usage: chainrule" in capsys.readouterr().out


def test_version_names_what_a_grading_depends_on(capsys):
    assert run(["--version"], services) == 0
    out = capsys.readouterr().out
    assert out.startswith("chainrule ")
    assert "torch " in out


def test_reader_that_goes_away_is_no_bug():
    code = "import sys\nfrom grader.cli.main import run\nfrom tests.grader.doubles import services, wall\n"
    code += "sys.exit(run(['doctor'], lambda: services(walls=[wall()])))"
    root = Path(__file__).resolve().parents[2]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, stdout=writer, stderr=subprocess.PIPE, timeout=300
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (BROKEN_PIPE, b"")


def test_program_starts_without_torch():
    code = "import sys\nsys.argv = ['chainrule', '--version']\ntry:\n    import grader.__main__\n"
    code += "except SystemExit as end:\n    sys.exit(end.code or 'torch' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
