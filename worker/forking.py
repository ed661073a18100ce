"""Keeps modules from hooking onto the forks that each grading needs.

``threading``, ``logging``, ``random``, ``torch`` and others want code of theirs run before and after every
fork. In a process of one thread it does nothing of use, and costs each fork 0.6 ms, most of it for the 250
pages it touches. So a zygote holds these hooks back from its start on, and gives them to the processes in
which foreign code runs, since that may start threads and fork.
"""

import os
from collections.abc import Callable
from typing import Any


class _Held:
    """Stands in for ``os.register_at_fork``."""

    def __init__(self, register: Callable[..., None]) -> None:
        self.register = register
        self.hooks: list[dict[str, Any]] = []

    def __call__(self, **hooks: Any) -> None:
        self.hooks.append(hooks)


def hold_back() -> None:
    """From now on only note what wants to be hooked onto forks."""
    os.register_at_fork = _Held(os.register_at_fork)


def give_back() -> None:
    """Hook on what was held back, and let others do so again; does nothing where nothing was held back."""
    held = os.register_at_fork
    if isinstance(held, _Held):
        os.register_at_fork = held.register
        for hooks in held.hooks:
            held.register(**hooks)
