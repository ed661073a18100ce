"""Inert stand-ins for packages that aren't installed: many submissions import what they never use.

Importing one is noted; using anything of it raises ImportError with the package's name and with what is
installed, but for packages that draw, whose use does nothing (worker.guest.inert). In a file only names of
the list get one, so a helper that was not submitted stays an error; in a notebook every name does, since a
cell that imports one thing too many would take its other imports along. None does that is imported inside
``try``, where the student has said what to do without it.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

from worker.guest import installed
from worker.guest.inert import DRAWING, Inert
from worker.guest.parsed import Parsed, flatten
from worker.wire.message import Note

KNOWN = frozenset(
    """
    altair bokeh cupy cv2 cycler d2l google graphviz gym h5py imageio imblearn ipdb ipywidgets jax
    joblib jupyter keras kiwisolver librosa lightgbm lightning matplotlib mpl_toolkits mpmath networkx nltk
    notebook numba openpyxl otter pandas PIL plotly polars psutil pyarrow pydot pylab pytest
    pytorch_lightning requests scipy seaborn skimage sklearn spacy statsmodels sympy tabulate tensorboard
    tensorflow termcolor torchaudio torchinfo torchmetrics torchsummary torchtext torchvision torchviz
    transformers visdom wandb xgboost yaml
    """.split()
)


class _Unused:
    """Something of a package that isn't there: it may be named, not used."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, name: str) -> NoReturn:
        _refuse(self.__name__, name)

    def __call__(self, *args: object, **kwargs: object) -> NoReturn:
        _refuse(self.__name__, "")

    def __iter__(self) -> NoReturn:
        _refuse(self.__name__, "")

    def __getitem__(self, key: object) -> NoReturn:
        _refuse(self.__name__, "")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> NoReturn:
        _refuse(self.__name__, "")


class StandIn(ModuleType):
    """A module in the place of one that isn't installed."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = Inert if self.__name__.partition(".")[0] in DRAWING else _Unused
        return made(f"{self.__name__}.{name}")


class StandIns(MetaPathFinder, Loader):
    """The last finder: whatever is known and was not found by the others."""

    def __init__(self, files: Sequence[Parsed], cells: Sequence[Parsed] = ()) -> None:
        self._files = files
        self._cells = cells
        self._used: dict[str, int] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec for a package that may have a stand-in and is imported by the submission itself."""
        top = fullname.partition(".")[0]
        if top not in KNOWN and top not in self._named_in_cells:
            return None
        if fullname != top and not isinstance(sys.modules.get(top), StandIn):
            return None  # the package is there, and has no such part
        lines, guarded = self._imported
        if top in guarded or top not in lines:
            return None
        self._used.setdefault(top, lines[top])
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return an empty stand-in."""
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing."""

    def notes(self) -> tuple[Note, ...]:
        """Return a note for each package that was replaced."""
        return tuple(
            Note(code="import_missing", values={"module": name, "line": line})
            for name, line in self._used.items()
        )

    @cached_property
    def _named_in_cells(self) -> set[str]:
        return {name for cell in self._cells for name, _ in _imports(cell.nodes)}

    @cached_property
    def _imported(self) -> tuple[dict[str, int], set[str]]:
        """The packages that the files import, with the first line of each, and which inside ``try``."""
        lines: dict[str, int] = {}
        guarded: set[str] = set()
        for file in self._files:
            for name, line in _imports(file.nodes):
                lines.setdefault(name, line)
            for node in file.nodes:
                if isinstance(node, ast.Try):
                    tried = (inner for statement in node.body for inner in flatten(statement))
                    guarded |= {name for name, _ in _imports(tried)}
        return lines, guarded


def install(files: Sequence[Parsed], cells: Sequence[Parsed] = ()) -> None:
    """Serve stand-ins for what these files import; ``cells``: those of a notebook among them."""
    sys.meta_path.append(StandIns(files, cells))


def notes() -> tuple[Note, ...]:
    """Return what was replaced so far."""
    finders = [finder for finder in sys.meta_path if isinstance(finder, StandIns)]
    return finders[-1].notes() if finders else ()


def _imports(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    """Yield the top-level package and line of every import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.partition(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0], node.lineno


def _refuse(package: str, name: str) -> NoReturn:
    used = f"{package}.{name}" if name else package
    top = package.partition(".")[0]
    missing = (
        "is not installed where submissions are graded"
        if top in KNOWN
        else "is neither installed where submissions are graded nor among the submitted files"
    )
    raise ImportError(f"{used} was used, but {top} {missing}. Installed are: {installed.listed()}", name=top)
