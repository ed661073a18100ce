"""The rooms of the code and the arrows between them: read from the source, as figures and as a table.

    python -m tests.rooms             the figures
    python -m tests.rooms --arrows    what each room imports

A room is a package with modules in it; a module that lies loose at the top of `grader` or `worker` is one of
its own. `reference` counts as one, since it knows nothing of the others. An arrow leads from a room to each
other room of ours that a module of it imports, wherever in the module that stands.
"""

import ast
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from tests.architecture import module_name, targets

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("grader", "worker", "reference")
# Submissions and old-style scripts are data; what they do is their author's business.
DATA = frozenset({"submissions", "handout", "scripts"})
WRITTEN = frozenset({".py", ".toml", ".md", ".ipynb"})

Arrows = Mapping[str, Set[str]]


@dataclass(frozen=True)
class Module:
    """A module: its dotted name and its source."""

    name: str
    source: str


def modules(*tops: str) -> tuple[Module, ...]:
    """Return all modules below these folders of the project, without what is data."""
    paths = (path for top in tops for path in sorted((ROOT / top).rglob("*.py")))
    return tuple(
        Module(module_name(path, ROOT), path.read_text(encoding="utf-8"))
        for path in paths
        if not DATA & set(path.relative_to(ROOT).parts)
    )


def room_of(name: str, packages: Set[str]) -> str:
    """Return the room that a module, or a name in one, belongs to."""
    parts = name.split(".")
    if parts[0] == "reference":
        return "reference"
    inside = [".".join(parts[:size]) for size in range(1, len(parts) + 1)]
    rooms = [each for each in inside if each in packages]
    if len(rooms) == 1 and len(parts) > 1:
        return inside[1]
    return rooms[-1]


def packages_of(found: Iterable[Module]) -> frozenset[str]:
    """Return the dotted names of the folders that hold these modules."""
    files = {module.name for module in found}
    above = {name.rpartition(".")[0] for name in files}
    return frozenset(name for name in above if name)


def arrows(found: Iterable[Module]) -> Arrows:
    """Return room → the other rooms it imports; a package that only holds rooms is none."""
    known = tuple(found)
    packages = packages_of(known)
    filled = {room_of(module.name, packages) for module in known if module.name not in packages}
    leads: dict[str, set[str]] = {room: set() for room in sorted(filled)}
    for module in known:
        here = room_of(module.name, packages)
        if here not in leads:
            continue
        for _line, target in targets(ast.parse(module.source)):
            if target.split(".")[0] in PRODUCT:
                there = room_of(target, packages)
                leads[here] |= {there} - {here} if there in leads else set()
    return leads


def of_the_top(leads: Arrows) -> Arrows:
    """Return the arrows between the rooms at the top of `grader`, `worker` and `reference`."""
    merged: dict[str, set[str]] = {}
    for room, others in leads.items():
        here = _top(room)
        merged.setdefault(here, set()).update({_top(other) for other in others} - {here})
    return merged


def _top(room: str) -> str:
    return ".".join(room.split(".")[:2])


def circles(leads: Arrows) -> tuple[tuple[str, ...], ...]:
    """Return the groups of rooms each of which reaches all others of its group (Tarjan's components)."""
    reach = {room: _reached(room, leads) for room in leads}
    groups = {
        tuple(sorted(other for other in reach[room] if room in reach[other]))
        for room in leads
        if room in reach[room]
    }
    return tuple(sorted(groups))


def _reached(room: str, leads: Arrows) -> frozenset[str]:
    seen: set[str] = set()
    new = set(leads[room])
    while new:
        seen |= new
        new = {further for other in new for further in leads[other]} - seen
    return frozenset(seen)


def twice(found: Iterable[Module]) -> Mapping[str, int]:
    """Return the file names that occur more than once, but for what Python asks for."""
    counts = Counter(
        module.name.rpartition(".")[2] for module in found if module.name not in packages_of(found)
    )
    return {name: count for name, count in counts.items() if count > 1 and not name.startswith("__")}


def public_classes(module: Module) -> tuple[str, ...]:
    """Return the names of the classes that a module defines for others."""
    body = ast.parse(module.source).body
    return tuple(node.name for node in body if isinstance(node, ast.ClassDef) and node.name[0] != "_")


def sizes(found: Iterable[Module]) -> tuple[int, ...]:
    """Return the lengths of all functions in lines, in order."""
    nodes = (node for module in found for node in ast.walk(ast.parse(module.source)))
    return tuple(
        sorted(
            (node.end_lineno or node.lineno) - node.lineno + 1
            for node in nodes
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
    )


def lines(found: Iterable[Module]) -> int:
    """Return the number of lines of these modules."""
    return sum(module.source.count("\n") for module in found)


def figures() -> tuple[tuple[str, object], ...]:
    """Return what is counted, with its name."""
    product = modules(*PRODUCT)
    leads = arrows(product)
    top = of_the_top(leads)
    lengths = sizes(product)
    return (
        ("rooms", len(leads)),
        ("rooms at the top of grader", sum(room.startswith("grader.") for room in top)),
        ("arrows between rooms", sum(len(others) for others in leads.values())),
        ("arrows between rooms of the top", sum(len(others) for others in top.values())),
        ("circles", len(circles(leads))),
        ("circles of the top", len(circles(top))),
        ("most modules in a room", max(_counts(product).values())),
        ("file names that occur twice", len(twice(product))),
        ("lines of product", lines(product)),
        ("lines of tests", lines(modules("tests"))),
        ("lines of hidden_tests", _lines_of_data()),
        ("functions", len(lengths)),
        ("function median", statistics.median(lengths)),
        ("function p90", lengths[int(len(lengths) * 0.9)]),
    )


def modules_in_rooms() -> Mapping[str, int]:
    """Return room → number of its modules."""
    return _counts(modules(*PRODUCT))


def _counts(found: Iterable[Module]) -> Mapping[str, int]:
    known = tuple(found)
    packages = packages_of(known)
    files = [module.name for module in known if module.name not in packages]
    return Counter(name.rpartition(".")[0] for name in files)


def _lines_of_data() -> int:
    paths = (path for path in (ROOT / "hidden_tests").rglob("*") if path.suffix in WRITTEN)
    return sum(path.read_bytes().count(b"\n") for path in paths)


def main(words: list[str]) -> None:
    """Print the figures, or the arrows."""
    if words == ["--arrows"]:
        for room, others in sorted(arrows(modules(*PRODUCT)).items()):
            print(f"{room}: {' '.join(sorted(others))}")
        return
    for name, value in figures():
        print(f"{name:32}{value:>8}")


if __name__ == "__main__":
    main(sys.argv[1:])
