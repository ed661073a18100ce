"""A service's options reach an engine as they stand in the compose file, all of them or none."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.compose.composition import CARD, MAIN, ROOT, Service, in_order, read, services
from tests.compose.containers import Composition
from tests.compose.options import Place, UnknownOption, health_command, options, seconds

SECRETS = {name: Path("/s") / name for name in read(MAIN)["secrets"]}
PODMAN = Place(ROOT, SECRETS, "p", podman=True)
DOCKER = Place(ROOT, SECRETS, "p", podman=False)
MERGED = {**services(MAIN), **services(CARD)}

# What the worker of the shipped file is, word for word: as an operator would have to type it.
WORKER = """
--user 10001:10001
--read-only
--cap-drop ALL
--init
--restart unless-stopped
--log-driver json-file --log-opt max-size=10m --log-opt max-file=5
--volume /s/postgres_password:/run/secrets/postgres_password:ro
--volume /s/redis_password:/run/secrets/redis_password:ro
--volume /s/chainrule_secret:/run/secrets/chainrule_secret:ro
--security-opt no-new-privileges:true
--security-opt apparmor=chainrule-worker
--tmpfs /tmp:size=1g,mode=1777
--memory 8g
--pids-limit 4096
--stop-signal SIGQUIT
--stop-timeout 60
--health-cmd chainrule worker --health
--health-interval 30s --health-timeout 10s --health-start-period 60s
--env CHAINRULE_HEALTH_FILE=/tmp/worker.alive
"""
# What is set here in one way for both engines.
ONE = {
    "user": ("redis", ["--user", "redis"]),
    "read_only": (False, []),
    "init": (False, []),
    "tmpfs": (["/a:size=1m", "/b"], ["--tmpfs", "/a:size=1m", "--tmpfs", "/b"]),
    "environment": ({"A": 1, "B": "b c"}, ["--env", "A=1", "--env", "B=b c"]),
    "secrets": (["redis_password"], ["--volume", "/s/redis_password:/run/secrets/redis_password:ro"]),
    "volumes": (["redis:/data"], ["--volume", "p_redis:/data"]),
    "shm_size": ("256m", ["--shm-size", "256m"]),
    "ports": (["127.0.0.1:8000:8000"], ["--publish", "127.0.0.1:8000:8000"]),
    "stop_grace_period": ("2m", ["--stop-timeout", "120"]),
    "security_opt": (["no-new-privileges:true"], ["--security-opt", "no-new-privileges:true"]),
}


def _pairs(words):
    return list(pairwise(words))


@pytest.mark.parametrize("place", [PODMAN, DOCKER], ids=["podman", "docker"])
@pytest.mark.parametrize("key", ONE)
def test_an_option_is_given_as_the_engine_takes_it(key, place):
    value, expected = ONE[key]
    assert options("s", {key: value}, place) == expected


@pytest.mark.parametrize("place", [PODMAN, DOCKER], ids=["podman", "docker"])
def test_worker_gets_all_that_its_file_says(place):
    words = options("worker", services()["worker"].raw, place)
    told = " ".join(words)
    assert [line for line in WORKER.strip().splitlines() if line not in told] == []
    assert ("--security-opt", f"seccomp={ROOT}/deploy/seccomp-worker.json") in _pairs(words)


def test_podman_is_told_in_its_own_words():
    words = options("worker", services()["worker"].raw, PODMAN)
    assert ("--security-opt", "unmask=ALL") in _pairs(words)
    assert "--read-only-tmpfs=false" in words
    others = options("worker", services()["worker"].raw, DOCKER)
    assert ("--security-opt", "systempaths=unconfined") in _pairs(others)
    assert not any("read-only-tmpfs" in word for word in others)


@pytest.mark.parametrize("name", MERGED)
@pytest.mark.parametrize("place", [PODMAN, DOCKER], ids=["podman", "docker"])
def test_every_key_of_every_service_is_known(name, place):
    assert options(name, MERGED[name].raw, place)


def test_a_card_is_given_to_the_worker_that_has_one():
    raw = services(CARD, {"WORKER_CARD": "2"})["worker-gpu"].raw
    assert ("--gpus", "device=2") in _pairs(options("worker-gpu", raw, DOCKER))
    assert ("--device", "nvidia.com/gpu=2") in _pairs(options("worker-gpu", raw, PODMAN))


@pytest.mark.parametrize("key", ["privileged", "cap_add", "env_file", "cpus", "sysctls"])
def test_a_key_that_nobody_knows_is_refused_and_never_left_out(key):
    with pytest.raises(UnknownOption, match=rf"web: .*{key}"):
        options("web", {**services()["web"].raw, key: True}, DOCKER)


def test_overlay_adds_one_service_and_needs_nothing_that_the_file_does_not_declare():
    whole, overlay = read(MAIN), read(CARD)
    assert set(overlay) == {"services"}
    assert set(overlay["services"]) == {"worker-gpu"}
    for service in in_order(MERGED):
        assert set(service.raw["networks"]) <= set(whole["networks"])
        assert set(service.raw["secrets"]) <= set(whole["secrets"])


@pytest.mark.parametrize(
    ("test", "line"),
    [
        (["CMD", "a", "b c"], "a 'b c'"),
        (["CMD", "python", "-c", "f('x')"], """python -c 'f('"'"'x'"'"')'"""),
        (["CMD-SHELL", "a | b"], "a | b"),
    ],
)
def test_health_check_becomes_a_line_for_a_shell(test, line):
    assert health_command(test) == line


@pytest.mark.parametrize(("text", "number"), [("5s", 5), ("60s", 60), ("2m", 120)])
def test_durations_are_read(text, number):
    assert seconds(text) == number


def test_a_container_is_made_on_the_first_network_with_the_files_image_and_command():
    made = Composition(None, read(MAIN), services(), DOCKER, {"redis": "other:1"})
    words = made.created(services()["web"])
    assert words[:7] == ["create", "--name", "p-web", "--network", "p_backend", "--network-alias", "web"]
    assert words[-7:] == ["chainrule:latest", *services()["web"].command]
    assert "other:1" in made.created(services()["redis"])
    assert isinstance(made.services["web"], Service)
