"""What a zygote's view of the machine leaves out, as options of bubblewrap, and in a real box."""

import subprocess

from worker.sandbox import view


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
