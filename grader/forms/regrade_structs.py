"""What the JSON API says of regrades, as typed forms: see ``grader.forms.result_structs``."""

from grader.forms.result_structs import Form


class RegradeForm(Form):
    """A regrade and how far it is; ``id`` is null of one that is only tried out.

    ``suite`` is the digest of its tests, ``newer`` how many submissions came in since. ``seconds_left`` is
    a guess, null where there is nothing to guess from. ``state``: running, paused, done, cancelled, live,
    dropped.
    """

    id: int | None
    assignment: str
    course: str
    suite: str
    which: str
    students: list[str]
    only: str
    state: str
    total: int
    graded: int
    lost: int
    running: int
    waiting: int
    newer: int
    seconds_left: float | None


class CauseForm(Form):
    """A case that passed in one run only, or is only in one; null where it is not."""

    function: str
    name: str
    before: str | None
    after: str | None


class ChangeForm(Form):
    """What a regrade does to one submission: ``way`` is up, down, same, lost or to_come.

    Points are what the tests gave; ``set_by_hand`` is a total by a person, which stays.
    """

    submission: int
    who: str
    email: str
    counts: bool
    way: str
    before: float | None
    after: float | None
    max_score: float | None
    set_by_hand: float | None
    points_by_hand: bool
    causes: list[CauseForm]


class ChangesForm(Form):
    """What a regrade changes, the largest differences first. ``basis`` says what it was compared with."""

    regrade: int
    basis: str
    points_up: float
    points_down: float
    numbers: dict[str, int]
    changes: list[ChangeForm]


class RegradeWishForm(Form):
    """Which submissions to regrade. ``suite``: the beginning of a digest; empty for the live tests."""

    suite: str = ""
    which: str = "all"
    students: tuple[str, ...] = ()
    only: str = ""
    dry_run: bool = False


class RegradeStepForm(Form):
    """A step: pause, continue, cancel, retry, live or drop. ``basis``: of the changes that were seen."""

    step: str
    basis: str = ""
