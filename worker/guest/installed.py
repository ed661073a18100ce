"""What is installed where a submission runs, as students are told: names and versions."""

import platform
from collections.abc import Iterator
from importlib import metadata

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


def listed() -> str:
    """Return ``Python 3.11.7, NumPy 2.4.6`` and so on, of what is there."""
    return ", ".join((f"Python {platform.python_version()}", *_versions()))


def _versions() -> Iterator[str]:
    for name, called in DISTRIBUTIONS:
        try:
            yield f"{called} {metadata.version(name)}"
        except (metadata.PackageNotFoundError, OSError):
            continue
