"""What a zygote's view of the machine leaves out, as options of bubblewrap, and in a real box."""

import subprocess
import sys
from pathlib import Path

import pytest

from worker.sandbox import policy, view


def test_our_packages_and_data_sets_are_covered_where_they_are_installed(tmp_path):
    for name in ("grader", "sklearn/datasets/data", "numpy"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "chainrule-1.0.dist-info").mkdir()
    covered = [options[1] for options in view.masks_in(tmp_path)]
    assert [each.removeprefix(f"{tmp_path}/") for each in covered] == [
        "grader",
        "sklearn/datasets/data",
        "chainrule-1.0.dist-info",
    ]


def test_what_is_covered_is_empty_in_a_box_and_the_rest_of_the_package_is_there(tmp_path):
    data = tmp_path / "sklearn/datasets/data"
    data.mkdir(parents=True)
    (data / "digits.csv.gz").write_bytes(b"labels")
    (data.parent / "_base.py").write_text("x = 1\n")
    options = [option for mask in view.masks_in(tmp_path) for option in mask]
    command = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", *options]
    listed = subprocess.run(
        [*command, "ls", data, data.parent], capture_output=True, text=True, check=True
    ).stdout
    assert "digits.csv.gz" not in listed
    assert "_base.py" in listed


@pytest.mark.parametrize("prefix", [sys.prefix, sys.base_prefix])
def test_of_the_folders_of_interpreter_and_environment_only_programs_and_libraries_are_seen(prefix):
    _, sources = view.arguments(policy.TRAPPED, ())
    of_prefix = {Path(source).name for source in sources if Path(source).parent == Path(prefix).resolve()}
    assert of_prefix <= set(view.PARTS)
    if Path(prefix).resolve() not in view.SYSTEM:
        assert not any(Path(prefix, "private").is_relative_to(source) for source in sources)
        assert "lib" in of_prefix


def test_the_probe_finds_each_covered_thing_once_it_is_uncovered_and_none_before(tmp_path):
    """A covered folder is there, and so is a covered file: only contents say that the cover is missing."""
    there = (
        "grader/a/deep.py",
        "hidden_tests/hw/test.py",
        "seaborn/data/a.csv",
        "chainrule-1.dist-info/X",
    )
    for name in (*there, "__editable__.chainrule-1.pth", "numpy/linalg.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("contents\n")
    (tmp_path / "grader/__init__.py").touch()
    (tmp_path / "reference").mkdir()
    guarded = [str(file) for file in view.guarded_in(tmp_path)]
    covered = [tmp_path / name for name in (*there, "__editable__.chainrule-1.pth")]
    assert guarded == [str(file) for file in covered]

    options = [option for mask in view.masks_in(tmp_path) for option in mask]
    attack = (
        "import sys; from worker.sandbox.probes import outside_file as look; print(*map(look, sys.argv[1:]))"
    )
    inside = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--ro-bind", "/dev/null", "/etc/passwd"]
    for covers, expected in ((options, []), ([], [f"{file} can be seen" for file in guarded])):
        command = [*inside, *covers, sys.executable, "-c", attack, *guarded]
        found = subprocess.run(command, cwd=view.PROJECT, capture_output=True, text=True, check=True).stdout
        assert found.strip() == " ".join(expected)
