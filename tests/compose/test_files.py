"""The deployment's files hold together: they parse, agree with each other, and give nothing away."""

import configparser
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields

import pytest

from grader.cli.main import program
from grader.config import IN_A_FILE, PREFIX, Settings
from grader.errors import SandboxUnavailable, SettingsError
from tests.compose.composition import CARD, MAIN, ROOT, in_order, interpolated, read, services

DEPLOY = ROOT / "deploy"
PROFILE = DEPLOY / "seccomp-worker.json"
GRADE = ["-m", "grader", "grade", "hidden_tests/nyu-hw1/submissions/accepted/solution.py", "-a", "nyu-hw1"]
ALL = [*services().values(), *services(CARD).values()]
OURS = [each for each in ALL if each.command[0] == "chainrule"]
WORKERS = [each for each in OURS if each.name.startswith("worker")]


def _ids(found):
    return [each.name for each in found]


def test_variables_are_put_in_their_places():
    text = "${A:-x} ${A} ${B:-} $$(cat f)"
    assert interpolated(text, {"A": "a"}) == "a a  $(cat f)"
    with pytest.raises(KeyError):
        interpolated("${C}", {})


def test_environment_changes_what_it_should():
    given = {"CHAINRULE_LISTEN": "127.0.0.1:9000", "CHAINRULE_HTTPS": "true", "CHAINRULE_PROXIES": "1"}
    web = services(MAIN, given)["web"]
    assert web.raw["ports"] == ["127.0.0.1:9000:8000"]
    assert web.environment["CHAINRULE_HTTPS"] == "true"
    assert services()["web"].raw["ports"] == ["127.0.0.1:8000:8000"]


@pytest.mark.parametrize("service", OURS, ids=_ids(OURS))
def test_every_command_is_one_of_ours_and_every_variable_a_setting(service):
    _, command, *options = service.command
    known = {option for parameter in program.commands[command].params for option in parameter.opts}
    assert {word for word in options if word.startswith("--")} <= known
    settings = {PREFIX + each.name.upper() for each in fields(Settings)}
    for name in service.environment:
        assert name in settings or name.removesuffix(IN_A_FILE) in settings


@pytest.mark.parametrize("service", ALL, ids=_ids(ALL))
def test_every_service_is_walled_in(service):
    raw = service.raw
    assert raw["user"].split(":")[0] not in ("", "0", "root")
    assert raw["read_only"] is True
    assert raw["cap_drop"] == ["ALL"]
    assert "cap_add" not in raw
    assert "privileged" not in raw
    assert "no-new-privileges:true" in raw["security_opt"]
    assert any(mount.startswith("/tmp:size=") for mount in raw["tmpfs"])


@pytest.mark.parametrize("service", ALL, ids=_ids(ALL))
def test_every_service_but_the_migration_has_a_health_check(service):
    assert bool(service.health) == (service.name != "migrate")
    assert service.raw["restart"] == ("no" if service.name == "migrate" else "unless-stopped")


@pytest.mark.parametrize("service", ALL, ids=_ids(ALL))
def test_secrets_come_from_files(service):
    declared = set(read(MAIN)["secrets"])
    named = {value.rsplit("/", 1)[1] for value in service.environment.values() if "/run/secrets/" in value}
    named |= set(re.findall(r"/run/secrets/(\w+)", " ".join(service.command)))
    assert named == set(service.raw["secrets"])
    assert named <= declared
    for name, value in service.environment.items():
        assert name.endswith(IN_A_FILE) or not re.search("password|secret", name, re.IGNORECASE), value


def test_only_the_web_can_be_reached_from_outside():
    networks = read(MAIN)["networks"]
    assert networks["backend"]["internal"] is True
    for each in ALL:
        outside = each.name == "web"
        assert each.raw["networks"] == (["backend", "frontend"] if outside else ["backend"])
        assert ("ports" in each.raw) == outside


def test_nothing_starts_before_what_it_needs_is_well():
    for each in OURS:
        for name, needed in each.raw["depends_on"].items():
            done = "service_completed_successfully" if name == "migrate" else "service_healthy"
            assert needed["condition"] == done
    assert _ids(in_order(services()))[-2:] == ["web", "worker"]


