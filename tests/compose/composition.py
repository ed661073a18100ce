"""Reads a compose file as the engine does, as far as ours go: interpolation, merging, secrets, order."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "docker-compose.yml"
CARD = ROOT / "docker-compose.gpu.yml"
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::-([^}]*))?\})")


@dataclass(frozen=True)
class Service:
    """One service as it is written, after interpolation."""

    name: str
    raw: dict
    command: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def health(self):
        """The command of its health check, or nothing."""
        test = self.raw.get("healthcheck", {}).get("test", [])
        match test:
            case ["CMD", *words]:
                return words
            case ["CMD-SHELL", line]:
                return ["sh", "-c", line]
        return test


def interpolated(text, variables):
    """Put variables in their places; raises KeyError for one that has no value and no default."""

    def value(match):
        name, default = match.groups()
        if name is None:
            return "$"
        given = variables.get(name) or default
        if given is None:
            raise KeyError(name)
        return given

    return _VARIABLE.sub(value, text)


def read(path=MAIN, variables=()):
    """Return a compose file's tables, interpolated."""
    return _through(yaml.safe_load(path.read_text()), dict(variables))


def _through(value, variables):
    if isinstance(value, dict):
        return {name: _through(each, variables) for name, each in value.items()}
    if isinstance(value, list):
        return [_through(each, variables) for each in value]
    return interpolated(value, variables) if isinstance(value, str) else value


def services(path=MAIN, variables=()):
    """Return the services of a compose file by name."""
    return {
        name: Service(
            name,
            raw,
            raw.get("command", []),
            {key: str(value) for key, value in raw.get("environment", {}).items()},
        )
        for name, raw in read(path, variables)["services"].items()
    }


def in_order(found):
    """Return the services so that each comes after what it depends on."""
    done = []

    def add(name):
        for needed in found[name].raw.get("depends_on", {}):
            add(needed)
        if found[name] not in done:
            done.append(found[name])

    for name in found:
        add(name)
    return done
