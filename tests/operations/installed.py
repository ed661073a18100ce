"""Chainrule as somebody has it who installed the wheel: an environment outside the checkout, and who uses it.

No second PyTorch is fetched: what we depend on comes from the checkout's own environment.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

from tests.processes import started

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("grader", "worker", "reference", "hidden_tests")
PACKAGES = Path(sysconfig.get_path("purelib"))
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
SYSTEM_PYTHON = Path("/usr/bin/python3")
# No account has it and no file belongs to it.
STRANGER = 65532
# As the folder of somebody who has files of the same names as our packages and what they import.
DECOYS = ("grader", "worker", "reference", "torch", "celery", "redis", "numpy")
PATIENCE = 240


def sources(folder):
    """Copy what the wheel is built from into a repository of its own; returns where it is."""
    source = folder / "source"
    for room in ROOMS:
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source)
    known = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "."), (*known, "commit", "-q", "-m", "as it is")):
        subprocess.run(["git", *words], cwd=source, check=True, capture_output=True)
    return source


def build(source, folder, kind="wheel"):
    """Build the wheel, or the source distribution (`sdist`), of these sources; returns where it is."""
    folder.mkdir(exist_ok=True)
    make = f"import sys, setuptools.build_meta as backend; print(backend.build_{kind}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", make, str(folder)], cwd=source, check=True, capture_output=True, text=True
    )
    return folder / done.stdout.split()[-1]


def system_python():
    """Return the system's Python, or ours where that can't load packages made for ours."""
    if SYSTEM_PYTHON.exists():
        asked = [SYSTEM_PYTHON, "-c", "import sys; print(*sys.version_info[:2], sep='.')"]
        if subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip() == VERSION:
            return SYSTEM_PYTHON
    return Path(sys._base_executable)


@dataclass(frozen=True)
class Place:
    """Where it is installed. ``becoming`` are the words by which a command is run as its user."""

    home: Path
    environment: dict
    becoming: tuple = ()

    @property
    def bin(self):
        return self.home / "env/bin"

    def command(self, *words):
        """Return a command that ends with us, as its user runs it."""
        program, *rest = words
        dying = ("setpriv", "--pdeathsig", "KILL")
        return [*(self.becoming or dying), str(self.bin / program), *map(str, rest)]

    @property
    def _folder(self):
        return "/" if self.becoming else self.home  # who becomes somebody else enters the home on the way

    def run(self, *words, said=""):
        """Run a command of the environment in the home folder; returns what it prints."""
        done = subprocess.run(
            self.command(*words), cwd=self._folder, env=self.environment,
            input=said, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self):
        """Run the service; gives its address."""
        command = self.command("chainrule", "serve", "--port", "0", "--jobs", "1")
        options = {"cwd": self._folder, "env": self.environment, "text": True}
        with (
            (self.home / "said").open("w") as errors,
            started(
                command, ends=signal.SIGTERM, stdout=subprocess.PIPE, stderr=errors, **options
            ) as process,
        ):
            found = re.search(r"http://\S+/", process.stdout.readline())
            assert found, (self.home / "said").read_text()
            yield found[0]

    def log(self):
        """Return the end of what the worker said."""
        return (self.home / ".local/share/chainrule/log/worker.log").read_text(errors="replace")[-4000:]


def install(wheel, home, python, *, by_variable, user=None):
    """Install the wheel for a person with this home folder.

    by_variable  PYTHONPATH, and not a .pth file, says where our dependencies are
    user         who it is, where it isn't who we are: somebody who may not enter our folders
    """
    home.mkdir(mode=0o700)
    target = home / "env"
    subprocess.run([python, "-m", "venv", "--without-pip", target], check=True, capture_output=True)
    words = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--root-user-action", "ignore"]
    pip = [sys.executable, "-m", "pip", "--python", target / "bin/python", *words, wheel]
    subprocess.run(pip, check=True, capture_output=True)
    packages = home / "packages" if user else PACKAGES
    environment = {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    if by_variable:
        environment["PYTHONPATH"] = str(packages)
    else:
        (target / f"lib/python{VERSION}/site-packages/dependencies.pth").write_text(f"{packages}\n")
    for name in DECOYS:
        (home / f"{name}.py").write_text("raise SystemExit('this is a file of somebody else')\n")
    if user is None:
        return Place(home, environment)
    packages.mkdir()
    for each in (home, *home.rglob("*")):
        os.chown(each, user, user, follow_symlinks=False)
    return Place(home, environment, _as_user(user, home, packages))


def _as_user(user, home, packages):
    """Return the words that run a command as a user who sees our dependencies, but not the way to them."""
    words = 'mount --bind "$1" "$2" && cd "$3" && shift 3 && exec "$@"'
    alone = ("unshare", "--mount", "--propagation", "private", "sh", "-c", words, "sh")
    become = ("setpriv", "--pdeathsig", "KILL", "--reuid", str(user), "--regid", str(user), "--clear-groups")
    return (*alone, str(PACKAGES), str(packages), str(home), *become)


class Visitor:
    """Somebody with a browser, as far as forms go."""

    def __init__(self, address):
        self.address = address.rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path):
        """Return a page."""
        with self._opener.open(self.address + path, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def post(self, path, kind="application/x-www-form-urlencoded", *, make):
        """Send a form made with the token of its page; returns the address of the page it leads to."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path))[1]
        request = urllib.request.Request(self.address + path, make(token), {"Content-Type": kind})
        with self._opener.open(request, timeout=PATIENCE) as answer:
            return answer.geturl().removeprefix(self.address)

    def sign_in(self, email, password):
        """Sign in."""
        fields = {"email": email, "password": password}
        self.post("/sign-in", make=lambda token: urlencode({"csrf_token": token, **fields}).encode())

    def upload(self, path, name, content):
        """Submit a file; returns the address of its result."""
        parts = '--edge\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        parts += f'--edge\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        end = b"\r\n--edge--\r\n"
        return self.post(
            path,
            "multipart/form-data; boundary=edge",
            make=lambda token: parts.replace("{token}", token).encode() + content + end,
        )
