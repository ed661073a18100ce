"""Packages for data and plots that submissions may use besides NumPy and PyTorch: the extra ``notebooks``.

They are large, so the ordinary warm process goes without; a submission that imports one is forked from a
second one, which has imported them all. In a box where no new code may be mapped there is no other way.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from types import MappingProxyType

# What can be imported, and what brings it.
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "matplotlib": "matplotlib",
        "mpl_toolkits": "matplotlib",
        "pylab": "matplotlib",
        "pandas": "pandas",
        "sklearn": "scikit-learn",
        "scipy": "scikit-learn",
        "joblib": "scikit-learn",
        "PIL": "matplotlib",
    }
)
SOURCES = (".py", ".ipynb")
# An import, as a statement or a call; and a magic, which imports what it is called after.
_SAYS = (b"import", b"%")
_WORD = re.compile(rb"\b(?:" + "|".join(NAMES).encode() + rb")\b")


def is_installed(name: str) -> bool:
    """Return whether a package is there, without importing it."""
    return find_spec(name) is not None


def installed(is_there: Callable[[str], bool] = is_installed) -> tuple[str, ...]:
    """Return which of the packages can be imported here."""
    return tuple(filter(is_there, NAMES))


def wanted(files: Mapping[str, bytes], there: Iterable[str]) -> bool:
    """Return whether a source may import one of those that are there; no more than a look at its lines.

    Whoever hides an import from it gets the ordinary box: what is loaded there is loaded anew each time.
    """
    names = {name.encode() for name in there}
    return bool(names) and any(
        names & _named(content) for name, content in files.items() if name.endswith(SOURCES)
    )


def _named(content: bytes) -> set[bytes]:
    lines = (line for line in content.split(b"\n") if any(word in line for word in _SAYS))
    return {found for line in lines for found in _WORD.findall(line)}
