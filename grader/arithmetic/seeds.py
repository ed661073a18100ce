"""The seed of a grading: the same each time for one suite and one submission, and known to no student.

Each version of a suite has a pool of seeds, so that they can be tried before anybody is graded by one: seed
number n is an HMAC of the suite's digest and n under a secret of the server. Which of them a submission gets
is an HMAC of both digests. At a shell the secret lies in the user's data folder, made at first use and
readable by nobody else.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from grader.errors import SettingsError
from grader.model import Submission, Suite
from grader.model.language import _

SECRET_FILE = "secret"
_SECRET_BYTES = 32
_SEED_BITS = 63


def seed(secret: bytes, suite: Suite, submission: Submission) -> int:
    """Return a number from 0 up to 2**63 − 1: the one of the suite's pool that the submission gets."""
    return of_digests(secret, suite.digest, submission.digest, suite.assignment.seeds)


def of_digests(secret: bytes, suite: str, submission: str, count: int) -> int:
    """Return the same of their digests and the pool's size."""
    return numbered(secret, suite, _drawn(secret, f"number\n{suite}\n{submission}") % count)


def numbered(secret: bytes, suite: str, number: int) -> int:
    """Return a seed of a suite's pool, given the suite's digest. The first has number 0."""
    return _drawn(secret, f"seed\n{suite}\n{number}")


def _drawn(secret: bytes, message: str) -> int:
    digest = hmac.new(secret, message.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - _SEED_BITS)


def kept(secret: str, folder: Path) -> bytes | None:
    """Return the secret that is set, or else kept in `folder`; None where there is none yet."""
    if secret:
        return secret.encode()
    try:
        return _read(folder / SECRET_FILE)
    except OSError:
        return None


def secret(folder: Path) -> bytes:
    """Return the secret kept in `folder`, making it on first use (mode 0600)."""
    path = folder / SECRET_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _made(path) if not path.exists() else _read(path)
    except OSError as error:
        raise SettingsError(
            _("the secret that seeds are derived from can't be saved: %(strerror)s", strerror=error.strerror),
            where=str(path),
            cure=_("Make the folder writable, or set CHAINRULE_DATA or CHAINRULE_SECRET."),
        ) from None


def _made(path: Path) -> bytes:
    """Make the secret so that of several processes at their first use all get the same one."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(secrets.token_hex(_SECRET_BYTES).encode())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return _read(path)


def _read(path: Path) -> bytes:
    content = path.read_bytes().strip()
    if len(content) < _SECRET_BYTES:
        raise SettingsError(
            _("the secret is too short"), where=str(path), cure=_("Remove the file: a new one is created.")
        )
    return content
