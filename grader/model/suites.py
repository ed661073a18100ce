"""Suites and submissions: files, and the digests that identify them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from grader.model.assignment import Assignment

MOUNTED = "mounted/"
"""What the names of files begin with that lie beside a submission in its box."""


@dataclass(frozen=True)
class Suite:
    """One version of the hidden tests: the assignment and every file that influences a verdict."""

    assignment: Assignment
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """The version: a digest of names and contents."""
        return digest_files(self.files)

    @property
    def mounted(self) -> Mapping[str, bytes]:
        """What lies beside every submission in its box, by the names it has there."""
        return {
            name.removeprefix(MOUNTED): content
            for name, content in self.files.items()
            if name.startswith(MOUNTED)
        }


@dataclass(frozen=True)
class Submission:
    """What one person submitted: file names relative to the submission, and their contents."""

    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """The identity: a digest of names and contents."""
        return digest_files(self.files)


def digest_files(files: Mapping[str, bytes]) -> str:
    """Return a SHA-256 over names and contents, independent of their order."""
    total = hashlib.sha256()
    for name in sorted(files):
        for chunk in (name.encode(), files[name]):
            total.update(len(chunk).to_bytes(8, "little"))
            total.update(chunk)
    return total.hexdigest()
