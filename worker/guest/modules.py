"""Makes the submitted files importable from the text that was decoded and checked.

Python's own loader would read the files again and honour their cookies.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib import invalidate_caches
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import PurePosixPath
from types import CodeType, ModuleType

from worker.guest.parsed import Parsed


class Submitted(MetaPathFinder, SourceLoader):  # type: ignore[misc]  # a quirk of its stubs
    """Finds and loads the modules among the submitted files.

    files  by relative path, e.g. ``mlp.py`` or ``helpers/__init__.py``
    """

    def __init__(self, files: Mapping[str, Parsed], home: str) -> None:
        self._files = {f"{home}/{path}": parsed for path, parsed in files.items()}
        self._paths = {_module_name(path): f"{home}/{path}" for path in files}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a submitted module; None for every other name."""
        file = self._paths.get(fullname)
        if file is None:
            return None
        places = [file.removesuffix("/__init__.py")] if file.endswith("/__init__.py") else None
        return spec_from_file_location(fullname, file, loader=self, submodule_search_locations=places)

    def forget(self, file: str) -> None:
        """Leave a file to Python's own finder: it was written anew."""
        self._paths = {name: path for name, path in self._paths.items() if path != file}

    def get_filename(self, fullname: str) -> str:
        """Return the path a module's code is reported under."""
        return self._paths[fullname]

    def get_data(self, path: str | bytes) -> bytes:
        """Return the source as UTF-8, for tracebacks."""
        parsed = self._files.get(path if isinstance(path, str) else path.decode())
        if parsed is None:
            raise OSError(f"{path!r} was not submitted")
        return parsed.text.encode()

    def get_source(self, fullname: str) -> str:
        """Return the decoded text."""
        return self._files[self._paths[fullname]].text

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the tree that was checked."""
        return self._files[self._paths[fullname]].code


def make_importable(files: Mapping[str, Parsed], home: str) -> None:
    """Put the submitted modules before all others, the standard library's names excepted.

    Nothing of ours may be imported later on that is not in memory yet: from here on names are the student's.
    """
    sys.path.insert(0, home)
    kept = {path: file for path, file in files.items() if _top_name(path) not in sys.stdlib_module_names}
    sys.meta_path.insert(0, Submitted(kept, home))


def forget(file: str) -> None:
    """Let a module be found where its file was written while the submission runs."""
    for finder in sys.meta_path:
        if isinstance(finder, Submitted):
            finder.forget(file)
    invalidate_caches()


def _module_name(path: str) -> str:
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _top_name(path: str) -> str:
    return _module_name(path).split(".")[0]
