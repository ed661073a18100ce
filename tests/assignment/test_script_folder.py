import pytest

from grader.assignment import script_folder
from grader.errors import AssignmentError
from grader.model import Autograd, Breach, Forbidden, Script
from tests.grader.doubles import ASSIGNMENT


def write(folder, **contents):
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_scripts_are_the_files_that_import_the_hand_in(tmp_path):
    contents = {
        "test1.py": "from mlp import MLP",
        "test2.py": "import torch, mlp as student",
        "helper.py": "import torch",
        "broken.py": "import mlp(",
        "data/x.py": "import mlp",
        "mlp.py": "import mlp",
        "values.csv": "1",
    }
    suite = script_folder.suite(write(tmp_path, **contents))
    assert suite.assignment.scripts == {"test1.py": Script("test1.py"), "test2.py": Script("test2.py")}
    assert [each.name for each in suite.assignment.functions] == ["test1.py", "test2.py"]
    assert "mlp.py" not in suite.files
    assert {"helper.py", "values.csv", "data/x.py"} <= set(suite.files)


def test_scripts_of_another_year_name_another_module(tmp_path):
    suite = script_folder.suite(write(tmp_path, **{"t.py": "import network.mlp"}), entry="network.py")
    assert suite.assignment.entry == "network.py"


def test_hand_in_of_any_name_stands_for_the_module_that_scripts_import(tmp_path):
    suite = script_folder.suite(write(tmp_path, **{"t.py": "import mlp"}), entry="anna_4711.py")
    assert suite.assignment.entry == "mlp.py"


def test_rules_of_an_assignment_hold_for_its_scripts(tmp_path):
    forbidden = Forbidden(autograd=Autograd.FORBID, breach=Breach.SUBMISSION)
    base = type(ASSIGNMENT)("nets", "Nets", "mlp.py", ASSIGNMENT.functions, forbidden=forbidden)
    suite = script_folder.suite(write(tmp_path, **{"t.py": "import mlp"}), base)
    assert suite.assignment.forbidden is forbidden
    assert suite.assignment.slug == "nets"


def test_folder_without_scripts_says_how_one_begins(tmp_path):
    with pytest.raises(AssignmentError, match="from mlp import MLP"):
        script_folder.suite(write(tmp_path, **{"a.py": "import torch"}))
    with pytest.raises(AssignmentError, match="folder not found"):
        script_folder.suite(tmp_path / "nowhere")


ONE_SIDED = [
    "print(J_autograd - J < 1e-3)",
    "print(1e-3 > a - b)",
    "assert (a - b).sum() < 1e-3",
    "d = a - b\nprint(d < 1e-4)",
    "print((a - b).mean().item() <= tol)",
    "print((a - b).max() < eps)",
]
TWO_SIDED = [
    "print((a - b).norm() < 1e-3)",
    "print(abs(a - b) < 1e-3)",
    "print((a - b).abs().max() < 1e-3)",
    "print(torch.norm(a - b) < 1e-3)",
    "print((a - b) ** 2 < 1e-6)",
    "print(-1e-3 < a - b < 1e-3)",
    "print(a < b - 1)",
    "print(time.time() - start < 5)",
    "d = a - b\nd = d.norm()\nprint(d < 1e-3)",
    "print(torch.allclose(a, b))",
    "print(n - 1 > 0)",
]


@pytest.mark.parametrize("source", ONE_SIDED)
def test_comparison_that_passes_what_is_far_too_small_is_found(source):
    assert len(script_folder.one_sided({"t.py": source.encode()}, ["t.py"])) == 1


@pytest.mark.parametrize("source", TWO_SIDED)
def test_sound_comparison_is_left_alone(source):
    assert script_folder.one_sided({"t.py": source.encode()}, ["t.py"]) == []


def test_warning_has_file_and_line():
    files = {"a.py": b"import mlp\nprint(x - y < 1e-3)\n", "b.py": b"(", "c.py": b"print(x - y < 1e-3)"}
    assert script_folder.one_sided(files, ["a.py", "b.py"]) == [("a.py", 2)]
