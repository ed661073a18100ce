"""The pictures of docs/design.md, drawn from the code: the rooms and the processes.

    make pictures          or: python -m tests.drawing

Graphviz's `dot` lays them out, as it does for `chainrule picture`. `tests/test_docs.py` compares what a
committed picture says with the code, not where it says it: versions of Graphviz place things differently.
"""

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from xml.etree import ElementTree

from tests import rooms
from tests.process_table import CONNECTIONS, PROCESSES, Process

FOLDER = Path(__file__).resolve().parent.parent / "docs/pictures"
SVG = "{http://www.w3.org/2000/svg}"
STYLE = (
    'graph [fontname="sans-serif", fontsize=13, bgcolor="white", pad=0.2]',
    'node [shape=box, style="rounded,filled", fillcolor="#ffffff", color="#5b6673", margin=0.12]',
    'node [fontname="sans-serif", fontsize=12]',
    'edge [color="#5b6673", fontcolor="#3a434d", fontname="sans-serif", fontsize=10, arrowsize=0.7]',
)
TALK = 'style=dashed, arrowhead=open, arrowtail=open, color="#1f5fa8", fontcolor="#1f5fa8"'
# Where a process runs, and the colour of that place: what trusts whom is what the picture is for.
PLACES = {
    "outer": ("service", "#f3f5f7", ("serve", "web", "redis", "worker", "pool")),
    "tests": (
        "examiner zygote, in bubblewrap",
        "#e4f1e6",
        ("examiner", "suite", "exam", "script"),
    ),
    "guest": ("guest zygote, in bubblewrap: one per policy", "#fdf0e3", ("porter", "keeper", "warm")),
    "box": ("a submission's box", "#fbdcd5", ("checkpoint", "session")),
}
GROUPS = {"grader": "#eaf1fb", "worker": "#fdf0e3", "reference": "#e4f1e6"}


def needed(leads: rooms.Arrows) -> Mapping[str, Set[str]]:
    """Return the arrows that follow from no others: the transitive reduction of rooms without a circle."""
    reach = {room: _reached(room, leads) for room in leads}
    return {
        room: {other for other in others if not any(other in reach[third] for third in others - {other})}
        for room, others in leads.items()
    }


def _reached(room: str, leads: rooms.Arrows) -> frozenset[str]:
    return frozenset(leads[room]).union(*(_reached(other, leads) for other in leads[room]))


def of_rooms(leads: rooms.Arrows) -> str:
    """Return the rooms and their needed arrows in the language of Graphviz."""
    lines = ["ranksep=0.55; nodesep=0.18;"]
    for group, colour in GROUPS.items():
        inside = sorted(room for room in leads if room.split(".")[0] == group)
        lines += _cluster(group, group, colour, (f'"{room}" [label="{_short(room)}"]' for room in inside))
    for room, others in sorted(needed(leads).items()):
        lines += [f'"{room}" -> "{other}"' for other in sorted(others)]
    return _digraph(lines)


def _short(room: str) -> str:
    return room.partition(".")[2] or room


def of_processes() -> str:
    """Return the processes and their connections in the language of Graphviz."""
    known = {each.name: each for each in PROCESSES}
    lines = ["ranksep=0.6; nodesep=0.5;"]
    for place, (title, colour, names) in PLACES.items():
        lines += _cluster(place, title, colour, (_box(known[name]) for name in names))
    for each in PROCESSES:
        if each.parent:
            how = {"os.fork": "forks", "threading.Thread": "thread"}.get(each.by, "starts")
            lines.append(f'"{each.parent}" -> "{each.name}" [label="{how}", penwidth=1.6]')
    for one in CONNECTIONS:
        # Only who started whom says what hangs below what.
        below = _depth(known, one.first) < _depth(known, one.second)
        way = f"dir={'back' if one.back else 'forward'}, constraint={'true' if below else 'false'}"
        lines.append(f'"{one.first}" -> "{one.second}" [label="{one.text}", {way}, {TALK}]')
    return _digraph(lines)


def _depth(known: Mapping[str, Process], name: str) -> int:
    parent = known[name].parent
    return 1 + _depth(known, parent) if parent else 0


def _box(process: Process) -> str:
    label = process.text.replace("\n", "\\n")
    return f'"{process.name}" [label="{label}"]'


def _cluster(name: str, title: str, colour: str, nodes: Iterable[str]) -> Iterator[str]:
    look = f'label="{title}"; style="rounded,filled"; color="{colour}"; fillcolor="{colour}";'
    yield f"subgraph cluster_{name} {{ {look} {'; '.join(nodes)} }}"


def _digraph(lines: Iterable[str]) -> str:
    return "\n".join(["digraph {", *STYLE, *lines, "}"])


def drawings() -> Mapping[str, str]:
    """Return file name → the drawing in the language of Graphviz."""
    leads = rooms.of_the_top(rooms.arrows(rooms.modules(*rooms.PRODUCT)))
    return {"rooms.svg": of_rooms(leads), "processes.svg": of_processes()}


def drawn(drawing: str) -> str:
    """Return the drawing as SVG, without the name of the program's version."""
    done = subprocess.run(["dot", "-Tsvg"], input=drawing, capture_output=True, text=True, check=True)
    return re.sub(r"<!--.*?-->\n?", "", done.stdout, flags=re.DOTALL)


def told(svg: str) -> frozenset[tuple[str, str]]:
    """Return what a picture says: (name, words) of every node and arrow."""
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    return frozenset(
        (group.findtext(f"{SVG}title") or "", " ".join(text.text or "" for text in group.iter(f"{SVG}text")))
        for group in groups
        if group.get("class") in {"node", "edge", "cluster"}
    )


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(exist_ok=True)
    for name, drawing in drawings().items():
        (FOLDER / name).write_text(drawn(drawing), encoding="utf-8")


if __name__ == "__main__":
    main()
