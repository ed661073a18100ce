"""Each wall is taken away alone: then its probe gets through, and doctor says so."""

import os

import pytest

from worker.sandbox import doctor, policy
from worker.sandbox.policy import Wall
from worker.sandbox.probe_table import PROBES

# Only root can start boxes as root.
UNTRIED = {Wall.HOST_USER} if os.getuid() != 0 else set()
CAN_BE_TAKEN = [wall for wall in Wall if wall not in UNTRIED]


@pytest.fixture(scope="module")
def standing():
    """What doctor says of this machine with every wall in place."""
    return {report.name: report for report in doctor.inspect()}


def test_every_wall_has_a_probe():
    assert [probe.wall for probe in PROBES] == list(Wall)


@pytest.mark.parametrize("wall", Wall, ids=lambda wall: wall.name)
def test_holds_while_the_wall_stands(standing, wall):
    report = standing[wall.value]
    assert report.holds or (not report.needed and report.lost and report.cure), report.measured


@pytest.mark.parametrize("wall", CAN_BE_TAKEN, ids=lambda wall: wall.name)
def test_says_so_when_the_wall_alone_is_missing(wall, monkeypatch):
    monkeypatch.setenv("CHAINRULE_TEST_VARIABLE", "seen")
    (report,) = doctor.inspect(policy.TRAPPED.without(wall), only=[wall])
    assert not report.holds
    assert report.lost in report.measured
    assert report.cure
    # The probe got through: a probe that merely failed would prove nothing.
    for crash in ("did not run", "the probe failed", "gave no answer", "did not bite", "refused"):
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
