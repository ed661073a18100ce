"""Runs the services of a compose file as containers of an engine, with the options that stand in the file."""

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from tests.compose.composition import Service, in_order
from tests.compose.options import Place, options, seconds

# A worker tries all walls before it is well, and one that is started anew by the engine once more.
PATIENCE_SECONDS = 300.0
ASKING_SECONDS = 0.5
# What an engine reports of a container that was killed, having outlived its time to stop.
KILLED = 137


class EngineFailed(Exception):
    """An engine refused or failed; says what it was told and what it answered."""


class Engine(Protocol):
    """What a composition needs of an engine."""

    podman: bool

    def call(self, *words: str, said: str = "", shown: bool = False, both: bool = False) -> str:
        """Return what the engine prints for a command: with `both` on either stream. Raises EngineFailed."""


@dataclass(frozen=True)
class Program:
    """An engine's own program."""

    name: str

    @property
    def podman(self) -> bool:
        """Whether the options are podman's."""
        return self.name.rsplit("/", 1)[-1].startswith("podman")

    def call(self, *words: str, said: str = "", shown: bool = False, both: bool = False) -> str:
        """Return what the program prints; with `shown` it goes to the terminal. Raises EngineFailed."""
        out = None if shown else subprocess.PIPE
        err = subprocess.STDOUT if both else out
        done = subprocess.run([self.name, *words], input=said, stdout=out, stderr=err, text=True)
        if done.returncode:
            answer = ((done.stdout or "") + (done.stderr or ""))[-4000:]
            raise EngineFailed(f"{self.name} {' '.join(words)}: exit code {done.returncode}\n{answer}")
        return done.stdout or ""


@dataclass(frozen=True)
class Stopped:
    """How a service ended when it was asked to: after how many seconds, and with what exit code."""

    seconds: float
    grace: float
    code: int

    @property
    def softly(self) -> bool:
        """Whether it ended by itself, in its time."""
        return self.code != KILLED and self.seconds <= self.grace


@dataclass(frozen=True)
class Composition:
    """The services of a compose file on an engine; `images` are used in the place of the file's."""

    engine: Engine
    file: Mapping
    services: Mapping[str, Service]
    place: Place
    images: Mapping[str, str]

    def container(self, name: str) -> str:
        """Return the name of a service's container."""
        return f"{self.place.project}-{name}"

    def up(self) -> dict[str, float]:
        """Start all services, each when what it depends on is well; returns the seconds that each took."""
        for name, raw in self.file["networks"].items():
            inner = ["--internal"] if (raw or {}).get("internal") else []
            self.engine.call("network", "create", *inner, self._named(name))
        for name in self.file["volumes"]:
            self.engine.call("volume", "create", self._named(name))
        return {service.name: self._begin(service) for service in in_order(self.services)}

    def down(self) -> None:
        """Remove containers, volumes and networks, as far as there are any."""
        for service in self.services:
            self._try("rm", "--force", "--volumes", self.container(service))
        for name in self.file["volumes"]:
            self._try("volume", "rm", self._named(name))
        for name in self.file["networks"]:
            self._try("network", "rm", self._named(name))

    def start(self, name: str) -> float:
        """Start a service that was stopped; returns the seconds until it was well."""
        began = time.monotonic()
        self.engine.call("start", self.container(name))
        self._wait(self.services[name])
        return time.monotonic() - began

    def stop(self, name: str) -> Stopped:
        """Stop a service by the signal of the file, within the file's time."""
        began = time.monotonic()
        self.engine.call("stop", self.container(name))
        took = time.monotonic() - began
        grace = seconds(self.services[name].raw.get("stop_grace_period", "10s"))
        return Stopped(took, grace, int(self._state(name, "ExitCode")))

    def inside(self, name: str, *words: str, said: str = "") -> str:
        """Run a command in a service's container; returns what it prints."""
        return self.engine.call("exec", "--interactive", self.container(name), *words, said=said)

    def log(self, name: str) -> str:
        """Return what a service said so far. Raises EngineFailed."""
        return self.engine.call("logs", self.container(name), both=True)

    def is_well(self, name: str) -> bool:
        """Say what a service's health check says. Podman has no timer of its own and is asked to run it."""
        if not self.engine.podman:
            return self._state(name, "Health.Status") == "healthy"
        try:
            self.engine.call("healthcheck", "run", self.container(name))
        except EngineFailed:
            return False
        return True

    def created(self, service: Service) -> list[str]:
        """Return the words that create a service's container, on the first of its networks."""
        words = ["create", "--name", self.container(service.name)]
        words += ["--network", self._named(service.raw["networks"][0]), "--network-alias", service.name]
        words += options(service.name, service.raw, self.place)
        image = self.images.get(service.name, service.raw["image"])
        return [*words, image, *service.command]

    def _begin(self, service: Service) -> float:
        self.engine.call(*self.created(service))
        for network in service.raw["networks"][1:]:
            self.engine.call(
                "network",
                "connect",
                "--alias",
                service.name,
                self._named(network),
                self.container(service.name),
            )
        return self.start(service.name)

    def _wait(self, service: Service) -> None:
        if not service.health:
            code = self.engine.call("wait", self.container(service.name)).strip()
            if code != "0":
                raise EngineFailed(f"{service.name} ended with {code}\n{self.log(service.name)[-4000:]}")
            return
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.is_well(service.name):
            if time.monotonic() > end:
                raise EngineFailed(f"{service.name} did not become well\n{self.log(service.name)[-4000:]}")
            time.sleep(ASKING_SECONDS)

    def _state(self, name: str, key: str) -> str:
        return self.engine.call("inspect", "--format", f"{{{{.State.{key}}}}}", self.container(name)).strip()

    def _named(self, name: str) -> str:
        return f"{self.place.project}_{name}"

    def _try(self, *words: str) -> None:
        try:
            self.engine.call(*words)
        except EngineFailed:
            return
