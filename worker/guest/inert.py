"""Plots that nobody looks at: what stands in for packages that draw, where such a package isn't installed.

Whatever is asked of it is done by doing nothing, so that a cell or a file that draws on the way goes on. What
is unpacked or looped over has the shape that it has at home; where nobody knows that shape, it gives back
what it was given to loop over, as a progress bar does, or raises. So no loop is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NoReturn, Self

from worker.guest import installed

DRAWING = frozenset(
    """
    altair bokeh ipywidgets matplotlib mpl_toolkits plotly pylab seaborn tensorboard torchviz
    visdom wandb
    """.split()
)
_MOST_AXES = 10_000


class Inert:
    """Something that draws: it may be called, indexed, entered, changed, and does nothing.

    given  what it was called with first, if that can be looped over: it is looped over then
    """

    def __init__(self, name: str, given: object = None) -> None:
        self.__dict__["__name__"] = name
        self.__dict__["_given"] = given

    def __getattr__(self, name: str) -> "Inert":
        if name.startswith("__"):
            raise AttributeError(name)
        return Inert(f"{self.__name__}.{name}")

    def __setattr__(self, name: str, value: object) -> None:
        """Forget it."""

    def __call__(self, *args: Any, **options: Any) -> Any:  # noqa: D102
        give = GIVING.get(self.__name__.rpartition(".")[2])
        if give is not None:
            return give(self, *args, **options)
        return Inert(f"{self.__name__}()", next(filter(_is_looped_over, (*args, *options.values())), None))

    def __getitem__(self, key: object) -> "Inert":
        return Inert(f"{self.__name__}[]")

    def __setitem__(self, key: object, value: object) -> None:
        """Forget it."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self._things())

    def __len__(self) -> int:
        return len(self._things())

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ignored: object) -> None:
        """Let exceptions through."""

    def _things(self) -> Any:
        given = self.__dict__["_given"]
        return _refuse(self.__dict__["__name__"]) if given is None else given


def _is_looped_over(given: object) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, str)


def _refuse(name: str) -> NoReturn:
    top = name.partition(".")[0]
    raise ImportError(
        f"{name} was looped over or unpacked, but {top} is not installed where submissions are graded. "
        f"Installed are: {installed.listed()}",
        name=top,
    )


def _several(count: int) -> Callable[..., tuple[Inert, ...]]:
    def give(asked: Inert, *args: object, **options: object) -> tuple[Inert, ...]:
        return tuple(Inert(f"{asked.__name__}()") for _ in range(count))

    return give


def _subplots(
    asked: Inert, nrows: int = 1, ncols: int = 1, *, squeeze: bool = True, **options: object
) -> tuple[Inert, Any]:
    """Return a figure and its axes: one, or an array of them without the axes that have one entry."""
    import numpy as np

    axes = np.empty((min(nrows, _MOST_AXES), min(ncols, _MOST_AXES)), dtype=object)
    for place in np.ndindex(axes.shape):
        axes[place] = Inert(f"{asked.__name__}()")
    if squeeze:
        axes = axes.item() if axes.size == 1 else axes.squeeze()
    return Inert(f"{asked.__name__}()"), axes


def _lines(asked: Inert, *drawn: object, **options: object) -> Any:
    """Return the one line of ``plot(y)``, ``plot(x, y)`` or ``plot(x, y, "r-")``; of more, what raises."""
    one = len(drawn) <= 2 or (len(drawn) == 3 and isinstance(drawn[2], str))
    return _several(1)(asked) if one else Inert(f"{asked.__name__}()")


GIVING: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "subplots": _subplots,
        "hist": _several(3),
        "plot": _lines,
        "xlim": _several(2),
        "ylim": _several(2),
        "get_xlim": _several(2),
        "get_ylim": _several(2),
    }
)
"""What gives something that is unpacked or looped over, by its name."""
