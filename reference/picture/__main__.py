"""Draws the graph of an assignment's folder: ``python -m reference.picture FOLDER``.

Exit code 1, with what is wrong, where and the cure as three lines of a JSON list, when it can't.
"""

import json
import sys
import tomllib
from pathlib import Path

from reference.picture.drawing import svg
from reference.picture.graph import Graph, GraphError, read
from reference.picture.layout import NARROW, WIDE

FILE = "graph.toml"
PICTURES = {"graph.svg": WIDE, "graph-narrow.svg": NARROW}


def draw(folder: Path) -> tuple[Path, ...]:
    """Write the pictures beside the folder's graph.toml and return where. Raises GraphError."""
    graph = _graph(folder / FILE)
    drawn = {folder / name: svg(graph, form) for name, form in PICTURES.items()}
    for path, text in drawn.items():
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise GraphError(
                f"this can't be written: {error.strerror}", str(path), "Check its rights."
            ) from None
    return tuple(drawn)


def _graph(path: Path) -> Graph:
    try:
        return read(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
    except OSError as error:
        cure = "An assignment with a picture has this file; docs/instructor.md shows one."
        raise GraphError(f"this can't be read: {error.strerror}", str(path), cure) from None
    except UnicodeDecodeError as error:
        raise GraphError(f"byte {error.start} is not UTF-8", str(path), "Save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise GraphError(f"this is not TOML: {error}", str(path), "See https://toml.io.") from None


def main(arguments: list[str]) -> int:
    """Draw the pictures of one folder; return the exit code."""
    try:
        (folder,) = arguments
    except ValueError:
        sys.stderr.write("usage: python -m reference.picture FOLDER\n")
        return 2
    try:
        sys.stdout.writelines(f"{path}\n" for path in draw(Path(folder)))
    except GraphError as error:
        sys.stderr.write(json.dumps([error.what, error.where, error.cure], ensure_ascii=False) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
