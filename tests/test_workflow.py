"""Files that services and tools of others read say what the Makefile and pyproject.toml say."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def workflow():
    return yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def job(workflow):
    [job] = workflow["jobs"].values()
    return job


def test_workflow_runs_on_each_python_that_the_project_names(job, project):
    named = re.findall(r"Python :: (3\.\d+)$", "\n".join(project["classifiers"]), re.MULTILINE)
    assert job["strategy"]["matrix"]["python"] == named
    assert project["requires-python"] == f">={named[0]}"


def test_workflow_runs_targets_of_the_makefile(job):
    called = [step["run"].split()[1] for step in job["steps"] if step.get("run", "").startswith("make ")]
    assert called == ["setup", "lint", "test"]
    assert set(called) <= TARGETS
    for variable in re.findall(r"\b([A-Z]+)=", str([step.get("run") for step in job["steps"]])):
        assert f"{variable} ?=" in MAKEFILE


def test_workflow_may_read_only_ends_and_knows_its_tools_exactly(workflow, job):
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in job
    assert job["timeout-minutes"] <= 180
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+\.\d+\.\d+", each) for each in used)


def test_hooks_before_a_commit_use_the_tools_of_the_project():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    [own] = hooks["repos"]
    assert own["repo"] == "local"
    tools = {each["entry"] for each in own["hooks"] if each["language"] == "system"}
    recipe = MAKEFILE.split("\nlint:")[1].split("\n\n")[0].replace("$(PY)", ".venv/bin/python")
    for command in re.findall(r"^\t(.+)$", recipe, re.MULTILINE):
        assert command.removesuffix(" .") in {each.removesuffix(" --force-exclude") for each in tools}
    others = [each for each in own["hooks"] if each["language"] != "system"]
    assert all("==" in each for hook in others for each in hook["additional_dependencies"])
