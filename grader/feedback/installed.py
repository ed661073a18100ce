"""What submissions are graded with: Python and packages with their versions, as people and pip call them."""

from collections.abc import Mapping
from functools import cache
from importlib import metadata
from platform import python_version
from types import MappingProxyType

# As people call it, and as it is installed. Worker and web have the same environment.
CALLED: Mapping[str, str] = MappingProxyType(
    {
        "NumPy": "numpy",
        "PyTorch": "torch",
        "Matplotlib": "matplotlib",
        "pandas": "pandas",
        "scikit-learn": "scikit-learn",
        "SciPy": "scipy",
        "tqdm": "tqdm",
    }
)
REQUIREMENTS = "requirements.txt"


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Return names and versions of what is installed, Python's first."""
    found = [("Python", python_version())]
    for called, name in CALLED.items():
        try:
            found.append((called, metadata.version(name).partition("+")[0]))
        except metadata.PackageNotFoundError:
            continue
    return tuple(found)


def requirements() -> bytes:
    """Return the same for pip, so that a student can have the versions at home."""
    (_, python), *packages = versions()
    lines = [
        f"# Submissions are graded with Python {python} and these packages.",
        "# To have the same: pip install -r requirements.txt",
        *(f"{CALLED[called]}=={version}" for called, version in packages),
    ]
    return "\n".join((*lines, "")).encode()