@pytest.mark.parametrize("worker", WORKERS, ids=_ids(WORKERS))
def test_worker_gets_what_boxes_need_and_no_more(worker):
    assert set(worker.raw["security_opt"]) == {
        "no-new-privileges:true",
        "seccomp=./deploy/seccomp-worker.json",
        "apparmor=chainrule-worker",
        "systempaths=unconfined",
    }
    assert worker.raw["stop_signal"] == "SIGQUIT"
    assert worker.raw["stop_grace_period"] == "60s"


def test_worker_with_a_card_differs_only_by_the_card():
    [card] = services(CARD).values()
    plain = services()["worker"]
    differing = {"image", "build", "environment", "deploy", "logging"}
    assert {k: v for k, v in card.raw.items() if k not in differing} == {
        k: v for k, v in plain.raw.items() if k not in differing
    }
    assert card.environment == {**plain.environment, "CHAINRULE_DEVICE": "cuda", "CHAINRULE_JOBS": "1"}


def test_other_services_keep_the_engines_own_profiles():
    for each in ALL:
        if each not in WORKERS:
            assert each.raw["security_opt"] == ["no-new-privileges:true"]


def test_image_copies_what_there_is_and_runs_as_the_user_of_the_compose_file():
    text = (ROOT / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / source).exists() for source in line.split())
    [user] = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
    assert {each.raw["user"] for each in OURS} == {user}
    assert "--constraint constraints.txt" in text
    assert {"bubblewrap", "libseccomp2", "util-linux"} <= set(text.split())


def test_image_is_built_from_what_it_needs_only():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    needed = {source for line in copied for source in line.split()}
    assert needed == {line[1:] for line in ignored if line.startswith("!")}
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert {each.rstrip("*") for each in packages["find"]["include"]} <= needed


def _compiled_as_the_image_does(folder):
    [words] = re.findall(r"python (-m compileall .+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    done = subprocess.run(
        [sys.executable, *shlex.split(words)], cwd=folder, capture_output=True, text=True, timeout=300
    )
    return done.returncode


def _installed(folder, broken):
    for room in ("grader/web", "worker/guest", "reference", "hidden_tests/a/data"):
        (folder / room).mkdir(parents=True)
        (folder / room / "module.py").write_text("x = 1\n")
    (folder / broken).parent.mkdir(parents=True, exist_ok=True)
    (folder / broken).write_text("x = (1\n")
    return folder


@pytest.mark.parametrize(
    "data",
    [
        "hidden_tests/a/submissions/load_error/missing_comma.py",
        "hidden_tests/a/submissions/load_error/many/part.py",
        "hidden_tests/b/handout/mlp.py",
    ],
)
def test_image_compiles_no_data(data, tmp_path):
    assert _compiled_as_the_image_does(_installed(tmp_path, data)) == 0
    assert list((tmp_path / "grader/web/__pycache__").iterdir())
    assert not (tmp_path / data).parent.joinpath("__pycache__").exists()


@pytest.mark.parametrize(
    "code",
    [
        "grader/broken.py",
        "grader/services/submissions.py",
        "worker/guest/broken.py",
        "reference/broken.py",
        "hidden_tests/a/test_broken.py",
    ],
)
def test_no_image_is_built_of_code_that_does_not_compile(code, tmp_path):
    assert _compiled_as_the_image_does(_installed(tmp_path, code)) == 1


def _refused(profile):
    return {
        name for rule in profile["syscalls"] if rule.get("includes", {}).get("caps") for name in rule["names"]
    }


def test_profile_allows_namespaces_and_nothing_else_that_the_engine_forbids():
    profile = json.loads(PROFILE.read_text())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    added = profile["syscalls"][0]["names"]
    assert set(added) & _refused(profile) == {
        "clone", "mount", "setdomainname", "sethostname", "setns", "umount", "umount2", "unshare",
    }  # fmt: skip
    always = {
        name
        for rule in profile["syscalls"]
        if rule["action"] == "SCMP_ACT_ALLOW" and not rule.get("includes")
        for name in rule["names"]
    }
    dangerous = (
        "bpf add_key keyctl request_key io_uring_setup userfaultfd kexec_load init_module reboot chroot"
    )
    assert not always & set(dangerous.split())


