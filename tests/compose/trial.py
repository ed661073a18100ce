"""Builds the image and tries docker-compose.yml with it on an engine. Called by deploy/try-containers.sh.

python -m tests.compose.trial ENGINE          variables: see deploy/try-containers.sh
"""

import os
import secrets
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.compose.composition import MAIN, ROOT, read, services
from tests.compose.containers import Composition, Engine, EngineFailed, Program
from tests.compose.options import Place, UnknownOption
from tests.compose.rush import TrialFailed
from tests.compose.steps import STEPS, say

STAND_INS = ("postgres", "redis")
APPARMOR = Path("/sys/module/apparmor/parameters/enabled")
BUILDS = ROOT / "tests/compose/stand_ins"


@dataclass(frozen=True)
class Wish:
    """What the variables of the caller ask for."""

    variables: Mapping[str, str]
    build_options: tuple[str, ...]
    gradings: int
    stand_ins: bool


def wish(environ: Mapping[str, str], *, apparmor: bool) -> Wish:
    """Return what the caller's variables ask for. Raises ValueError for a number that is none."""
    given = {"CHAINRULE_VERSION": "trial", "CHAINRULE_LISTEN": "127.0.0.1:8765", **environ}
    if not apparmor:
        given.setdefault("WORKER_APPARMOR", "unconfined")
    base = environ.get("BASE")
    options = ["--build-arg", f"BASE={base}"] if base else []
    options += shlex.split(environ.get("BUILD_OPTIONS", ""))
    return Wish(given, tuple(options), int(environ.get("GRADINGS", "50")), environ.get("STAND_INS") == "1")


def build_words(raw: Mapping, image: str, options: tuple[str, ...], root: Path) -> list[str]:
    """Return the words that build a service's image as its file says."""
    build = raw["build"]
    arguments = [word for name, value in build["args"].items() for word in ("--build-arg", f"{name}={value}")]
    return ["build", "--tag", image, *arguments, *options, str((root / build["context"]).resolve())]


def stand_in(name: str) -> str:
    """Return the name of the image that stands in for a service's own."""
    return f"chainrule-stand-in-{name}:trial"


def build(engine: Engine, asked: Wish) -> None:
    """Build the image of web, worker and migrate, and what stands in for others."""
    raw = services(MAIN, asked.variables)["web"].raw
    began = time.monotonic()
    engine.call(*build_words(raw, raw["image"], asked.build_options, ROOT), shown=True)
    say(f"built {raw['image']} in {time.monotonic() - began:.0f} s")
    for name in STAND_INS if asked.stand_ins else ():
        words = ["build", "--tag", stand_in(name), *asked.build_options, "--target", name, str(BUILDS)]
        engine.call(*words, shown=True)
        say(f"built {stand_in(name)}: it stands in for {services()[name].raw['image']}, which was not tried")


def composition(engine: Engine, asked: Wish, folder: Path) -> Composition:
    """Return the file's services with names, secrets and a port of this trial's own."""
    subprocess.run([ROOT / "deploy/make-secrets.sh", folder / "secrets"], check=True, capture_output=True)
    file = read(MAIN, asked.variables)
    files = {name: folder / "secrets" / Path(each["file"]).name for name, each in file["secrets"].items()}
    project = f"chainrule-trial-{secrets.token_hex(3)}"
    images = {name: stand_in(name) for name in STAND_INS} if asked.stand_ins else {}
    place = Place(ROOT, files, project, engine.podman)
    return Composition(engine, file, services(MAIN, asked.variables), place, images)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no second Ctrl-C come between: what is half removed would stay."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def trying(engine: Engine, asked: Wish) -> Iterator[Composition]:
    """Give the composition; whatever happens, nothing of it is left."""
    with tempfile.TemporaryDirectory(prefix="chainrule-trial-") as folder:
        made = composition(engine, asked, Path(folder))
        try:
            yield made
        finally:
            with undisturbed():
                made.down()
            say("removed all containers, volumes, networks and secrets of this trial")


def attempt(engine: Engine, asked: Wish) -> int:
    """Build, and do all steps; returns the exit code."""
    try:
        build(engine, asked)
        with trying(engine, asked) as made:
            for step in STEPS:
                say(f"\n== {step.__doc__.splitlines()[0]}")
                step(made, asked.gradings)
    except (EngineFailed, TrialFailed, UnknownOption) as error:
        print(f"try-containers: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    say("\nAll of it worked.")
    return 0


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Try with the engine that the command line names."""
    signal.signal(signal.SIGTERM, _interrupt)
    apparmor = APPARMOR.exists() and APPARMOR.read_text().startswith("Y")
    return attempt(Program(sys.argv[1]), wish(os.environ, apparmor=apparmor))


if __name__ == "__main__":
    sys.exit(main())
