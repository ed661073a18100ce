"""Plots and progress bars that nobody looks at: what stands in for packages that draw.

Where such a package isn't installed, whatever is asked of it is done by doing nothing, so that a cell or a
file that draws on the way goes on. Installed ones are imported as they are, and draw into nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Self

DRAWING = frozenset(
    """
    altair bokeh ipywidgets matplotlib mpl_toolkits plotly pylab seaborn tensorboard torchviz tqdm
    visdom wandb
    """.split()
)


class Inert:
    """Something that draws: it may be called, indexed, entered, changed, and does nothing."""

    def __init__(self, name: str) -> None:
        self.__dict__["__name__"] = name

    def __getattr__(self, name: str) -> "Inert":
        if name.startswith("__"):
            raise AttributeError(name)
        return Inert(f"{self.__name__}.{name}")

    def __setattr__(self, name: str, value: object) -> None:
        """Forget it."""

    def __call__(self, *args: Any, **options: Any) -> Any:  # noqa: D102
        give = GIVING.get(self.__name__.rpartition(".")[2])
        return give(self, *args) if give else Inert(f"{self.__name__}()")

    def __getitem__(self, key: object) -> "Inert":
        return Inert(f"{self.__name__}[]")

    def __setitem__(self, key: object, value: object) -> None:
        """Forget it."""

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ignored: object) -> None:
        """Let exceptions through."""


class Bar(Inert):
    """A progress bar: yields what it is given."""

    def __init__(self, name: str, things: Iterable[Any]) -> None:
        super().__init__(name)
        self.__dict__["_things"] = things

    def __iter__(self) -> Iterator[Any]:
        return iter(self.__dict__["_things"])

    def __len__(self) -> int:
        return len(self.__dict__["_things"])


def _several(count: int) -> Callable[..., tuple[Inert, ...]]:
    def give(asked: Inert, *args: object) -> tuple[Inert, ...]:
        return tuple(Inert(f"{asked.__name__}()") for _ in range(count))

    return give


def _bar(asked: Inert, things: Iterable[Any] = (), *args: object) -> Bar:
    return Bar(f"{asked.__name__}()", things)


def _count(asked: Inert, *bounds: int) -> Bar:
    return Bar(f"{asked.__name__}()", range(*bounds))


GIVING: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"subplots": _several(2), "hist": _several(3), "tqdm": _bar, "trange": _count, "tnrange": _count}
)
"""What gives something that is unpacked or looped over, by its name."""