def _under(profile, *words):
    command = [sys.executable, "-m", "tests.compose.under_profile", str(profile), sys.executable, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_a_submission_is_graded_under_the_profile():
    done = _under(PROFILE, *GRADE)
    assert done.returncode == 0, done.stderr
    assert "50.00 / 50" in done.stdout


@pytest.mark.slow
def test_nothing_is_graded_under_the_profile_without_its_first_rule(tmp_path):
    profile = json.loads(PROFILE.read_text())
    del profile["syscalls"][0]
    (tmp_path / "profile.json").write_text(json.dumps(profile))
    done = _under(tmp_path / "profile.json", *GRADE)
    assert done.returncode == SandboxUnavailable.exit_code
    assert "chainrule doctor" in done.stderr


def _unit():
    parser = configparser.ConfigParser(
        strict=False, interpolation=None, delimiters=("=",), allow_no_value=True
    )
    parser.optionxform = str
    parser.read(DEPLOY / "chainrule-worker.service")
    return parser


def test_unit_gives_the_worker_its_control_group_and_stops_it_softly():
    service = _unit()["Service"]
    assert service["Delegate"] == "yes"
    assert service["KillSignal"] == services()["worker"].raw["stop_signal"]
    assert service["ExecStart"].endswith("chainrule worker")
    never = {str(kind.exit_code) for kind in (SettingsError, SandboxUnavailable)}
    assert set(service["RestartPreventExitStatus"].split()) == never


def test_unit_sets_settings_that_there_are():
    text = (DEPLOY / "chainrule-worker.service").read_text()
    settings = {PREFIX + each.name.upper() for each in fields(Settings)}
    for name in re.findall(r"^Environment=(\w+)=", text, re.MULTILINE):
        assert name in settings or name.removesuffix(IN_A_FILE) in settings


def test_secrets_are_made_once(tmp_path):
    folder = tmp_path / "s"

    def make():
        subprocess.run([DEPLOY / "make-secrets.sh", folder], check=True, capture_output=True)
        return {each.name: each.read_text() for each in folder.iterdir()}

    made = make()
    assert make() == made
    assert set(made) == set(read(MAIN)["secrets"])
    assert all(re.fullmatch("[0-9a-f]{64}", text) for text in made.values())
    assert len(set(made.values())) == len(made)
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("script", ["make-secrets.sh", "in-own-group.sh", "try-containers.sh"])
def test_script_can_be_run(script):
    assert os.access(DEPLOY / script, os.X_OK)
    subprocess.run(["sh", "-n", DEPLOY / script], check=True)


def test_host_profile_cure_and_guide_give_the_same_advice():
    profile, guide = (DEPLOY / "apparmor-host").read_text(), (ROOT / "docs/operator.md").read_text()
    cure = (ROOT / "worker/sandbox/box.py").read_text()
    assert "deploy/apparmor-host" in cure
    assert "“User namespaces”" in cure
    assert "\n### User namespaces\n" in guide
    commands = re.findall(r"^#   (sudo .+)$", profile, re.MULTILINE)
    assert len(commands) == 2
    assert all(command in guide for command in commands)
    [path] = re.findall(r"^@\{chainrule\} = (\S+)$", profile, re.MULTILINE)
    assert f"`{path}`" in guide
    assert path in (DEPLOY / "chainrule-worker.service").read_text()


def test_host_profile_gives_namespaces_to_what_chainrule_starts_and_to_nobody_else():
    profile = (DEPLOY / "apparmor-host").read_text()
    assert re.findall(r"^profile (.+) flags", profile, re.MULTILINE) == ["chainrule @{chainrule}"]
    rules = set(re.findall(r"^  (\w+),$", profile, re.MULTILINE))
    assert {"userns", "capability", "mount", "umount", "pivot_root", "file"} <= rules
    # Programs are started under it: another exec rule would lead bubblewrap into a profile of its own.
    assert not re.search(r"^ .*(unconfined|x /| -> )", profile, re.MULTILINE)


def test_nothing_of_ours_says_to_open_namespaces_to_every_program():
    opened = re.compile(r"apparmor_restrict_unprivileged_userns\s*=\s*0")
    folders = ("deploy", "docs", "grader", "worker")
    texts = [path for folder in folders for path in (ROOT / folder).glob("**/*") if path.is_file()]
    assert [path for path in texts if opened.search(path.read_text(errors="replace"))] == []
