"""What can go wrong outside a submission, and what it means to a shell and to a browser.

    ChainruleError            exit 1   HTTP 500   a mistake of ours that nothing below describes
    ├── UsageError            exit 2   HTTP 400   the request makes no sense as it was put
    │   ├── SettingsError     exit 2   HTTP 500   a setting is wrong
    │   ├── NotSignedIn       exit 2   HTTP 401   nobody can be told by what came with the request
    │   ├── NotAllowed        exit 2   HTTP 403   this person may not do that
    │   ├── NotFound          exit 2   HTTP 404   there is no such thing, or not for this person
    │   └── Conflict          exit 2   HTTP 409   it is so already, or somebody was faster
    ├── AssignmentError       exit 3   HTTP 422   an assignment folder or its tests are not in order
    │   └── UnknownAssignment exit 3   HTTP 404   there is no assignment of that name
    ├── SubmissionError       exit 4   HTTP 422   a submission can't be read
    │   ├── TooLarge          exit 4   HTTP 413   a submission is larger than the limits allow
    │   ├── NotOpen           exit 4   HTTP 409   nothing is taken before the opening or after the closing
    │   ├── TooManyAttempts   exit 4   HTTP 429   the attempts of this hour are used up
    │   └── StorageFull       exit 4   HTTP 507   the course has no room left
    ├── SandboxUnavailable    exit 5   HTTP 503   this machine can't hold a sandbox: nothing is graded
    ├── GradingFailed         exit 6   HTTP 500   a grading failed by our fault: no score, nothing is lost
    ├── VerifyFailed          exit 7   HTTP 422   an assignment does not do what its samples say
    ├── DatabaseUnavailable   exit 8   HTTP 503   the database is away, locked, or out of disk
    └── ServerUnreachable     exit 9   HTTP 502   another machine's service does not answer as it should

A mistake in a submission is none of these: it is a verdict. Every message says what is wrong, where,
and what to do next.
"""

import re
from typing import ClassVar


class ChainruleError(Exception):
    """Base of all errors that people see: ``what`` happened, ``where``, and the ``cure``."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, what: str, *, where: str = "", cure: str = "") -> None:
        super().__init__(what, where, cure)
        self.what = what
        self.where = where
        self.cure = cure

    def __str__(self) -> str:
        said = f"{self.where}: {self.what}" if self.where else self.what
        return f"{said}\n{self.cure}" if self.cure else said


class UsageError(ChainruleError):
    """The request makes no sense as it was put."""

    exit_code = 2
    http_status = 400


class SettingsError(UsageError):
    """A setting, in the environment or in the settings file, is wrong."""

    http_status = 500


class NotSignedIn(UsageError):
    """Nobody can be told by what came with the request: no token, or one that does not hold."""

    http_status = 401


class NotAllowed(UsageError):
    """This person may not do that."""

    http_status = 403


class NotFound(UsageError):
    """There is no such thing, or not for this person: the two are not told apart."""

    http_status = 404


class Conflict(UsageError):
    """It is so already, or somebody was faster."""

    http_status = 409


class AssignmentError(ChainruleError):
    """An assignment folder, or one of its tests, is not in order."""

    exit_code = 3
    http_status = 422


class UnknownAssignment(AssignmentError):
    """There is no assignment of that name."""

    http_status = 404


class SubmissionError(ChainruleError):
    """A submission can't be read: no such file, a broken archive, a name that leaves the folder."""

    exit_code = 4
    http_status = 422


class TooLarge(SubmissionError):
    """A submission, or one file in it, is larger than the limits allow."""

    http_status = 413


class NotOpen(SubmissionError):
    """Nothing is taken before the opening or after the closing."""

    http_status = 409


class TooManyAttempts(SubmissionError):
    """The attempts of this hour are used up."""

    http_status = 429


class StorageFull(SubmissionError):
    """The course has no room left."""

    http_status = 507


class SandboxUnavailable(ChainruleError):
    """This machine can't hold a sandbox, so nothing is graded."""

    exit_code = 5
    http_status = 503


class GradingFailed(ChainruleError):
    """A grading failed by our fault: there is no score, and nothing is lost."""

    exit_code = 6


class VerifyFailed(ChainruleError):
    """An assignment does not do what its sample submissions say."""

    exit_code = 7
    http_status = 422


class DatabaseUnavailable(ChainruleError):
    """The database can't be reached, is locked for too long, or its disk is full: nothing was changed."""

    exit_code = 8
    http_status = 503


class ServerUnreachable(ChainruleError):
    """The service on another machine does not answer, or not as it should."""

    exit_code = 9
    http_status = 502


def code(kind: type[Exception]) -> str:
    """Return an error's name for programs: ``TooManyAttempts`` is ``too_many_attempts``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
