"""What a submission may still use, in the test that runs and in all of them.

Where the box is metered, limits count CPU seconds of everything in it, and a net of wall clock stands behind
them. On a card, and for doubles of a keeper, the wall clock is all that counts.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from worker.wire import metering, patience
from worker.wire.metering import Breach, Limit, Used


@dataclass(frozen=True)
class Overdrawn:
    """A limit that is over: why, the seconds it has, and whether it is that of a test or the total."""

    breach: Breach
    seconds: float
    where: str


@dataclass
class Account:
    """What was used of one limit.

    wall_seconds  waited for the box
    own_seconds   CPU that the examiner needed to take what the box answered
    since         the meter as it stood when this began
    """

    limit: Limit
    since: Used = field(default_factory=Used)
    wall_seconds: float = 0.0
    own_seconds: float = 0.0

    def used(self, read: Used) -> Used:
        """Return what was used, by the meter and by us."""
        box = read - self.since
        return Used(box.cpu_seconds + self.own_seconds, box.waited_seconds)


class Budget:
    """Accounts for a test and for the whole exam.

    clock       of the wall
    own_clock   CPU seconds of the examiner itself
    """

    def __init__(
        self,
        test_seconds: float,
        total_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        own_clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self._seconds = (test_seconds, total_seconds)
        self._clock = clock
        self._own_clock = own_clock
        self._meter: Callable[[], Used] | None = None
        self._read = Used()
        self._look_at = 0.0
        self._waits: tuple[float, bool] | None = None
        self._test, self._total = self._fresh_test(), self._fresh_total()

    def attach(self, meter: Callable[[], Used]) -> None:
        """From now on count CPU seconds, by this meter."""
        self._meter = meter
        self._look()
        waited, self._total = self._total.wall_seconds, self._fresh_total()
        self._total.wall_seconds = waited
        self.begin_test()

    @property
    def metered(self) -> bool:
        """Whether CPU seconds are counted."""
        return self._meter is not None

    @property
    def waited_seconds(self) -> float:
        """How long the box was waited for in all, up to this moment."""
        return self._wall(self._total)

    @property
    def own_seconds(self) -> float:
        """CPU seconds that answers of the box cost the examiner in all."""
        return self._total.own_seconds

    @property
    def spent(self) -> tuple[float, float]:
        """What `spend` must be told of this test, where a copy of this was used in a fork."""
        return self._test.wall_seconds, self._test.own_seconds

    @property
    def wall_left(self) -> float:
        """Seconds by the clock that there are at most."""
        return min(each.limit.most_seconds - self._wall(each) for each in self._accounts)

    def begin_test(self) -> None:
        """Give the test that begins all that a test has."""
        if self._meter is not None:
            self._look()
        self._test = self._fresh_test()

    def spend(self, wall_seconds: float, own_seconds: float) -> None:
        """Count what was waited for the box elsewhere; its meter has counted what it used."""
        for each in self._accounts:
            each.wall_seconds += wall_seconds
            each.own_seconds += own_seconds

    @contextlib.contextmanager
    def waiting(self, *, of_test: bool) -> Iterator[None]:
        """Count what is done meanwhile as waiting for the box."""
        began = self._clock()
        self._waits = began, of_test
        try:
            yield
        finally:
            self._waits = None
            spent = self._clock() - began
            self._total.wall_seconds += spent
            self._test.wall_seconds += spent if of_test else 0.0

    @contextlib.contextmanager
    def taking(self) -> Iterator[None]:
        """Count what is done meanwhile as the box's: how long an answer takes us is the box's choice."""
        began = self._own_clock()
        with self.waiting(of_test=True):
            yield
        self._test.own_seconds += self._own_clock() - began
        self._total.own_seconds += self._own_clock() - began

    def overdrawn(self) -> Overdrawn | None:
        """Return which limit is over; the meter is asked only if one can be."""
        if self._meter is not None and self._clock() >= self._look_at:
            self._look()
        tightest = sorted(self._accounts, key=self._left)
        return next((found for each in tightest if (found := self._found(each))), None)

    def nearest(self) -> Overdrawn:
        """Return the limit that is over, or that is nearest to be over by the clock."""
        account = min(self._accounts, key=self._left)
        limit = account.limit
        return self.overdrawn() or Overdrawn(Breach.WALL, limit.net_seconds, self._name(account))

    def look_seconds(self) -> float:
        """Return for how long nothing can be over."""
        return min(self._look_of(each) for each in self._accounts)

    @property
    def _accounts(self) -> tuple[Account, Account]:
        return self._test, self._total

    def _look(self) -> None:
        if self._meter is not None:
            self._read = self._meter()
        self._look_at = self._clock() + self.look_seconds()

    def _found(self, account: Account) -> Overdrawn | None:
        limit = account.limit
        breach = limit.breach(account.used(self._read), self._wall(account))
        seconds = limit.seconds if breach is Breach.CPU else limit.net_seconds
        return None if breach is None else Overdrawn(breach, seconds, self._name(account))

    def _look_of(self, account: Account) -> float:
        return account.limit.look_seconds(account.used(self._read), self._wall(account))

    def _left(self, account: Account) -> float:
        return account.limit.net_seconds - self._wall(account)

    def _name(self, account: Account) -> str:
        return "test" if account is self._test else "total"

    def _wall(self, account: Account) -> float:
        if self._waits is None or (account is self._test and not self._waits[1]):
            return account.wall_seconds
        return account.wall_seconds + self._clock() - self._waits[0]

    def _fresh_test(self) -> Account:
        seconds = self._seconds[0]
        return Account(metering.limit(seconds, patience.step_net(seconds), metered=self.metered), self._read)

    def _fresh_total(self) -> Account:
        seconds = self._seconds[1]
        return Account(metering.limit(seconds, patience.whole_net(seconds), metered=self.metered), self._read)
