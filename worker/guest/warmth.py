"""What the warm process does once so that no box has to: imports, first operations, the traps.

One thread throughout: a process that has run one multi-threaded operation gives children that hang
in their first.
"""

import os
import re
from importlib import import_module
from pathlib import Path

from worker.guest import extras, one_process, progress
from worker.guest.parsed import parse
from worker.sandbox.policy import Wall
from worker.sandbox.settings import Settings
from worker.sandbox.witness import Witness
from worker.wire.channel import decoder_of
from worker.wire.message import Fork, Job, Request

# So that no fork has to; with the C extensions below this is what submissions use of the standard library.
# rpds is the native half of what reads notebooks: it can't be loaded once new code is forbidden.
PRELOADED = tuple(
    """
    array asyncio bisect bz2 calendar cmath collections contextlib copy csv ctypes dataclasses datetime
    decimal difflib enum fractions functools glob gzip hashlib heapq inspect io itertools json linecache
    logging lzma math mmap numbers operator os pathlib pickle pprint queue random re select shutil signal
    sqlite3 statistics string struct subprocess sys tempfile textwrap threading time timeit traceback
    typing unicodedata unittest uuid warnings weakref xml.etree.ElementTree zipfile zlib zoneinfo
    encodings.latin_1 encodings.cp1252 encodings.utf_16 encodings.utf_8_sig encodings.ascii encodings.idna
    rpds
    """.split()
)
PRELOADED_WITH_TORCH = (
    "numpy.random", "numpy.linalg", "numpy.fft", "numpy.ma", "numpy.polynomial", "numpy.testing",
    "torch.nn.functional", "torch.utils.data", "torch.optim", "torch.func", "torch.distributions",
    "torch.fft", "torch.linalg", "torch.special", "worker.wire.array", "worker.guest.session",
)  # fmt: skip


# Of no use in a box, or noisy when imported.
NOT_PRELOADED = re.compile(r"_?(test|xx|tkinter|ctypes_test|curses|nis|ossaudiodev|readline|crypt|spwd)")


def warm_up(settings: Settings, walls: frozenset[Wall], witness: Witness) -> dict[str, str]:
    """Import, run the first operations, set the trap, which tells the witness; returns facts about it."""
    facts = {"policy": settings.policy}
    _import(PRELOADED + _extensions())
    for incoming in (Fork | Job, Request):
        decoder_of(incoming)
    progress.settle()
    if not settings.warm:
        return facts
    import numpy
    import torch

    torch.set_num_threads(1)
    _import(PRELOADED_WITH_TORCH)
    facts |= {"torch": torch.__version__, "numpy": numpy.__version__}
    one_process.settle()
    if settings.packages:
        extras.warm_up()
    _run_once(autograd=Wall.AUTOGRAD not in walls)
    if Wall.AUTOGRAD in walls:
        from worker.sandbox import autograd_trap, import_trap

        facts["trap"] = autograd_trap.install(witness)
        import_trap.install()
    return facts


def _import(names: tuple[str, ...]) -> None:
    for name in names:
        try:
            import_module(name)
        except ImportError:
            continue  # built without it, e.g. sqlite3 or lzma; a submission that imports it is told so


def _extensions() -> tuple[str, ...]:
    """Return the standard library's C extensions: they can't be loaded once new code is forbidden."""
    folder = Path(os.__file__).parent / "lib-dynload"
    names = sorted({path.name.partition(".")[0] for path in folder.glob("*.so")})
    return tuple(name for name in names if not NOT_PRELOADED.match(name))


def _run_once(*, autograd: bool) -> None:
    """Walk the paths that a submission takes: the first call of each sets up tables that forks then share."""
    import numpy
    import torch

    x, w = torch.randn(5, 4), torch.randn(3, 4)
    hidden = torch.nn.functional.relu(x @ w.t() + torch.zeros(3))
    torch.sigmoid(hidden).sub(torch.ones(5, 3)).pow(2).mean().item()
    torch.log(torch.exp(hidden) + 1).sum(0).unsqueeze(1).t()
    torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Sigmoid())(x)
    repr(hidden)
    parse("def f(x):\n    return x", "warm.py")
    numpy.maximum(numpy.random.default_rng(0).normal(size=(4, 5)) @ hidden.numpy(), 0).mean(axis=0)
    leaf = w.clone().requires_grad_(True)
    if autograd:
        (x @ leaf.t()).tanh().sum().backward()
        torch.autograd.grad((x @ leaf.t()).sum(), leaf)
    # The first optimizer imports 800 modules, sympy among them, which takes a second: a fifth of what a
    # test may.
    torch.optim.SGD([leaf], lr=0.1).step()
