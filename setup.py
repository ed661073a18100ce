"""The one step of the build that pyproject.toml can't say: who installs a wheel can ask it for its commit."""

import os
import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parent


def write_commit(target: Path) -> None:
    """Write down, in the tree that is packed, the commit it is made from; nothing where nobody knows."""
    # Run as a file: the package around it needs what a build does not have.
    origin = runpy.run_path(str(ROOT / "grader/config/origin.py"))
    file = target / origin["FILE"]
    file.unlink(missing_ok=True)  # a source distribution may hold a link to the file that is read here
    file.write_text(os.environ.get(origin["VARIABLE"]) or origin["commit"](ROOT), encoding="utf-8")


class Build(build_py):
    """Puts the commit into the wheel; an editable installation asks its checkout."""

    def run(self) -> None:
        """Build, then write."""
        super().run()
        if not self.editable_mode:
            write_commit(Path(self.build_lib))


class Source(sdist):
    """Puts the commit into the source distribution, so that a wheel built from it knows."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Make the tree, then write."""
        super().make_release_tree(base_dir, files)
        write_commit(Path(base_dir))


setup(cmdclass={"build_py": Build, "sdist": Source})
