"""A warm process that is gone is started anew within the grading that meets it, once for all that meet it."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from grader.assignment import assignment_folder
from grader.model import Status, Submission, Verdict
from tests import processes
from tests.engine.doubles import Launcher
from tests.hostile.forcing import ASSIGNMENT, SOUND, SUITE
from worker.engine import Attached, Engine, EngineSettings, Host
from worker.engine.zygotes import Zygotes
from worker.sandbox import box, policy
from worker.sandbox.errors import ZygoteGone
from worker.wire import patience

SUBMISSION = Submission({"sums.py": SOUND.encode()})
MANY = 12


@pytest.fixture(scope="module")
def suite():
    files = {"assignment.toml": ASSIGNMENT.encode(), "test_sums.py": SUITE.encode()}
    return assignment_folder.from_files(files, slug="sums", where="sums")


def double(tmp_path, make=lambda zygote: None):
    launcher = Launcher(tmp_path, make)
    zygotes = Zygotes(launcher)
    return launcher, zygotes, Engine(EngineSettings(cgroups=False), zygotes)


def at_once(engine, suite, number=MANY):
    """Grade as many at once; all of them begin with the same zygotes."""
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(lambda seed: engine.grade(SUBMISSION, suite, seed=seed), range(number)))


@pytest.mark.parametrize("dead", [("guest",), ("examiner",), ("examiner", "guest")])
@pytest.mark.parametrize("attached", [False, True], ids=["own", "of a host"])
def test_gradings_that_meet_it_together_start_one_and_are_all_graded(tmp_path, suite, dead, attached):
    launcher, zygotes, engine = double(tmp_path)
    with Host(zygotes) as host:
        if attached:
            engine = Engine(EngineSettings(cgroups=False), Attached(str(host.path)))
        assert engine.grade(SUBMISSION, suite, seed=1).status is Status.GRADED
        for zygote, name in zip(zygotes.get("examiner", "plain"), ("examiner", "guest"), strict=True):
            if name in dead:
                zygote.die()
        assert {each.status for each in at_once(engine, suite)} == {Status.GRADED}
    assert len(launcher.started) == 2 + len(dead)


def test_socket_that_somebody_deleted_counts_as_gone(tmp_path, suite):
    launcher, zygotes, engine = double(tmp_path)
    with engine:
        engine.grade(SUBMISSION, suite, seed=1)
        zygotes.get("plain")[0].path.unlink()
        assert engine.grade(SUBMISSION, suite, seed=2).status is Status.GRADED
    assert launcher.started.count("plain") == 2


def test_grading_that_is_cut_off_in_the_middle_is_begun_once_more_and_tells_each_case_once(tmp_path, suite):
    _, zygotes, engine = double(tmp_path)
    told = []
    with engine:
        zygotes.get("examiner")[0].hang_ups = 1
        report = engine.grade(SUBMISSION, suite, seed=1, progress=lambda case: told.append(case.id))
    assert (report.status, [case.id for case in report.cases]) == (Status.GRADED, ["one/1"])
    assert told == ["one/1"]


def test_one_that_hangs_up_every_time_is_asked_a_few_times_and_then_it_is_our_fault(tmp_path, suite):
    _, zygotes, engine = double(tmp_path)
    with engine:
        (examiner,) = zygotes.get("examiner")
        examiner.hang_ups = 100
        report = engine.grade(SUBMISSION, suite, seed=1)
    assert (report.status, report.why) == (
        Status.INTERNAL_ERROR,
        "the other side closed the connection (3 of 3 tries)",
    )
    assert 100 - examiner.hang_ups == patience.TRIES


@pytest.mark.parametrize(("times", "status"), [(2, Status.GRADED), (100, Status.INTERNAL_ERROR)])
def test_a_box_that_was_starved_is_begun_anew_a_few_times_with_the_same_zygotes(
    tmp_path, suite, times, status
):
    launcher, zygotes, engine = double(tmp_path)
    told = []
    with engine:
        (examiner,) = zygotes.get("examiner")
        examiner.starved = times
        report = engine.grade(SUBMISSION, suite, seed=1, progress=lambda case: told.append(case.id))
    assert report.status is status
    assert told == ["one/1"]
    assert examiner.served == patience.TRIES
    assert sorted(launcher.started) == ["examiner", "plain"]


def test_zygotes_that_are_gone_as_soon_as_they_run_are_started_a_few_times_and_then_it_is_our_fault(
    tmp_path, suite
):
    launcher, _, engine = double(tmp_path, lambda zygote: zygote.die())
    with engine:
        report = engine.grade(SUBMISSION, suite, seed=1)
    assert report.status is Status.INTERNAL_ERROR
    assert "is gone" in report.why
    assert report.why.endswith("(3 of 3 tries)")
    assert sorted(launcher.started) == ["examiner"] * patience.TRIES + ["plain"] * patience.TRIES


def killed_at_start(times):
    """Return what becomes of zygotes of which the first so many of all are killed while they start."""
    left = iter(range(times))

    def make(zygote):
        if next(left, None) is not None:
            zygote.close()
            raise ZygoteGone("killed")

    return make


def test_one_that_is_killed_while_it_starts_is_started_anew_for_all_who_wait_for_it(tmp_path, suite):
    launcher, _, engine = double(tmp_path, killed_at_start(2))
    with engine:
        assert {each.status for each in at_once(engine, suite)} == {Status.GRADED}
    assert len(launcher.started) == 4


def test_one_that_is_killed_at_every_start_is_a_problem_of_this_machine(tmp_path, suite):
    launcher, _, engine = double(tmp_path, killed_at_start(100))
    with engine, pytest.raises(ZygoteGone):
        engine.grade(SUBMISSION, suite, seed=1)
    assert launcher.started.count("examiner") == patience.TRIES


def test_a_real_process_that_ends_before_it_is_ready_is_told_from_one_that_refuses():
    spec = box.guest(policy.PLAIN, warm=False)
    with pytest.raises(ZygoteGone, match="did not start"):
        box.start(replace(spec, module="tests.nothing_of_that_name"))


@pytest.fixture(scope="module")
def warm(suite):
    """An engine with processes of its own, which the tests may kill."""
    with Engine() as engine:
        assert engine.grade(SUBMISSION, suite, seed=1).status is Status.GRADED
        yield engine


def kill(pids):
    processes.tell(pids, signal.SIGKILL)  # the first of a namespace takes the others along


def outer(engine):
    """Both bubblewraps, which started the zygotes."""
    return engine.process_ids()


def inner(engine):
    """What the bubblewrap of one zygote started, and not bubblewrap itself."""
    return processes.below(engine.process_ids()[-1])[1:]


@pytest.mark.parametrize("whom", [outer, inner])
def test_real_processes_that_were_killed_cost_no_grading(warm, suite, whom):
    kill(whom(warm))
    reports = at_once(warm, suite, 3)
    assert [(each.status, each.why) for each in reports] == [(Status.GRADED, "")] * 3
    assert all(case.verdict is Verdict.PASSED for each in reports for case in each.cases)


@pytest.mark.parametrize("place", [0, 1], ids=["examiner", "guest"])
def test_real_process_that_is_killed_in_the_middle_costs_no_grading(warm, suite, place):
    slow = SOUND + "import time\ntime.sleep(0.8)\n"
    killer = threading.Timer(0.4, kill, [warm.process_ids()[place : place + 1]])
    killer.start()
    report = warm.grade(Submission({"sums.py": slow.encode()}), suite, seed=1)
    killer.join()
    assert (report.status, report.why) == (Status.GRADED, "")
    assert all(case.verdict is Verdict.PASSED for case in report.cases)
