"""Reads and checks an assignment: a folder, or a zip of it, with ``assignment.toml`` on top.

    assignment.toml     what is asked (grader.assignment.assignment_toml reads it)
    test_*.py           hidden tests;  other *.py: scripts and modules that tests import
    data/               files that tests read
    mounted/            files placed next to the submission in its box; students get them with the handout
    graph.toml          the computation graph, whose nodes diagnoses name; graph*.svg: its pictures
    handout/            what students download           \\
    submissions/        samples with expected verdicts   |  no part of the suite: changing them
    proof/              what `chainrule prove` tries     |  changes no verdict
    text                the assignment's text            /

The suite is every file that influences a verdict; its digest is its version.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from grader.assignment import assignment_toml, variants
from grader.errors import AssignmentError, SubmissionError, UnknownAssignment
from grader.model import MOUNTED, Assignment, Suite, schema
from grader.model.language import _
from grader.picture import graphs, marked_svg
from grader.reading import archives

FILE = "assignment.toml"
NOT_IN_SUITE = frozenset({"handout", "submissions", "proof"})
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SHIPPED = "hidden_tests"


def load(path: Path) -> Suite:
    """Return the assignment at `path`, a folder or a zip, with the files of its suite.

    Raises AssignmentError with file, key and what to do when it is not in order.
    """
    return from_files(read_all(path), slug=slug_of(path), where=str(path))


def read_all(path: Path) -> dict[str, bytes]:
    """Return every file of the assignment at `path`: the suite, the handout and the samples.

    What it takes from a base is among them.
    """
    if path.is_dir():
        return completed(archives.read_folder(path, refusal=AssignmentError), str(path))
    if path.is_file():
        return completed(_unzipped(path), str(path))
    raise UnknownAssignment(_("folder or zip not found"), where=str(path))


def completed(files: Mapping[str, bytes], where: str) -> dict[str, bytes]:
    """Return the files with those that they take from a shipped assignment (grader.assignment.variants)."""
    return variants.completed(files, FILE, _shipped, where)


def _shipped(name: str) -> Mapping[str, bytes]:
    folder = shipped_folder()
    path = available([folder] if folder else []).get(name)
    return archives.read_folder(path, refusal=AssignmentError) if path else {}


def _unzipped(path: Path) -> dict[str, bytes]:
    content = archives.read_file(path, archives.ArchiveLimits().archive_bytes, AssignmentError)
    try:
        return archives.unwrapped(archives.read_zip(content, str(path)))
    except SubmissionError as error:
        raise AssignmentError(error.what, where=error.where, cure=error.cure) from None


def slug_of(path: Path) -> str:
    """Return the name of an assignment in this folder or zip. Raises AssignmentError where it can't be."""
    slug = path.resolve().name.removesuffix(".zip").lower()
    if _SLUG.fullmatch(slug):
        return slug
    raise AssignmentError(
        _("the folder's name is the assignment's name and has characters that are not allowed"),
        where=str(path),
        cure=_("Rename it to lowercase letters, digits, dots and hyphens, such as nyu-hw1."),
    )


def from_files(files: Mapping[str, bytes], *, slug: str, where: str) -> Suite:
    """Return the suite made of these files, named relative to the folder called `where` in messages."""
    if FILE not in files:
        raise AssignmentError(
            _("missing %(file)s", file=FILE), where=where, cure=_("Every assignment folder needs one.")
        )
    assignment = assignment_toml.parse(schema.parse(files[FILE], f"{where}/{FILE}", AssignmentError), slug)
    _check_files(assignment, files, where)
    _check_graph(assignment, files, where)
    return Suite(assignment, suite_files(files, assignment.text))


def suite_files(files: Mapping[str, bytes], text: str = "") -> dict[str, bytes]:
    """Return the files that influence a verdict."""
    return {name: content for name, content in files.items() if name != text and _in_suite(name)}


def _in_suite(name: str) -> bool:
    top, *rest = PurePosixPath(name).parts
    if not rest:
        return name in (FILE, graphs.FILE) or name.endswith(".py")
    if top in NOT_IN_SUITE or top.startswith("."):
        return False
    return top == "data" or name.startswith(MOUNTED) or name.endswith(".py")


def _check_files(assignment: Assignment, files: Mapping[str, bytes], where: str) -> None:
    """Refuse an assignment that names files it doesn't have, or that has nothing to test with."""
    for key, name in _named(assignment):
        if name not in files:
            raise AssignmentError(
                _("missing file %(name)s", name=name),
                where=f"{where}/{FILE}: {key}",
                cure=schema.did_you_mean(name, (each for each in files if "/" not in each)),
            )
    if not assignment.scripts and not any(_is_test(name) for name in files):
        raise AssignmentError(
            _("there are no tests"), where=where, cure=_("Add a test_*.py, or list a script.")
        )


def _check_graph(assignment: Assignment, files: Mapping[str, bytes], where: str) -> None:
    """Refuse a graph that isn't in order, or whose pictures are missing or show something else."""
    if graphs.FILE not in files:
        return
    graph = graphs.read(files[graphs.FILE], f"{where}/{graphs.FILE}")
    graphs.check(graph, (each.name for each in assignment.functions), f"{where}/{graphs.FILE}")
    for name in graphs.PICTURES:
        marked_svg.check(files.get(name, b""), graph, f"{where}/{name}")


def _named(assignment: Assignment) -> Iterable[tuple[str, str]]:
    if assignment.text:
        yield "text", assignment.text
    yield from (("scripts", name) for name in assignment.scripts)


def _is_test(name: str) -> bool:
    path = PurePosixPath(name)
    return len(path.parts) == 1 and path.name.startswith("test_") and path.suffix == ".py"


def shipped_folder() -> Path | None:
    """Return the folder of the assignments that travel with the program, or None when they were left out.

    They lie beside this package, in a checkout as in an installation.
    """
    folder = Path(__file__).resolve().parents[2] / _SHIPPED
    return folder if folder.is_dir() else None


def available(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the assignments in these folders by slug; of two with one name the earlier folder's counts."""
    found: dict[str, Path] = {}
    for folder in folders:
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if (path / FILE).is_file():
                    found.setdefault(path.name, path)
    return found


def find(name: str, folders: Iterable[Path]) -> Path:
    """Return the folder of the assignment called `name`, which is a slug or itself a folder or a zip."""
    known = available(folders)
    if name in known:
        return known[name]
    path = Path(name)
    if path.exists():
        return path
    raise UnknownAssignment(
        _("no assignment is called “%(name)s”", name=name),
        cure=_(
            "%(did_you_mean)s You can also give a folder or a zip.",
            did_you_mean=schema.did_you_mean(name, known),
        ).strip(),
    )
