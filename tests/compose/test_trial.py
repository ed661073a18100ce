"""The trial of the containers says what it can't do, leaves nothing behind, and believes no wrong result."""

import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.service.browser import Page
from tests.compose.composition import ROOT, read, services
from tests.compose.containers import Composition, EngineFailed, Stopped
from tests.compose.options import Place
from tests.compose.rush import Outcome, TrialFailed, by_status, check, points, recorded_twice
from tests.compose.trial import attempt, build_words, trying, wish

SCRIPT = ROOT / "deploy/try-containers.sh"
NO_ENGINE = 75
SOFT, KILLED, LATE = Stopped(1.0, 10.0, 0), Stopped(10.0, 10.0, 137), Stopped(11.0, 10.0, 0)


class Recorder:
    """An engine that does nothing, but fails at the words that begin as `fails` does."""

    podman = True

    def __init__(self, *fails):
        self.fails = fails
        self.told = []

    def call(self, *words, said="", shown=False, both=False):
        self.told.append(words)
        if self.fails and words[: len(self.fails)] == self.fails:
            raise EngineFailed(f"no {' '.join(self.fails)}")
        return "0"


def _program(folder, name, code):
    file = folder / name
    file.write_text(f"#!/bin/sh\nexit {code}\n")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize("engines", ["", "podman-that-is-not-there"], ids=["none answers", "none is there"])
def test_without_an_engine_it_says_so_and_makes_nothing(engines, tmp_path):
    programs, temporary = tmp_path / "bin", tmp_path / "tmp"
    for folder in (programs, temporary):
        folder.mkdir()
    for name in ("docker", "podman"):
        _program(programs, name, 1)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "TMPDIR": str(temporary), "ENGINE": engines}
    done = subprocess.run([SCRIPT], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == NO_ENGINE
    assert "no container engine answers" in done.stderr
    assert "nothing was tried" in done.stderr
    assert list(temporary.iterdir()) == []
    assert f"{NO_ENGINE} no container engine" in SCRIPT.read_text()


def test_variables_of_the_caller_win_over_those_of_the_trial():
    plain = wish({}, apparmor=False)
    assert plain.variables["CHAINRULE_VERSION"] == "trial"
    assert plain.variables["WORKER_APPARMOR"] == "unconfined"
    assert "WORKER_APPARMOR" not in wish({}, apparmor=True).variables
    assert (plain.build_options, plain.gradings, plain.stand_ins) == ((), 50, False)
    given = {"WORKER_APPARMOR": "mine", "BASE": "b", "BUILD_OPTIONS": "--network 'a b'", "GRADINGS": "7"}
    asked = wish({**given, "STAND_INS": "1", "CHAINRULE_LISTEN": "127.0.0.1:1"}, apparmor=False)
    assert asked.variables["WORKER_APPARMOR"] == "mine"
    assert asked.variables["CHAINRULE_LISTEN"] == "127.0.0.1:1"
    assert asked.build_options == ("--build-arg", "BASE=b", "--network", "a b")
    assert (asked.gradings, asked.stand_ins) == (7, True)


def test_image_is_built_as_the_file_says():
    raw = services(variables={"TORCH_INDEX": "https://torch.example/cpu", "CHAINRULE_COMMIT": "8288fbb"})[
        "web"
    ].raw
    words = build_words(raw, "i:1", ("--network", "host"), Path("/project"))
    assert words == [
        "build", "--tag", "i:1", "--build-arg", "TORCH_INDEX=https://torch.example/cpu",
        "--build-arg", "NOTEBOOKS=yes", "--build-arg", "COMMIT=8288fbb", "--network", "host", "/project",
    ]  # fmt: skip


@pytest.mark.parametrize("fails", [("network", "create"), ("volume", "create"), ("create",), ("start",)])
def test_whatever_fails_nothing_of_the_trial_is_left(fails):
    engine = Recorder(*fails)
    with pytest.raises(EngineFailed), trying(engine, wish({}, apparmor=False)) as made:
        made.up()
    folder = next(iter(made.place.secrets.values())).parent
    assert not folder.exists()
    removed = {words[-1] for words in engine.told if words[0] == "rm" or words[1] == "rm"}
    file = read()
    assert removed >= {made.container(name) for name in services()}
    assert removed >= {f"{made.place.project}_{name}" for name in [*file["volumes"], *file["networks"]]}


def test_each_trial_has_names_of_its_own():
    engine = Recorder()
    with trying(engine, wish({}, apparmor=False)) as one, trying(engine, wish({}, apparmor=False)) as other:
        assert one.place.project != other.place.project


def test_a_build_that_fails_ends_the_trial_with_its_words(capsys):
    engine = Recorder("build")
    assert attempt(engine, wish({}, apparmor=False)) == 1
    assert "no build" in capsys.readouterr().err
    assert len(engine.told) == 1


def test_a_service_is_not_well_where_the_engine_says_so():
    composition = Composition(Recorder("healthcheck", "run"), {}, services(), Place(ROOT, {}, "p", True), {})
    assert not composition.is_well("web")


@pytest.mark.parametrize(("stopped", "softly"), [(SOFT, True), (KILLED, False), (LATE, False)])
def test_a_service_that_was_killed_or_late_did_not_stop_softly(stopped, softly):
    assert stopped.softly is softly


@pytest.mark.parametrize(
    ("scores", "stopped"),
    [
        (Counter({"50.00 / 50": 1}), SOFT),
        (Counter({"50.00 / 50": 1, "0.00 / 50": 1}), SOFT),
        (Counter({"50.00 / 50": 2}), KILLED),
    ],
    ids=["one is lost", "one has no points", "the service was killed"],
)
def test_a_rush_that_lost_something_is_no_success(scores, stopped):
    with pytest.raises(TrialFailed):
        check(Outcome("web", 2, 1, stopped, 1.0, scores), "50.00 / 50")
    check(Outcome("web", 2, 1, SOFT, 1.0, Counter({"50.00 / 50": 2})), "50.00 / 50")


def test_figures_are_added_up_by_status():
    figures = """# HELP chainrule_gradings x
chainrule_gradings{kind="hand_in",status="graded"} 3.0
chainrule_gradings{kind="regrade",status="graded"} 1.0
chainrule_gradings{kind="hand_in",status="internal_error"} 2.0
chainrule_gradings{kind="hand_in",status="queued"} 0.0
chainrule_workers 1.0
"""
    assert by_status(figures) == {"graded": 4, "internal_error": 2}


def test_a_grading_that_was_recorded_twice_is_found():
    lines = ["grading 1, attempt 1: recorded", "grading 2, attempt 1: queued again"]
    lines += ["grading 2, attempt 2: recorded"]
    assert recorded_twice("\n".join(lines)) == []
    assert recorded_twice("\n".join([*lines, "grading 1, attempt 2: recorded"])) == [1]


def test_a_page_that_still_waits_has_no_points():
    assert points(Page("/s/1", "<p>50.00 / 50</p>", 0.1)) == "50.00 / 50"
    for markup in ("<p>graded soon</p>", '<p hx-get="/s/1">0 / 50</p>'):
        with pytest.raises(TrialFailed):
            points(Page("/s/1", markup, 0.1))
