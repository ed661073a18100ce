"""What is asked, and how it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# What the import or the tests of one file may take, and both of all files of an assignment together; and how
# many files are loaded. The queue waits for the longest of all gradings that these allow.
LONGEST_SECONDS = 1_800
LONGEST_TOGETHER_SECONDS = 3_600
MOST_FILES = 10
# How many seeds a version of the tests has.
SEEDS = 64


class Visibility(StrEnum):
    """From when on a student may see something."""

    ALWAYS = "always"
    AFTER_DUE = "after_due"
    AFTER_PUBLISH = "after_publish"
    NEVER = "never"


class Autograd(StrEnum):
    """What the assignment says about automatic differentiation in the submission."""

    FORBID = "forbid"
    REPORT = "report"
    ALLOW = "allow"


class Breach(StrEnum):
    """What using something forbidden costs."""

    FUNCTION = "function"
    SUBMISSION = "submission"
    NOTHING = "nothing"


class Isolation(StrEnum):
    """How often a fresh session is forked even if nothing broke."""

    SUBMISSION = "submission"
    FUNCTION = "function"
    TEST = "test"


class BonusCap(StrEnum):
    """How far bonus points count: as far as they go, or up to the sheet's total."""

    NONE = "none"
    TOTAL = "total"


class Device(StrEnum):
    """Where an assignment may be graded."""

    CPU = "cpu"
    GPU = "gpu"
    ANY = "any"


@dataclass(frozen=True)
class Limits:
    """What one grading may use; each limit's breach has a verdict of its own.

    Seconds are of CPU time. ``cell_seconds``: one cell of a notebook; all together have ``import_seconds``.
    """

    import_seconds: float = 10.0
    test_seconds: float = 5.0
    total_seconds: float = 60.0
    memory_bytes: int = 1 << 30
    processes: int = 64
    output_bytes: int = 64 * 1024
    cell_seconds: float = 60.0


@dataclass(frozen=True)
class Forbidden:
    """What the submission must not use, and what it costs."""

    autograd: Autograd = Autograd.ALLOW
    modules: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    breach: Breach = Breach.FUNCTION


@dataclass(frozen=True)
class Shown:
    """From when on each part of a case, and the total, may be seen by the student."""

    name: Visibility = Visibility.ALWAYS
    verdict: Visibility = Visibility.ALWAYS
    message: Visibility = Visibility.ALWAYS
    output: Visibility = Visibility.NEVER
    total: Visibility = Visibility.ALWAYS


@dataclass(frozen=True)
class Credit:
    """What share of its points a failed case keeps, from 0 to 1.

    consequential  right for the submission's own result of an earlier function, which is wrong
    transposed     the right numbers, with rows and columns exchanged
    convention     off by a factor that another function takes back
    """

    consequential: float = 0.0
    transposed: float = 0.0
    convention: float = 0.0


@dataclass(frozen=True)
class Function:
    """A function or method of the submission and what it is worth. Zero points: reported only.

    ``entry``: the file it is in, empty for the assignment's first one.
    """

    name: str
    points: float
    bonus: bool = False
    entry: str = ""


@dataclass(frozen=True)
class Choice:
    """Functions of equal points of which only so many count, those that got most."""

    functions: tuple[str, ...]
    best: int


@dataclass(frozen=True)
class Entry:
    """A file that is loaded in a box of its own: a module, or a notebook.

    ``optional``: without it a submission loses its functions and nothing else.
    """

    file: str
    optional: bool = False
    forbidden: Forbidden = field(default_factory=Forbidden)
    limits: Limits = field(default_factory=Limits)

    @property
    def module(self) -> str:
        """The name under which it is imported."""
        return self.file.rpartition(".")[0]


@dataclass(frozen=True)
class Manual:
    """A part that a person gives the points for. ``files``: patterns of the files submitted for it."""

    name: str
    points: float
    bonus: bool = False
    what: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Script:
    """An old-style test script: the function it counts for, and how many verdicts it prints (0: unknown)."""

    function: str
    verdicts: int = 0


@dataclass(frozen=True)
class Assignment:
    """What is asked, and how it is judged.

    ``files`` may be submitted beside the entry; ``parts`` names a second view of the same cases;
    ``text`` is the file of the assignment's text; ``manual`` are the parts that no test can judge.
    ``entries`` are further files with functions of their own; ``limits`` and ``forbidden`` hold for the
    first, which is called ``entry``. ``interface`` is for the tests to read and means nothing here.
    ``seeds``: how many there are, of which each submission gets one.
    A team has at least ``team_least`` members; of files that match one of ``single`` there is at most one.
    """

    slug: str
    title: str
    entry: str
    functions: tuple[Function, ...]
    files: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    forbidden: Forbidden = field(default_factory=Forbidden)
    shown: Shown = field(default_factory=Shown)
    credit: Credit = field(default_factory=Credit)
    device: Device = Device.ANY
    isolation: Isolation = Isolation.SUBMISSION
    scripts: Mapping[str, Script] = field(default_factory=dict)
    text: str = ""
    manual: tuple[Manual, ...] = ()
    bonus_cap: BonusCap = BonusCap.NONE
    entries: tuple[Entry, ...] = ()
    choices: tuple[Choice, ...] = ()
    interface: Mapping[str, str] = field(default_factory=dict)
    seeds: int = SEEDS
    team_least: int = 1
    single: tuple[str, ...] = ()

    @property
    def loaded(self) -> tuple[Entry, ...]:
        """Every file that is loaded, the first one first."""
        return Entry(self.entry, forbidden=self.forbidden, limits=self.limits), *self.entries

    def functions_of(self, entry: Entry) -> tuple[Function, ...]:
        """Return the functions that are in one file."""
        return tuple(each for each in self.functions if (each.entry or self.entry) == entry.file)
