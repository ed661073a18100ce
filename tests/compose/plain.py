"""Runs the services of a compose file as plain processes, with what containers would give put in its place.

Host names and ports become ports of this machine, /run/secrets, /data and /tmp become folders of the test.
Nothing else is changed: commands and environments are those of the file, and no other variable is set
but PATH and HOME, which the image sets. Not shown by this: the image itself, read-only roots, the profiles
for seccomp and AppArmor, limits and networks.
"""

import contextlib
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from tests import databases, processes
from tests.compose.composition import ROOT
from tests.ports import reserved

IMAGE = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
PATIENCE = 240


class Machine:
    """A folder and ports in the place of containers; all processes end with it."""

    def __init__(self, folder):
        self.folder = folder
        self._running = contextlib.ExitStack()
        names = ("web", "redis", "postgres")
        self.ports = {name: self._running.enter_context(reserved()) for name in names}
        self.processes = {}
        subprocess.run([ROOT / "deploy/make-secrets.sh", folder / "secrets"], check=True, capture_output=True)
        for name in ("tmp", "data", "log"):
            (folder / name).mkdir()
        places = {
            "/run/secrets": f"{folder}/secrets",
            "/data": f"{folder}/data",
            "/tmp": f"{folder}/tmp",
            "0.0.0.0": "127.0.0.1",
            "redis:6379": f"127.0.0.1:{self.ports['redis']}",
            "postgres:5432": f"127.0.0.1:{self.ports['postgres']}",
            "6379": str(self.ports["redis"]),
            "5432": str(self.ports["postgres"]),
            "8000": str(self.ports["web"]),
        }
        self._places = places
        self._pattern = re.compile("|".join(map(re.escape, sorted(places, key=len, reverse=True))))

    @property
    def address(self):
        """Where the web server listens."""
        return f"http://127.0.0.1:{self.ports['web']}/"

    def secret(self, name):
        """Return a secret's value."""
        return (self.folder / "secrets" / name).read_text()

    def here(self, text):
        """Put this machine's places in a text."""
        return self._pattern.sub(lambda match: self._places[match[0]], text)

    def environment(self, service):
        """Return the variables that a service has."""
        given = {name: self.here(value) for name, value in service.environment.items()}
        return {**IMAGE, "HOME": str(self.folder / "tmp"), **given}

    def start(self, service):
        """Start a service, and wait until what it says of its health is good (or it is done)."""
        words = [self.here(word) for word in service.command]
        if service.name == "postgres":
            words = self._prepared(service, words)
        process = self._run(service, ["setpriv", "--pdeathsig", "KILL", *words])
        self.processes[service.name] = process
        if service.name == "postgres":
            self._wait(service, self._answers)
            self._make_database(service)
        elif service.health:
            self._wait(service, lambda: self.is_healthy(service))
        else:
            assert process.wait(PATIENCE) == 0, self.log(service.name)
        return process

    def inside(self, service, *words, said=""):
        """Run a command as `docker compose exec` does; returns what it prints."""
        given = self.environment(service)
        done = subprocess.run(
            words, env=given, cwd="/", input=said, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def is_healthy(self, service):
        """Say what a service's own health check says."""
        words = [self.here(word) for word in service.health]
        environment = self.environment(service)
        done = subprocess.run(words, env=environment, cwd="/", capture_output=True, timeout=300)
        return done.returncode == 0

    def stop(self, service):
        """Ask a service to stop as the engine does; returns its exit code."""
        process = self.processes[service.name]
        number = signal.Signals[service.raw.get("stop_signal", "SIGTERM")]
        grace = float(service.raw.get("stop_grace_period", "10s").rstrip("s"))
        process.send_signal(number)
        return process.wait(grace)

    def log(self, name):
        """Return the end of what a service said."""
        return (self.folder / "log" / name).read_text(errors="replace")[-4000:]

    def close(self):
        """End all that still runs."""
        self._running.close()

    def _run(self, service, words):
        with (self.folder / "log" / service.name).open("ab") as stream:
            process = processes.started(
                words, ends=signal.SIGQUIT if service.name == "postgres" else signal.SIGKILL,
                env=self.environment(service), cwd="/", stdin=subprocess.DEVNULL,
                stdout=stream, stderr=stream, start_new_session=True,
            )  # fmt: skip
            return self._running.enter_context(process)

    def _wait(self, service, good):
        end = time.monotonic() + PATIENCE
        while not good():
            assert self.processes[service.name].poll() is None, self.log(service.name)
            assert time.monotonic() < end, self.log(service.name)
            time.sleep(0.2)

    # What the image of PostgreSQL does before it runs its command, and once it answers.

    def _prepared(self, service, words):
        runner, folder = databases.owner(), self.folder / "postgres"
        folder.mkdir()
        password = folder / "password"
        password.write_text(Path(self.environment(service)["POSTGRES_PASSWORD_FILE"]).read_text())
        if runner:
            # The way to it is through folders of the test's that others may not enter.
            for each in (folder, password):
                shutil.chown(each, runner.pw_uid, runner.pw_gid)
        make = [databases.binary("initdb"), "-D", folder / "db", "-U", service.environment["POSTGRES_USER"]]
        make += ["-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--locale=C", "-N"]
        subprocess.run([*databases.run_as(runner), *make], check=True, capture_output=True, cwd="/")
        program, *rest = words
        here = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"]
        return [*databases.run_as(runner), databases.binary(program), "-D", folder / "db", *rest, *here]

    def _answers(self):
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _make_database(self, service):
        with self._connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {service.environment['POSTGRES_DB']}")

    def _connect(self, name):
        return psycopg.connect(
            host="127.0.0.1", port=self.ports["postgres"], user="chainrule", dbname=name, autocommit=True,
            password=self.secret("postgres_password"), connect_timeout=60,
        )  # fmt: skip
