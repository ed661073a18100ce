"""Passwords and the secrets of links and tokens: only hashes and digests are ever kept.

Hashing takes a tenth of a second on purpose, so it is done before a transaction, not in it.
"""

import hashlib
import secrets
from functools import cache
from typing import NewType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from grader.errors import UsageError
from grader.model.language import _

PasswordHash = NewType("PasswordHash", str)
LEAST_LENGTH = 10
# Longer ones only cost time.
MOST_LENGTH = 1000
_HASHER = PasswordHasher()
_SECRET_BYTES = 32


def hashed(password: str) -> PasswordHash:
    """Return what is kept of a password. Raises UsageError when it is too short or too long to be one."""
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        raise UsageError(
            _("a password needs %(least_length)s characters or more", least_length=LEAST_LENGTH),
            where="password",
            cure=_("Three or four words in a row are easy to remember."),
        )
    return PasswordHash(_HASHER.hash(password.encode("utf-8", "surrogatepass")))


def is_right(kept: str | None, password: str) -> bool:
    """Say whether that is the password. Without one kept it takes as long, and the answer is no."""
    if len(password) > MOST_LENGTH:
        return False
    try:
        _HASHER.verify(kept or _nobody(), password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_bytes(_SECRET_BYTES))


def new_secret() -> str:
    """Return a new secret for a link or a token."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def digest(secret: str) -> str:
    """Return what is kept of a secret. It is random, so a plain digest can't be guessed back."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
