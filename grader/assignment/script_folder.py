"""An assignment made on the spot from a folder of old-style scripts (``--scripts``).

A Python file on top of the folder that imports the submission's module is a script; the other files lie
beside it when it runs. Each script is a function of the report, worth as many points as it prints
verdicts, which is known when it has run.
"""

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from grader.assignment.assignment_folder import FILE
from grader.errors import AssignmentError
from grader.model import Assignment, Autograd, Forbidden, Function, Script, Suite
from grader.model.language import _
from grader.reading import archives
from grader.verifying.samples import HANDOUT

ENTRY = "mlp.py"


def suite(folder: Path, base: Assignment | None = None, entry: str = ENTRY) -> Suite:
    """Return the suite of the scripts in `folder` for the submission `entry`.

    With `base`, its entry, limits and rules hold instead. Where no script imports the entry, but some
    import the usual one, it is that.
    """
    if not folder.is_dir():
        raise AssignmentError(_("folder not found"), where=str(folder), cure=_("--scripts takes a folder."))
    files = archives.read_folder(folder, refusal=AssignmentError)
    entry, names = _chosen(files, base.entry if base else entry)
    if not names:
        raise AssignmentError(
            _("no script in this folder imports %(stem)s", stem=PurePosixPath(entry).stem),
            where=str(folder),
            cure=_("A script starts like: from mlp import MLP. With another file name, add -a ASSIGNMENT."),
        )
    given = base or Assignment(
        slug="scripts", title="", entry=entry, functions=(), forbidden=Forbidden(autograd=Autograd.REPORT)
    )
    assignment = replace(
        given,
        title=_("Scripts in %(name)s", name=folder.name),
        functions=tuple(Function(name, 0.0) for name in names),
        parts=(),
        scripts={name: Script(name) for name in names},
    )
    kept = {name: content for name, content in files.items() if name not in (entry, FILE)}
    return Suite(assignment, kept)


def _chosen(files: Mapping[str, bytes], entry: str) -> tuple[str, list[str]]:
    """Return the entry that scripts import, and the scripts; any file name can be the usual entry."""
    for candidate in (entry, ENTRY):
        names = [name for name in sorted(files) if is_script(name, files[name], candidate)]
        if names:
            return candidate, names
    return entry, []


def is_script(name: str, source: bytes, entry: str) -> bool:
    """Say whether the file is a script: on top of the folder, and importing the submission's module."""
    if "/" in name or not name.endswith(".py") or name == entry:
        return False
    tree = parsed(source)
    return tree is not None and PurePosixPath(entry).stem in _imported(tree)


def parsed(source: bytes) -> ast.Module | None:
    """Return the tree of an instructor's file, or None when it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def all_scripts(files: Mapping[str, bytes], assignment: Assignment) -> Iterator[str]:
    """Yield the scripts of an assignment, and those that students get as examples."""
    yield from assignment.scripts
    for name in sorted(files):
        top, _, rest = name.partition("/")
        if top == HANDOUT and is_script(rest, files[name], assignment.entry):
            yield name


def warnings_of(files: Mapping[str, bytes], assignment: Assignment) -> list[str]:
    """Return in words where the scripts of an assignment compare one-sidedly."""
    return [
        _(
            "%(file)s, line %(line)s: a signed difference is compared, so a value that is much too "
            "small (or too large) passes. Use its absolute value or its norm.",
            file=file,
            line=line,
        )
        for file, line in one_sided(files, all_scripts(files, assignment))
    ]


def one_sided(files: Mapping[str, bytes], names: Iterable[str]) -> list[tuple[str, int]]:
    """Return file and line of comparisons that pass any value that is too large (or too small).

    ``a - b < 1e-3`` lacks the absolute value: it holds whenever a is far below b.
    """
    found = []
    for name in names:
        tree = parsed(files[name])
        found += [(name, line) for line in _one_sided_lines(tree)] if tree else []
    return found


def _one_sided_lines(tree: ast.Module) -> list[int]:
    differences = _names_of_differences(tree)
    return sorted(
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and _bounded(node, differences)
    )


def _bounded(node: ast.Compare, differences: frozenset[str]) -> bool:
    """Say whether a bare difference is compared with a small number: ``a - b < small``, ``small > a - b``."""
    left, right = node.left, node.comparators[0]
    if isinstance(node.ops[0], ast.Gt | ast.GtE):
        left, right = right, left
    elif not isinstance(node.ops[0], ast.Lt | ast.LtE):
        return False
    return _is_difference(left, differences) and _is_small(right)


def _names_of_differences(tree: ast.Module) -> frozenset[str]:
    """Return the names that are always bound to a bare difference."""
    bound: dict[str, list[bool]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            bound.setdefault(node.targets[0].id, []).append(_is_difference(node.value, frozenset()))
    return frozenset(name for name, kinds in bound.items() if all(kinds))


def _is_difference(node: ast.expr, differences: frozenset[str]) -> bool:
    """Say whether the expression is a difference whose sign is kept, also summed or averaged."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Sub)
    if isinstance(node, ast.Name):
        return node.id in differences
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in _KEEP_SIGN and _is_difference(node.func.value, differences)
    return False


def _is_small(node: ast.expr) -> bool:
    """Say whether the expression is a positive number, or a name, as tolerances are written."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and 0 < node.value <= _LARGEST_TOLERANCE
    return isinstance(node, ast.Name) and node.id.lower().startswith(_TOLERANCE_NAMES)


_KEEP_SIGN = frozenset({"sum", "mean", "max", "item", "detach", "cpu", "double", "float"})
_LARGEST_TOLERANCE = 1.0
_TOLERANCE_NAMES = ("tol", "eps", "atol", "rtol", "thr", "delta")
