"""Turns a service of a compose file into the words that `docker create` and `podman create` take.

Nothing is left out in silence: a key of a service that stands in no table here is refused, so that a trial
never runs a service with less than its file asks for.
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Not options of one container: what reads the file sees to these.
ELSEWHERE = frozenset({"image", "build", "command", "depends_on", "networks"})
SECONDS = {"s": 1, "m": 60}


class UnknownOption(Exception):
    """A service asks for something that nobody here can give to an engine."""


@dataclass(frozen=True)
class Place:
    """Where a composition runs: its folder, the files of its secrets, the prefix of its names, the engine."""

    folder: Path
    secrets: Mapping[str, Path]
    project: str
    podman: bool


Words = list[str]
Option = Callable[[Any, Place], Words]


def options(name: str, raw: Mapping[str, Any], place: Place) -> Words:
    """Return the options of one service. Raises UnknownOption for a key that no table here knows."""
    unknown = sorted(set(raw) - set(OPTIONS) - ELSEWHERE)
    if unknown:
        raise UnknownOption(
            f"{name}: nothing here gives {', '.join(unknown)} to an engine; add a row to {__name__}.OPTIONS"
        )
    return [word for key in raw if key in OPTIONS for word in OPTIONS[key](raw[key], place)]


def seconds(text: str) -> int:
    """Return the whole seconds of a duration such as 30s or 2m."""
    return int(text[:-1]) * SECONDS[text[-1]]


def health_command(test: list[str]) -> str:
    """Return the line for a shell that a health check runs."""
    kind, *words = test
    return words[0] if kind == "CMD-SHELL" else shlex.join(words)


def _one(option: str) -> Option:
    return lambda value, place: [option, str(value)]


def _each(option: str) -> Option:
    return lambda values, place: [word for value in values for word in (option, str(value))]


def _switch(option: str) -> Option:
    return lambda value, place: [option] if value else []


def _read_only(value: bool, place: Place) -> Words:
    # Left alone, podman adds places to write to that the file does not name.
    return ["--read-only", *(["--read-only-tmpfs=false"] if place.podman else [])] if value else []


def _environment(value: Mapping[str, Any], place: Place) -> Words:
    return [word for name, each in value.items() for word in ("--env", f"{name}={each}")]


def _secrets(names: list[str], place: Place) -> Words:
    return [word for name in names for word in ("--volume", f"{place.secrets[name]}:/run/secrets/{name}:ro")]


def _volumes(mounts: list[str], place: Place) -> Words:
    return [word for mount in mounts for word in ("--volume", f"{place.project}_{mount}")]


def _security(values: list[str], place: Place) -> Words:
    return [word for value in values for word in ("--security-opt", _rule(value, place))]


def _rule(value: str, place: Place) -> str:
    if value.startswith("seccomp="):
        return f"seccomp={(place.folder / value.removeprefix('seccomp=')).resolve()}"
    if value == "systempaths=unconfined" and place.podman:
        return "unmask=ALL"
    return value


def _logging(value: Mapping[str, Any], place: Place) -> Words:
    limits = [word for name, each in value["options"].items() for word in ("--log-opt", f"{name}={each}")]
    return ["--log-driver", value["driver"], *limits]


def _stop_grace_period(value: str, place: Place) -> Words:
    return ["--stop-timeout", str(seconds(value))]


def _health(value: Mapping[str, Any], place: Place) -> Words:
    times = {
        "--health-interval": value["interval"],
        "--health-timeout": value["timeout"],
        "--health-start-period": value["start_period"],
    }
    return ["--health-cmd", health_command(value["test"]), *(word for pair in times.items() for word in pair)]


def _devices(value: Mapping[str, Any], place: Place) -> Words:
    numbers = [
        number for device in value["resources"]["reservations"]["devices"] for number in device["device_ids"]
    ]
    if place.podman:
        return [word for number in numbers for word in ("--device", f"nvidia.com/gpu={number}")]
    return ["--gpus", f"device={','.join(numbers)}"]


OPTIONS: Mapping[str, Option] = {
    "user": _one("--user"),
    "read_only": _read_only,
    "cap_drop": _each("--cap-drop"),
    "security_opt": _security,
    "init": _switch("--init"),
    "restart": _one("--restart"),
    "logging": _logging,
    "environment": _environment,
    "secrets": _secrets,
    "volumes": _volumes,
    "tmpfs": _each("--tmpfs"),
    "mem_limit": _one("--memory"),
    "pids_limit": _one("--pids-limit"),
    "shm_size": _one("--shm-size"),
    "ports": _each("--publish"),
    "stop_signal": _one("--stop-signal"),
    "stop_grace_period": _stop_grace_period,
    "healthcheck": _health,
    "deploy": _devices,
}
