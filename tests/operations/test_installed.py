"""The wheel, installed where no checkout is: it holds what it must, and all of it works."""

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from email import message_from_bytes
from importlib.metadata import version
from pathlib import Path

import pytest

from grader.config import origin
from tests.operations import installed
from tests.operations.installed import ROOMS, ROOT, STRANGER, Visitor
from tests.queue.rig import wait
from worker.sandbox import doctor
from worker.sandbox.policy import Wall

RIGHT = ROOT / "hidden_tests/nyu-hw1/submissions/accepted/solution.py"
PASSWORD = "correct horse battery"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    return installed.sources(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def commit(sources):
    """The commit that the wheel is built from."""
    return origin.commit(sources)


@pytest.fixture(scope="module")
def wheel(sources, commit, tmp_path_factory):
    return installed.build(sources, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def folder():
    """A folder with a short path, since sockets are made in it, that others may pass."""
    with tempfile.TemporaryDirectory(prefix="chainrule-inst-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def ours(wheel, folder):
    """Installed for who runs the tests, in continuous integration root."""
    return installed.install(wheel, folder / "ours", sys._base_executable, by_variable=False)


@pytest.fixture(scope="module")
def normal(wheel, folder):
    """Installed with the system's Python for a normal user whose home nobody else may enter."""
    user = STRANGER if os.getuid() == 0 else None
    return installed.install(wheel, folder / "normal", installed.system_python(), by_variable=True, user=user)


@pytest.fixture(params=["ours", "normal"])
def place(request):
    return request.getfixturevalue(request.param)


FOR_TRANSLATORS = ".pot"  # `make messages` leaves it, and git ignores it


def _packed(wheel):
    """Return the names of all files but those that tell about the wheel itself."""
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


def test_wheel_carries_the_rooms_and_the_assignments_and_nothing_else(wheel):
    shipped = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != FOR_TRANSLATORS
    }
    assert {"grader/py.typed", "worker/py.typed", "reference/py.typed"} <= shipped
    assert _packed(wheel) == shipped | {str(origin.FILE)}


def test_source_distribution_makes_the_same_wheel_and_knows_its_commit(sources, wheel, commit, tmp_path):
    packed = installed.build(sources, tmp_path / "sdist", "sdist")
    subprocess.run(["tar", "-xzf", packed, "-C", tmp_path], check=True)
    unpacked = tmp_path / packed.name.removesuffix(".tar.gz")
    again = installed.build(unpacked, tmp_path / "again")
    assert _packed(again) == _packed(wheel)
    assert zipfile.ZipFile(again).read(str(origin.FILE)).decode() == commit


def test_wheel_says_its_licenses_and_is_kept_from_an_index(wheel):
    [file] = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".dist-info/METADATA")]
    told = message_from_bytes(zipfile.ZipFile(wheel).read(file))
    licenses = told.get_all("License-File")
    assert told["License-Expression"] == "MIT"
    assert {"LICENSE", "grader/web/static/editor-LICENSE.txt", "grader/web/static/htmx-LICENSE.txt"} == {
        *licenses
    }
    folder = file.removesuffix("METADATA")
    assert {f"{folder}licenses/{name}" for name in licenses} <= set(zipfile.ZipFile(wheel).namelist())
    assert "Private :: Do Not Upload" in told.get_all("Classifier")
    assert told.get_payload().startswith("# Chainrule")


def test_program_that_was_installed_says_the_commit_it_was_built_from(ours, commit):
    assert ours.run("chainrule", "--version").startswith(f"chainrule {version('chainrule')} ({commit})\n")


def test_types_are_seen_by_who_installed_it(ours, tmp_path):
    uses = (
        "from grader.model import Limits",
        "from reference.wording import renamed",
        "from worker.wire.limits import MIB",
        "reveal_type(Limits().cell_seconds)",
        "reveal_type(MIB)",
        "renamed(1, {})",
    )
    (tmp_path / "uses.py").write_text("\n".join(uses))
    words = ("--strict", "--no-incremental", "--python-executable", ours.home / "env/bin/python", "uses.py")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *words], cwd=tmp_path, capture_output=True, text=True, timeout=200
    )
    told = re.findall(
        r'^uses\.py:(\d): \w+: .*?(float|int|"str"|import-untyped)\W*(?:\[arg-type\])?$', done.stdout, re.M
    )
    assert told == [("4", "float"), ("5", "int"), ("6", '"str"')], done.stdout


def test_doctor_finds_every_wall_in_what_was_installed(place):
    said = place.run("python", "-P", "-c", "import grader, worker; print(grader.__file__, worker.__file__)")
    assert all(Path(file).is_relative_to(place.home / "env") for file in said.split())
    found = {
        name: sign for sign, name in re.findall(r"^(.) ([^:·]+): ", place.run("chainrule", "doctor"), re.M)
    }
    assert set(found) >= {wall.value for wall in Wall}
    assert "✕" not in found.values()
    weaker = [wall for wall in Wall if found[wall.value] == "!" and wall is not Wall.CGROUP]
    # The rights of who grades decide on control groups; the others are this machine's, installed or not.
    assert not any(report.holds for report in (doctor.inspect(only=weaker) if weaker else ()))
    groups = place.run("python", "-P", "-c", "from worker.sandbox.cgroup import Groups; print(Groups.find())")
    assert (found[Wall.CGROUP.value] == "✓") is ("Groups object" in groups)


def test_right_submission_gets_all_points_at_the_command_line_and_sees_no_more_than_it_needs(ours):
    """What somebody keeps in the folder of an environment is no part of it.

    For a normal user the upload below shows that their environment grades.
    """
    private = ours.home / "env/private"
    private.write_text("a secret")
    looks = f"\nimport os\nassert not os.path.exists({str(private)!r})\n"
    (ours.home / "mlp.py").write_text(RIGHT.read_text() + looks)
    assert "50.00 / 50\n" in ours.run("chainrule", "grade", "mlp.py", "-a", "nyu-hw1")


def test_upload_to_the_service_is_graded(normal):
    with normal.serving() as address:
        for words in (
            ("course", "nets", "--title", "Nets"),
            ("assignment", "nets", "nyu-hw1"),
            ("account", "ada@example.org", "--name", "Ada", "--password-stdin"),
            ("enrol", "nets", "ada@example.org"),
        ):
            normal.run("chainrule", "admin", *words, said=f"{PASSWORD}\n")
        ada = Visitor(address)
        ada.sign_in("ada@example.org", PASSWORD)
        result = ada.upload("/assignments/1", "mlp.py", RIGHT.read_bytes())
        assert re.fullmatch(r"/submissions/\d+", result)
        try:
            wait(lambda: re.search(r'class="total">50.00 <span class="of">/ 50<', ada.get(result)), 60)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{normal.log()}") from None
