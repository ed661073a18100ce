"""Threads and worker processes that a file asks for: there are none here, and it goes on without them.

A box forks its sessions, and a fork of a process whose pool of threads has run hangs in its first parallel
operation; processes that share locks need a folder that no box has. So one thread computes, whatever number
is set, and a DataLoader loads in the process that asks it. Results are the same, and the source is noted.
"""

import ast
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from worker.guest.parsed import Parsed
from worker.wire.message import Note

THREADS = "one_thread"
WORKERS = "no_workers"
SETTERS = ("set_num_threads", "set_num_interop_threads", "threadpool_limits")
VARIABLES = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip
WORKERS_KEYWORD = "num_workers"
# What a DataLoader takes for its workers alone, and what it is told instead.
WITHOUT_WORKERS: Mapping[str, object] = MappingProxyType(
    {
        WORKERS_KEYWORD: 0,
        "timeout": 0,
        "multiprocessing_context": None,
        "prefetch_factor": None,
        "persistent_workers": False,
    }
)
# In which argument that stands by itself, counted from 0: batch_size and three others are before it.
WORKERS_POSITION = 5


def settle() -> None:
    """Have torch's own settings do nothing in this process and its forks."""
    import torch
    from torch.utils.data import DataLoader

    torch.set_num_threads = torch.set_num_interop_threads = _stay_at_one
    DataLoader.__init__ = _without_workers(DataLoader.__init__)  # type: ignore[method-assign]


def notes(files: Mapping[str, Parsed]) -> tuple[Note, ...]:
    """Return a note for each kind of setting that the sources make, with the place of the first."""
    found: dict[str, Note] = {}
    for file, parsed in files.items():
        for code, name, line in _settings(parsed):
            found.setdefault(code, Note(code=code, values={"name": name, "file": file, "line": line}))
    return tuple(found.values())


def _stay_at_one(nthreads: int) -> None:
    """Stand in for setting the number of threads."""


def _without_workers(make: Callable[..., None]) -> Callable[..., None]:
    signature = inspect.signature(make)

    @functools.wraps(make)
    def serve(*args: Any, **options: Any) -> None:
        asked = signature.bind(*args, **options)
        number = asked.arguments.get(WORKERS_KEYWORD)
        if isinstance(number, int) and number > 0:  # what can't be, torch refuses
            asked.arguments.update(WITHOUT_WORKERS)
        make(*asked.args, **asked.kwargs)

    return serve


def _settings(file: Parsed) -> Iterator[tuple[str, str, int]]:
    """Yield code, name and line of what sets threads or workers."""
    if not any(word in file.text for word in (*SETTERS, *VARIABLES, WORKERS_KEYWORD, "DataLoader")):
        return
    try:
        nodes = file.nodes
    except (RecursionError, MemoryError):
        return  # Python takes it; a note is no reason to refuse it
    for node in nodes:
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.Constant) and node.value in VARIABLES:
            yield THREADS, str(node.value), node.lineno


def _of_call(call: ast.Call) -> Iterator[tuple[str, str, int]]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in SETTERS:
        yield THREADS, name, call.lineno
    named = [each.value for each in call.keywords if each.arg == WORKERS_KEYWORD]
    placed = call.args[WORKERS_POSITION : WORKERS_POSITION + 1] if name == "DataLoader" else []
    if any(not isinstance(each, ast.Constant) or each.value for each in (*named, *placed)):
        yield WORKERS, WORKERS_KEYWORD, call.lineno
