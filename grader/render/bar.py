"""The bar that long work shows on a terminal, and nothing of it on a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress(total: int, what: str = "grading") -> Iterator[Callable[[], None]]:
    """Show a bar on stderr when there are several things to do; give what moves it on by one."""
    errors = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # Lines on the same terminal go above the bar; lines on a pipe are not the bar's business.
    bar = Progress(
        *columns,
        console=errors,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        disable=total < 2 or not errors.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
