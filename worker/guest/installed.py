"""What is installed where a submission runs: names and versions, and whose text an exception has."""

import contextlib
import dis
import platform
import types
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

# As it is installed, and as people call it.
DISTRIBUTIONS = (
    ("numpy", "NumPy"),
    ("torch", "PyTorch"),
    ("matplotlib", "Matplotlib"),
    ("pandas", "pandas"),
    ("scikit-learn", "scikit-learn"),
    ("scipy", "SciPy"),
    ("tqdm", "tqdm"),
)
PACKAGES = ("numpy", "torch", "pandas", "matplotlib", "sklearn", "scipy")
SITE = "site-packages"


def listed() -> str:
    """Return ``Python 3.11.7, NumPy 2.4.6`` and so on, of what is there."""
    return ", ".join((f"Python {platform.python_version()}", *_versions()))


def _versions() -> Iterator[str]:
    for name, called in DISTRIBUTIONS:
        try:
            yield f"{called} {metadata.version(name)}"
        except (metadata.PackageNotFoundError, OSError):
            continue


def libraries(error: BaseException) -> str:
    """Return the packages that an exception's text may come from, by the names that are imported.

    Those in whose files it was raised; where that is the student's own line, and no ``raise`` of it, those
    whose objects the line has. Their next versions may say something else, or nothing.
    """
    found: Iterable[str] = ()
    with contextlib.suppress(Exception):  # the objects are the student's, and may do anything
        found = _raising(error.__traceback__)
    return " ".join(name for name in PACKAGES if name in found)


def _raising(trace: types.TracebackType | None) -> set[str]:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return set()
    parts = Path(trace.tb_frame.f_code.co_filename).parts
    if SITE in parts:
        return {*parts} & {*PACKAGES}
    return set() if _raises_itself(trace) else set(_on_the_line(trace))


def _raises_itself(trace: types.TracebackType) -> bool:
    return dis.opname[trace.tb_frame.f_code.co_code[trace.tb_lasti]] in ("RAISE_VARARGS", "RERAISE")


def _on_the_line(trace: types.TracebackType) -> Iterator[str]:
    """Yield the package of each object that the line names."""
    frame = trace.tb_frame
    held = frame.f_globals | frame.f_locals
    for instruction in dis.get_instructions(frame.f_code):
        places = instruction.positions
        if places and places.lineno == trace.tb_lineno and instruction.argval.__class__ is str:
            value = held.get(instruction.argval)
            kind = type(value)
            name = getattr(value, "__name__", "") if kind is types.ModuleType else kind.__module__
            yield str(name).partition(".")[0]
