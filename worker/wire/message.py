"""Who may say what to whom about a box. What engine and examiner say about an exam: worker.wire.exam.

    zygote   → engine     Ready   (over the lifeline, once)
    engine   → keeper     Job     (the engine then gives its socket to the examiner)
    examiner → keeper     Open, Kill
    keeper   → examiner   Running …, Loaded | LoadFailed (once), Opened + 2 descriptors, Ended
    keeper   → checkpoint Fork + 2 descriptors
    checkpoint → keeper   Findings, Running …, then Imported | ImportFailed, then Reaped per session
    session  → keeper     Hello
    examiner → session    Request
    session  → examiner   Reply

Every message is a typed struct; unknown fields and wrong types are refused by the decoder.
``Values`` are the facts behind a feedback code: the sentence is built elsewhere.
"""

from typing import TypeAlias

import msgspec

from worker.wire.value import Array, Packed

Values: TypeAlias = dict[str, bool | int | float | str | list[int | float | str] | None]


class Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True, kw_only=True):
    """Base of everything that is sent."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of what messages are made of."""


class BoxLimits(Part, frozen=True):
    """What one box may use. Each limit's breach has a verdict of its own."""

    import_seconds: float = 10.0
    cell_seconds: float = 60.0
    total_seconds: float = 60.0
    memory_bytes: int = 1 << 30
    processes: int = 64
    output_bytes: int = 64 * 1024
    file_bytes: int = 64 * 1024 * 1024


class Ban(Part, frozen=True):
    """What the assignment forbids in the submission: ``autograd`` is forbid, report or allow."""

    autograd: str = "allow"
    modules: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Finding(Part, frozen=True):
    """A forbidden thing seen in the source: kind is autograd, module or name; as it ran: caught, numerical.

    ``where`` is the qualified name of the innermost function or class around it, empty outside of all.
    """

    kind: str
    what: str
    file: str
    line: int
    column: int
    where: str = ""


class Note(Part, frozen=True):
    """A fact worth telling that costs nothing, e.g. a stand-in for a package that isn't installed."""

    code: str
    values: Values = {}


class Ending(Part, frozen=True):
    """How a process in a box ended, as seen from outside, and whose fault it is.

    how     exited, signalled, timeout, out_of_memory, output_limit, closed (by us); our fault: lost, starved
    number  exit status or signal
    blame   student or us
    """

    how: str
    number: int = 0
    blame: str = "student"
    peak_memory_bytes: int = 0
    wall_seconds: float = 0.0
    why: str = ""


class Ready(Message, frozen=True):
    """A zygote's first word, over its lifeline: it serves now. ``facts`` tell of how it was started."""

    facts: dict[str, str] = {}


class Line(Part, frozen=True):
    """One of the student's own lines in a traceback."""

    file: str
    line: int
    function: str
    source: str


class Caught(Part, frozen=True):
    """A call that the autograd trap caught: the student's own lines that led to it, the innermost last.

    ``what`` is empty, or names what was only noticed: finite_differences, complex_step.
    """

    lines: tuple[Line, ...] = ()
    what: str = ""


class Job(Message, frozen=True):
    """One submission to be boxed. ``others``: entries of other boxes, missing here if they can't be read."""

    files: dict[str, bytes]
    entry: str
    seed: int
    limits: BoxLimits = BoxLimits()
    ban: Ban = Ban()
    device: str = "cpu"
    cgroup_descriptors: int = 0
    others: tuple[str, ...] = ()


class Open(Message, frozen=True):
    """Fork a fresh session from the checkpoint."""


class Kill(Message, frozen=True):
    """End the session that serves now; ``how`` becomes the ending's when it was still alive."""

    how: str = "closed"


class Loaded(Message, frozen=True):
    """The file is imported and sessions can be had. ``metered``: a meter of the box travels with it."""

    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    output: str = ""
    import_seconds: float = 0.0
    caught: tuple[Caught, ...] = ()
    metered: bool = False


class LoadFailed(Message, frozen=True):
    """No session can be had: the reason as a feedback code, or an ending that is our fault."""

    code: str
    values: Values = {}
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    output: str = ""
    ending: Ending | None = None
    caught: tuple[Caught, ...] = ()


class Opened(Message, frozen=True):
    """Travels with the session's socket and the read end of its output pipe."""


class Ended(Message, frozen=True):
    """The session is gone."""

    ending: Ending


class Fork(Message, frozen=True):
    """Travels with the session's socket and the write end of its output pipe."""


class Findings(Message, frozen=True):
    """What the parsed source shows, sent before any of it runs."""

    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()


class Running(Message, frozen=True):
    """A cell of a notebook begins, of so many; the first is 1."""

    cell: int
    total: int


class Imported(Message, frozen=True):
    """The import is over."""

    notes: tuple[Note, ...] = ()
    caught: tuple[Caught, ...] = ()


class ImportFailed(Message, frozen=True):
    """The source can't be decoded, parsed or imported."""

    code: str
    values: Values = {}
    notes: tuple[Note, ...] = ()
    caught: tuple[Caught, ...] = ()


class Reaped(Message, frozen=True):
    """The checkpoint's word on how its session ended (a wait status)."""

    status: int


class Hello(Message, frozen=True):
    """First message of a session; the kernel attaches its process id."""


class Update(Part, frozen=True):
    """New contents of a shared tensor or array."""

    ref: int
    array: Array


class Request(Message, frozen=True):
    """One operation on an object in the box. ``arguments`` packs (args, kwargs)."""

    number: int
    op: str
    target: int
    arguments: Packed
    updates: tuple[Update, ...] = ()
    release: tuple[int, ...] = ()
    ambient: Packed | None = None


class Raised(Part, frozen=True):
    """An exception of the student's code, as text. ``libraries``: whose text it may be, between spaces."""

    type: str
    text: str
    lines: tuple[Line, ...] = ()
    libraries: str = ""


class Attribute(Part, frozen=True):
    """A small dict that object number ``owner`` has under this name: its handle and its entries."""

    owner: int
    name: str
    value: Packed
    entries: Packed


class Reply(Message, frozen=True):
    """The answer to the request of the same number: a value, or what was raised.

    ``entries`` are sent along with the handle of a dict when they are few and small. ``attributes`` are
    those that are likely to be asked for next. ``caught``: what the trap caught since the last reply.
    """

    number: int
    value: Packed | None = None
    entries: Packed | None = None
    attributes: tuple[Attribute, ...] = ()
    raised: Raised | None = None
    caught: tuple[Caught, ...] = ()
    updates: tuple[Update, ...] = ()
    ambient: Packed | None = None


ToKeeper: TypeAlias = Job | Open | Kill
FromKeeper: TypeAlias = Running | Loaded | LoadFailed | Opened | Ended
FromCheckpoint: TypeAlias = Findings | Running | Imported | ImportFailed | Reaped
