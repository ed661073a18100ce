"""What can go wrong while a submission is examined, and whose fault it is.

ExaminerError
├── BoxEnded        the session is gone: the student's fault, with the keeper's ending
├── SessionGone     an object of an ended session was used: the test's fault
├── BoxLost         the keeper is gone: our fault
│   └── BoxStarved      the machine had no processor for the box: our fault, and worth another try
├── LoadRefused     the file can't be loaded: the student's fault, told in the load report
├── CheckFailed     a comparison failed: a feedback code and its values
├── WrongArgument   the test gives the submission or a comparison what it can't take; also a TypeError
└── RemoteError     the student's code raised; built-in exceptions are caught by their own names too
    └── Missing         a name that was asked for is not there: MissingName, MissingEntry
TestsHung           the hidden tests did not end (a BaseException: tests can't swallow it)
"""

import builtins
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from worker.examiner.budget import Overdrawn
from worker.wire.message import Ending, LoadFailed, Raised, Values

# What a box may have raised by its name: nothing that the interpreter or its environment added since.
BUILT_IN: Mapping[str, type[Exception]] = MappingProxyType(
    {
        name: known
        for name, known in vars(builtins).items()
        if isinstance(known, type) and issubclass(known, Exception)
    }
)


class ExaminerError(Exception):
    """Base of everything the examiner raises."""


class BoxEnded(ExaminerError):
    """The session ended under a call.

    ending   how, as the keeper saw it
    cause    what the link saw: timeout, output_limit, too_large, protocol or closed
    over     the limit that was exceeded, for a time-out
    """

    def __init__(self, ending: Ending, cause: str, over: Overdrawn | None = None) -> None:
        super().__init__(f"the box ended: {ending.how} {ending.number} ({cause})")
        self.ending = ending
        self.cause = cause
        self.over = over


class SessionGone(ExaminerError):
    """An object was used after its session had ended."""


class BoxLost(ExaminerError):
    """The keeper went away or does not answer: our fault."""


class BoxStarved(BoxLost):
    """A limit is over by the clock, though the box could not have done more: our fault."""


class LoadRefused(ExaminerError):
    """The submission can't be loaded; ``failure`` is the keeper's message."""

    def __init__(self, failure: LoadFailed) -> None:
        super().__init__(failure.code)
        self.failure = failure


class CheckFailed(ExaminerError):
    """A comparison failed, with the feedback code and the values its sentence needs."""

    def __init__(self, code: str, values: Values) -> None:
        super().__init__(f"{code} {values}")
        self.code = code
        self.values = values


class WrongArgument(ExaminerError, TypeError):
    """A test gives the submission, or a comparison, what it can't take.

    argument  position and name of the argument it is, None: any of them
    """

    def __init__(self, text: str, argument: tuple[int, str] | None = None) -> None:
        super().__init__(text)
        self.argument = argument


class RemoteError(ExaminerError):
    """The student's code raised; ``raised`` has type, text and the student's own lines."""

    def __init__(self, raised: Raised) -> None:
        super().__init__(raised.text)
        self.raised = raised

    def __str__(self) -> str:
        return self.raised.text


class Missing(RemoteError):
    """The module (``owner`` is then empty) or an object of a class has nothing of that name."""

    def __init__(self, raised: Raised, name: str, owner: str) -> None:
        super().__init__(raised)
        self.missing = name
        self.owner = owner


class MissingName(Missing, AttributeError):
    """There is no such attribute."""


class MissingEntry(Missing, KeyError):
    """There is no such entry."""


class TestsHung(BaseException):
    """The hidden tests used up the time of the whole exam outside of the box."""

    __test__ = False


def remote_error(raised: Raised) -> RemoteError:
    """Return the exception to raise here: also a ValueError where the student's code raised one."""
    kind = _remote_class(raised.type) if raised.type in BUILT_IN else RemoteError
    return kind(raised)


@cache
def _remote_class(name: str) -> type[RemoteError]:
    try:
        combined = type(name, (RemoteError, BUILT_IN[name]), {})
        combined(Raised(type=name, text=""))
    except TypeError:  # exceptions with a layout or constructor of their own
        return RemoteError
    return combined
