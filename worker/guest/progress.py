"""Progress bars that count and draw nothing: tqdm itself, with what it prints left out.

All its spellings are the one class: bars of notebooks, windows and rich text need what no box has. What a
file reads of a bar, such as ``n``, is as it is at home; ``tqdm.write`` prints.
"""

import functools
import io
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType, ModuleType
from typing import Any

# Modules whose bars are drawn by something else, with their own names for ``tqdm`` and ``trange``.
DRAWN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "tqdm.notebook": ("tqdm_notebook", "tnrange"),
        "tqdm.gui": ("tqdm_gui", "tgrange"),
        "tqdm.rich": ("tqdm_rich", "trrange"),
        "tqdm.tk": ("tqdm_tk", "ttkrange"),
    }
)
# What only a notebook's bar takes.
OF_NOTEBOOKS = "display"
# No thread that looks after slow bars: a box is forked from a process with one.
NO_MONITOR = 0


def settle() -> None:
    """Have all bars of this process and its forks draw nothing."""
    import tqdm
    from tqdm import std

    std.tqdm.monitor_interval = NO_MONITOR
    std.tqdm.display = _draw_nothing
    std.tqdm.__init__ = _unseen(std.tqdm.__init__)
    for name, (bar, count) in DRAWN.items():
        module = ModuleType(name)
        vars(module).update({"tqdm": std.tqdm, "trange": std.trange, bar: std.tqdm, count: std.trange})
        sys.modules[name] = module
        setattr(tqdm, name.rpartition(".")[2], module)
    tqdm.tqdm_gui, tqdm.tgrange = std.tqdm, std.trange
    # Once, so that no box has to.
    from tqdm import auto, contrib

    list(contrib.tenumerate(auto.trange(2)))


def _draw_nothing(bar: object, *args: object, **options: object) -> bool:
    """Stand in for drawing a bar; true says that it is drawn."""
    return True


def _unseen(make: Callable[..., None]) -> Callable[..., None]:
    """Return the constructor of a bar that writes where nobody reads."""

    @functools.wraps(make)
    def serve(
        bar: object,
        iterable: object = None,
        desc: object = None,
        total: object = None,
        leave: object = True,
        file: object = None,
        *more: Any,
        **options: Any,
    ) -> None:
        options.pop(OF_NOTEBOOKS, None)
        make(bar, iterable, desc, total, leave, io.StringIO(), *more, **options)

    return serve
