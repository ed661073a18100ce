"""The warm processes of this machine: started when first needed, and again when one has died."""

import contextlib
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor

from worker.sandbox.box import Zygote
from worker.sandbox.errors import ZygoteGone
from worker.wire import patience

STARTERS = 4


class Zygotes:
    """Running zygotes by name; ``launch`` starts the one of that name and waits until it is warm."""

    def __init__(self, launch: Callable[[str], Zygote]) -> None:
        self._launch = launch
        self._lock = threading.Lock()
        self._starters = ThreadPoolExecutor(STARTERS, thread_name_prefix="start-zygote")
        self._started: dict[str, Future[Zygote]] = {}

    def get(self, *names: str, gone: Collection[str] = ()) -> tuple[Zygote, ...]:
        """Return the zygotes of these names, starting side by side those that don't run.

        ``gone``: paths of zygotes that somebody could not reach. Whoever of many says so first has another
        started, and the others get the same. Raises SandboxError when one can't be started; the next call
        tries again.
        """
        with self._lock:
            futures = [self._future(name, gone) for name in names]
        return tuple(future.result() for future in futures)

    def process_ids(self) -> tuple[int, ...]:
        """Return the process ids of the zygotes that run, for measurements."""
        with self._lock:
            futures = list(self._started.values())
        return tuple(future.result().pid for future in futures if future.done() and _usable(future))

    def close(self) -> None:
        """End every zygote, also those that are still starting."""
        with self._lock:
            futures, self._started = list(self._started.values()), {}
        for future in futures:
            if not future.cancel() and future.exception() is None:
                future.result().close()
        self._starters.shutdown()

    def _start(self, name: str) -> Zygote:
        """Start it; anew if it ended before it was ready, since it may have been killed as any other."""
        for _ in range(patience.TRIES - 1):
            with contextlib.suppress(ZygoteGone):
                return self._launch(name)
        return self._launch(name)

    def _future(self, name: str, gone: Collection[str]) -> Future[Zygote]:
        future = self._started.get(name)
        if future is not None and _usable(future, gone):
            return future
        if future is not None and future.exception() is None:
            future.result().close()
        self._started[name] = self._starters.submit(self._start, name)
        return self._started[name]


def _usable(future: Future[Zygote], gone: Collection[str] = ()) -> bool:
    """Whether the zygote is starting or runs; a failed start is not kept."""
    if not future.done():
        return True
    if future.exception() is not None:
        return False
    return future.result().alive and str(future.result().path) not in gone
