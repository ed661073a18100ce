"""What the second warm process does once: imports the packages for data and plots, with all their parts.

Their C extensions can't be loaded once new code is forbidden, so every one is; and fonts are looked for
here, which would take each box a second. Plots are drawn without a screen: whatever backend is asked for, it
is Agg.
"""

import atexit
import io
import logging
import shutil
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from worker.sandbox import extras, policy

# Parts that are Python alone, and that the packages import late or not by themselves.
PARTS = tuple(
    """
    matplotlib.pyplot matplotlib.animation matplotlib.backends.backend_agg matplotlib.backends.backend_pdf
    matplotlib.backends.backend_svg mpl_toolkits.mplot3d mpl_toolkits.axes_grid1 pylab
    pandas.plotting._matplotlib PIL.PngImagePlugin PIL.JpegImagePlugin
    sklearn.cluster sklearn.compose sklearn.datasets sklearn.decomposition sklearn.ensemble sklearn.impute
    sklearn.linear_model sklearn.manifold sklearn.metrics sklearn.model_selection sklearn.naive_bayes
    sklearn.neighbors sklearn.neural_network sklearn.pipeline sklearn.preprocessing sklearn.svm sklearn.tree
    scipy.fft scipy.integrate scipy.interpolate scipy.io scipy.linalg scipy.ndimage scipy.optimize
    scipy.signal scipy.sparse scipy.spatial scipy.special scipy.stats
    """.split()
)
# Folders of parts that nobody uses in homework, and that may need what is not there.
LEFT_OUT = frozenset({"_examples", "testing", "tests"})


def warm_up() -> None:
    """Import what is installed, and use it once."""
    with warnings.catch_warnings(), _a_folder_of_the_box():
        warnings.simplefilter("ignore")
        for name in extras.installed():
            _import(name)
            for part in _extensions(name):
                _import(part)
        for use in (_draw, _tabulate, _settle_threads):
            _tolerate(use)
        for part in PARTS:
            _import(part)
    for thread in threading.enumerate():  # one says that fonts take long, and ends when they are found
        if thread is not threading.current_thread():
            thread.join()


def _import(name: str) -> None:
    _tolerate(lambda: import_module(name))


def _tolerate(use: Callable[[], object]) -> None:
    """Do without a package, or a part of one, that isn't there or doesn't work; who imports it is told."""
    try:
        use()
    except Exception:  # a part that can't be imported raises what it likes
        return


def _extensions(name: str) -> Iterator[str]:
    """Yield the names of an imported package's C extensions."""
    for folder in map(Path, getattr(sys.modules.get(name), "__path__", ())):
        for file in sorted(folder.rglob("*.so")):
            parts = file.relative_to(folder.parent).parts
            if not LEFT_OUT & {*parts}:
                yield ".".join((*parts[:-1], file.name.partition(".")[0]))


@contextmanager
def _a_folder_of_the_box() -> Iterator[None]:
    """Have matplotlib keep its settings where boxes have a folder of their own, and this process none.

    It wants one that can be written to, or makes one, which nobody can here.
    """
    folders: Any = tempfile
    make, log = folders.mkdtemp, logging.getLogger("matplotlib")
    folders.mkdtemp = lambda *_, **__: policy.ENVIRONMENT["TMPDIR"]
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        folders.mkdtemp = make
        log.setLevel(level)
        atexit.unregister(shutil.rmtree)


def _draw() -> None:
    """Draw once, and have what needs a screen do without."""
    matplotlib: Any = import_module("matplotlib")
    pyplot: Any = import_module("matplotlib.pyplot")
    fonts: Any = import_module("matplotlib.font_manager")
    _, axes = pyplot.subplots()
    axes.plot([1, 2], label="x")
    axes.legend()
    pyplot.savefig(io.BytesIO())
    pyplot.close("all")
    # Fonts are open files, which boxes close. Matplotlib forgets them at a fork, but hooks are held back.
    fonts._get_font.cache_clear()
    matplotlib.use = pyplot.switch_backend = _stay_with_agg
    pyplot.show, pyplot.pause = _show, _pass_on


def _stay_with_agg(backend: str, *, force: bool = True) -> None:
    """Stand in for choosing another backend, which would look for a screen."""


def _show(*args: object, block: bool | None = None) -> None:
    """Close all figures, as whoever looks at them does, unless they are to stay."""
    from matplotlib import pyplot

    if block is not False:
        pyplot.close("all")


def _pass_on(interval: float) -> None:
    """Stand in for waiting while somebody looks."""


def _tabulate() -> None:
    import pandas

    table = pandas.read_csv(io.StringIO("a,b\n1,x\n2.5,\n"))
    table.groupby("b").mean()
    repr(table.describe())


def _settle_threads() -> None:
    """Have every library's number of threads stay: who sets it looks in /proc, which is hidden."""
    from threadpoolctl import ThreadpoolController

    ThreadpoolController._load_libraries = _find_none


def _find_none(controller: object) -> None:
    """Stand in for looking for libraries that have threads."""
