"""What hidden tests compare with: the fixtures ``check`` and ``rng``.

Every failure is a feedback code with its values; the sentences are built elsewhere.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Any

import torch

from grader.model import Verdict
from reference import rounding, tolerance
from reference.differences import is_gradient
from reference.programs import Program
from worker.examiner.errors import BoxEnded, BoxLost, CheckFailed, SessionGone, WrongArgument
from worker.examiner.lengths import Lengths
from worker.examiner.proxy import Remote
from worker.examiner.verdicts import PASSED, SOFT, SUITE_BROKEN, Outcome
from worker.wire.message import Values

SEED_BITS = 63
CASE, CONDITION, EXPECTED = (0, "name"), (0, "condition"), (1, "expected")
NO_NAMES: Mapping[str, str] = MappingProxyType({})


class Check:
    """Comparisons that diagnose; ``case`` makes the next ones count for a declared case.

    judge    turns an exception into an outcome
    changed  says whether the box has changed its copy of an argument
    cases    names of the cases that the test declares, None: any
    lengths  of what the submission was given: allowances follow the longest sum
    measure  whether to note how much of its allowance each case used, in ``deviations``
    """

    def __init__(
        self,
        judge: Callable[[BaseException], Outcome],
        changed: Callable[[object], bool],
        lengths: Lengths | None = None,
        *,
        cases: Sequence[str] | None = None,
        measure: bool = False,
    ) -> None:
        self._judge = judge
        self._changed = changed
        self._cases = cases
        self._lengths = lengths or Lengths()
        self._measure = measure
        self._case = ""
        self._notes: dict[str, Outcome] = {}
        self.deviations: dict[str, float] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.asked: list[Asked] = []

    def case(self, name: str) -> "Case":
        """Return a context: what fails within fails this case, and the test goes on behind it.

        Raises WrongArgument for a case that the test does not declare.
        """
        if self._cases is not None and name not in self._cases:
            declared = ", ".join(map(str, self._cases))
            raise WrongArgument(f"the test does not declare a case {name!r}, only {declared}", CASE)
        return Case(self, name)

    def note(self, code: str, **values: Any) -> None:
        """Say this of the case that runs now, should it pass."""
        plain = {key: _plain(value) for key, value in values.items()}
        self._notes[self._case] = Outcome(Verdict.PASSED, code, plain)

    def ask(
        self, program: Program, earlier: "Asked | None" = None, names: Mapping[str, str] = NO_NAMES
    ) -> "Asked":
        """Note the question that comes next, so that a wrong answer to it can be diagnosed.

        program  the calculation asked for; its answers are called like cases of this test
        earlier  the question asked of the same object before, when answers may be added to its answers
        names    of the cases and in what students read, by the program's own, where they are others
        """
        asked = Asked(program, earlier.program if earlier else None, names)
        self.asked.append(asked)
        return asked

    def close(self, actual: object, expected: object, name: str, dtype: torch.dtype = torch.float32) -> None:
        """Fail unless shape, dtype and numbers agree."""
        self._note(actual, expected, dtype)
        data = _data(actual, name)
        terms = self._lengths.longest
        _raise(_compared(lambda: tolerance.compare(data, expected, name=name, dtype=dtype, terms=terms)))

    def scalar(self, actual: object, expected: object, name: str, dtype: torch.dtype = torch.float32) -> None:
        """Fail unless one number agrees; a Python number or one element with any number of axes will do."""
        self._note(actual, expected, dtype)
        data = _data(actual, name)
        terms = self._lengths.longest
        _raise(
            _compared(lambda: tolerance.compare_scalar(data, expected, name=name, dtype=dtype, terms=terms))
        )

    def rounded(self, actual: object, expected: object, name: str) -> None:
        """Fail unless one number agrees, exactly or as rounded to the significant digits it is given with."""
        data = _data(actual, name)
        _raise(_compared(lambda: rounding.compare_rounded(data, expected, name=name)))

    def finite(self, actual: object, name: str) -> None:
        """Fail if there is a NaN or an infinity in it."""
        _raise(tolerance.find_non_finite(_data(actual, name), name=name))

    def shape(self, actual: object, expected: tuple[int, ...], name: str) -> None:
        """Fail unless it is a tensor or array of this shape."""
        found = getattr(_data(actual, name), "shape", None)
        if found is None:
            _raise(tolerance.find_non_finite(actual, name=name))
            found = ()
        if tuple(found) != tuple(expected):
            values: Values = {
                "name": name,
                "actual": list(found),
                "expected": list(expected),
                "relation": tolerance.relation(torch.Size(found), torch.Size(expected)),
            }
            raise CheckFailed("wrong_shape", values)

    def unchanged(self, argument: object, name: str, code: str = "changed_input") -> None:
        """Fail if the submission has changed what it was given."""
        if self._changed(argument):
            raise CheckFailed(code, {"name": name})

    def true(self, condition: object, code: str, **values: Any) -> None:
        """Fail with this feedback code unless the condition holds."""
        if isinstance(condition, Remote):
            text = "a condition must be computed here, not be an object of the submission"
            raise WrongArgument(text, CONDITION)
        if not condition:
            raise CheckFailed(code, {key: _plain(value) for key, value in values.items()})

    def failed(self, name: str) -> bool:
        """Return whether a case has failed, for questions that need only be asked then."""
        return self.outcomes.get(name, PASSED).verdict is not Verdict.PASSED

    def holds(self, value: Callable[[torch.Tensor], float], point: torch.Tensor, gradient: object) -> bool:
        """Return whether this is the gradient of a number that the submission itself calculates.

        value  asks the submission for that number at a point; float64 is tried first, then the point's dtype
        """
        given = tolerance.as_tensor(gradient)
        if given is None or given.shape != point.shape or given.is_complex():
            return False
        for dtype in dict.fromkeys((torch.float64, point.dtype)):
            generator = torch.Generator().manual_seed(0)
            try:
                return is_gradient(value, point.to(dtype), given.to(point.device), generator)
            except SOFT:
                continue
        return False

    def enter(self, name: str) -> None:
        """Note that what comes next counts for this case."""
        self._case = name

    def record(self, name: str, error: BaseException | None) -> bool:
        """Note how a case went; when it runs more than once, its first failure stays.

        Returns whether that is all: a fault of the test's own is the whole test's.
        """
        self._case = ""
        outcome = self._notes.get(name, PASSED) if error is None else self._judge(error)
        if outcome.code == SUITE_BROKEN:
            return False
        if not self.failed(name):
            self.outcomes[name] = outcome
        return True

    def _note(self, actual: object, expected: object, dtype: torch.dtype) -> None:
        """Note how far a comparison is off, for the case that it counts for."""
        if not self._measure:
            return
        found = tolerance.deviation(actual, expected, dtype=dtype, terms=self._lengths.longest)
        if found is not None:
            self.deviations[self._case] = max(found, self.deviations.get(self._case, 0.0))


@dataclass
class Asked:
    """A question, and what the submission gave: nothing as long as it has not answered.

    follows  names of answers that are right for the submission's own, wrong, result of an earlier function
    within   names of answers that are right for those other answers that they build on, one of which is wrong
    """

    program: Program
    earlier: Program | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, object] = field(default_factory=dict)
    follows: set[str] = field(default_factory=set)
    within: set[str] = field(default_factory=set)

    def answer(self, **found: object) -> None:
        """Note the answers, by their names."""
        self.found = found


class Case:
    """The context of one case. It lets through what ends the whole test, such as a crash of the box."""

    def __init__(self, check: Check, name: str) -> None:
        self._check = check
        self._name = name

    def __enter__(self) -> None:
        self._check.enter(self._name)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None or _is_of_the_case(error):
            return self._check.record(self._name, error)
        return False


class Rng:
    """Random numbers that follow from the grading's seed and the test's id alone; float64, on the CPU.

    torch  the generator behind it
    """

    def __init__(self, seed: int, test: str) -> None:
        self.torch = torch.Generator()
        self.torch.manual_seed(derive_seed(seed, test))

    def normal(self, *shape: int) -> torch.Tensor:
        """Return standard normal numbers."""
        return torch.randn(shape, generator=self.torch, dtype=torch.float64)

    def uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        """Return numbers from [low, high)."""
        return low + (high - low) * torch.rand(shape, generator=self.torch, dtype=torch.float64)

    def integers(self, low: int, high: int) -> int:
        """Return an integer from [low, high)."""
        return int(torch.randint(low, high, (), generator=self.torch))


def derive_seed(seed: int, name: str) -> int:
    """Return a seed for one test, unrelated to those of others."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "little") & ((1 << SEED_BITS) - 1)


def _is_of_the_case(error: BaseException) -> bool:
    """Return whether it may be this case's: of a comparison, the student's code or the test's line."""
    return isinstance(error, SOFT) or (
        isinstance(error, Exception) and not isinstance(error, BoxEnded | BoxLost | SessionGone | MemoryError)
    )


def _compared(compare: Callable[[], tolerance.Mismatch | None]) -> tolerance.Mismatch | None:
    """Return what a comparison found; raises WrongArgument where what is expected can't be compared with."""
    try:
        return compare()
    except TypeError as error:
        raise WrongArgument(str(error), EXPECTED) from error


def _raise(mismatch: tolerance.Mismatch | None) -> None:
    if mismatch is not None:
        raise CheckFailed(mismatch.code, dict(mismatch.values))  # type: ignore[arg-type]


def _data(actual: object, name: str) -> object:
    """Return what can be compared; an object of the submission is none, and is named by its class."""
    if isinstance(actual, Remote):
        raise CheckFailed("not_numbers", {"name": name, "actual": actual._type_name})
    return actual


def _plain(value: Any) -> Any:
    """Return what can be sent: anything but plain data as text."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if type(value) in (bool, int, float, str, type(None)) else str(value)
