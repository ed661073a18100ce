"""Each wall is taken away alone: then its probe gets through, and doctor says so."""

import os

import pytest

from worker.sandbox import box, doctor, policy
from worker.sandbox.errors import SandboxError
from worker.sandbox.policy import Wall
from worker.sandbox.probe_table import PROBES


@pytest.fixture(scope="module", autouse=True)
def boxes_can_be_had():
    try:
        box.start(box.guest(policy.PLAIN, warm=False)).close()
    except SandboxError as error:
        pytest.skip(f"no boxes on this machine: {error}")


@pytest.fixture(scope="module")
def standing():
    """What doctor says of this machine with every wall in place."""
    return {report.name: report for report in doctor.inspect()}


def test_every_wall_has_a_probe():
    assert [probe.wall for probe in PROBES] == list(Wall)


@pytest.mark.parametrize("wall", Wall, ids=lambda wall: wall.name)
def test_holds_while_the_wall_stands(standing, wall):
    report = standing[wall.value]
    if not report.needed and not report.holds:
        pytest.skip(report.measured)
    assert report.holds, report.measured


@pytest.mark.parametrize("wall", Wall, ids=lambda wall: wall.name)
def test_says_so_when_the_wall_alone_is_missing(wall, monkeypatch):
    if wall is Wall.HOST_USER and os.getuid() != 0:
        pytest.skip("only root can start boxes as root")
    monkeypatch.setenv("CHAINRULE_TEST_VARIABLE", "seen")
    (report,) = doctor.inspect(policy.TRAPPED.without(wall), only=[wall])
    assert not report.holds
    assert report.lost in report.measured
    assert report.cure


@pytest.mark.parametrize("wall", Wall, ids=lambda wall: wall.name)
def test_probe_got_through_rather_than_crashed(wall, monkeypatch):
    if wall is Wall.HOST_USER and os.getuid() != 0:
        pytest.skip("only root can start boxes as root")
    if wall is Wall.IMPORT_CLOCK:
        pytest.skip("costs seconds; what it measures is a duration")
    monkeypatch.setenv("CHAINRULE_TEST_VARIABLE", "seen")
    (report,) = doctor.inspect(policy.TRAPPED.without(wall), only=[wall])
    for crash in ("could not be run", "the probe failed", "gave no answer", "did not bite", "refused"):
        assert crash not in report.measured


def test_missing_control_groups_are_told_but_no_reason_to_stop():
    (report,) = doctor.inspect(only=[Wall.CGROUP], groups="/sys/fs/cgroup: Permission denied")
    assert not report.holds
    assert not report.needed
    assert "Permission denied" in report.measured


def test_where_no_box_can_be_had_no_wall_holds_and_the_cure_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    reports = doctor.inspect(only=[Wall.VIEW, Wall.NETWORK, Wall.AUTOGRAD])
    assert [report.holds for report in reports] == [False] * 3
    assert all("apt install bubblewrap" in report.cure for report in reports)
