"""What the text of hidden tests shows without being run: what would pass, or be left out, without a word.

A test that returns what it should assert, two of one name, a name that is nowhere, a marker for a function
that the assignment does not have, a case that is declared and never asked. Pure: it reads texts, and imports
nothing of ours outside ``grader.model``, since the examiner's box has it too.
"""

import ast
import builtins
import difflib
import symtable
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from grader.model.language import _

MODULE_NAMES = frozenset(
    "__annotations__ __builtins__ __doc__ __file__ __loader__ __name__ __package__".split()
)
KNOWN = frozenset(dir(builtins)) | MODULE_NAMES
BY_TEXT = frozenset({"exec", "eval", "globals"})
NEAR = 0.8
AWAITS = "IsolatedAsyncioTestCase"
Function = ast.FunctionDef | ast.AsyncFunctionDef
Scoped = Function | ast.ClassDef | ast.Lambda


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a test, where, and what to do."""

    file: str
    line: int
    what: str
    cure: str


def flaws(files: Mapping[str, bytes], functions: Collection[str]) -> list[Flaw]:
    """Return what is wrong with the tests among these files, which count for these functions, in their order.

    A file that is no Python has none.
    """
    return [
        Flaw(name, *found) for name, tree in _trees(files) for found in sorted(_wrong(name, tree, functions))
    ]


def misread(files: Mapping[str, bytes]) -> list[Flaw]:
    """Return where pytest does not do what the tests among these files seem to say."""
    return [Flaw(name, *found) for name, tree in _trees(files) for found in sorted(_misread(name, tree))]


def _trees(files: Mapping[str, bytes]) -> Iterator[tuple[str, ast.Module]]:
    for name in sorted(files):
        tree = _parsed(files[name]) if name.endswith(".py") else None
        if tree is not None:
            yield name, tree


def _wrong(name: str, tree: ast.Module, functions: Collection[str]) -> Iterator[tuple[int, str, str]]:
    yield from _undefined(tree)
    yield from _misread(name, tree)
    if is_test_file(name):
        yield from _unknown(tree, functions)


def _misread(name: str, tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    for holder, tests in _tests(tree) if is_test_file(name) else ():
        yield from _twice(tests)
        for test in tests:
            yield from _passed(test, holder)
            yield from _cases(test)


def is_test_file(name: str) -> bool:
    """Say whether pytest looks for tests in a file of this name."""
    stem = name.rpartition("/")[2].removesuffix(".py")
    return name.endswith(".py") and (stem.startswith("test_") or stem.endswith("_test"))


def _parsed(source: bytes) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _tests(tree: ast.Module) -> Iterator[tuple[ast.ClassDef | None, list[Function]]]:
    """Yield the tests of a file, and of each of its classes that pytest looks into."""
    yield None, _functions(tree.body)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and (node.name.startswith("Test") or _is_test_case(node)):
            yield node, _functions(node.body)


def _functions(body: list[ast.stmt]) -> list[Function]:
    return [each for each in body if isinstance(each, Function) and each.name.startswith("test")]


def _is_test_case(node: ast.ClassDef) -> bool:
    return any(ast.unparse(each).endswith("TestCase") for each in node.bases)


def _twice(tests: list[Function]) -> Iterator[tuple[int, str, str]]:
    seen: set[str] = set()
    for each in tests:
        if each.name in seen:
            what = _("there are two tests called %(name)s, and only the last one is run", name=each.name)
            yield each.lineno, what, _("Give each test a name of its own.")
        seen.add(each.name)


def _passed(test: Function, holder: ast.ClassDef | None) -> Iterator[tuple[int, str, str]]:
    """Yield why pytest would pass a test whatever it finds."""
    own = list(_own(test))
    awaited = holder is not None and any(AWAITS in ast.unparse(each) for each in holder.bases)
    if isinstance(test, ast.AsyncFunctionDef) and not awaited:
        yield (
            test.lineno,
            _("%(name)s is a coroutine, which nothing awaits", name=test.name),
            _("Write def, without async."),
        )
    if any(isinstance(each, ast.Yield | ast.YieldFrom) for each in own):
        yield (
            test.lineno,
            _("%(name)s yields, so calling it runs nothing", name=test.name),
            _("Leave yield to fixtures."),
        )
    for each in own:
        if isinstance(each, ast.Return) and not _is_none(each.value):
            what = _("%(name)s returns a value, which pytest ignores", name=test.name)
            yield each.lineno, what, _("Use assert, or check.")
        if isinstance(each, ast.Call) and ast.unparse(each.func) == "pytest.xfail":
            what = _("%(name)s expects to fail, which says nothing about a submission", name=test.name)
            yield each.lineno, what, _("Leave pytest.xfail out.")


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function, without what is in the functions and classes within it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, Scoped):
            yield from _own(child)


def _unknown(tree: ast.Module, functions: Collection[str]) -> Iterator[tuple[int, str, str]]:
    """Yield the markers for functions that the assignment doesn't have."""
    for node in ast.walk(tree):
        name = _only_text(node) if _is_mark(node, "function") else None
        if name is not None and name not in functions:
            what = _("tests count for %(name)s, which assignment.toml does not declare", name=name)
            known = _("Known: %(names)s.", names=", ".join(functions))
            yield node.lineno, what, _nearest(name, functions, known)  # type: ignore[attr-defined]


def _is_mark(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in (f"pytest.mark.{name}", f"mark.{name}")


def _only_text(node: ast.AST) -> str | None:
    texts = _texts(node)
    return texts[0] if texts is not None and len(texts) == 1 else None


def _texts(node: ast.AST) -> list[str] | None:
    """Return the arguments of a call if they are all texts, None if they aren't."""
    if not isinstance(node, ast.Call):
        return None
    found = [each.value for each in node.args if isinstance(each, ast.Constant)]
    texts = [each for each in found if isinstance(each, str)]
    return texts if len(texts) == len(node.args) else None


def _cases(test: Function) -> Iterator[tuple[int, str, str]]:
    """Yield the cases that a test asks and does not declare, or declares and never asks."""
    marked = [each for each in test.decorator_list if _is_mark(each, "cases")]
    declared = _texts(marked[0]) if marked else None
    if declared is None:
        return
    calls = [each for each in ast.walk(test) if isinstance(each, ast.Call)]
    asked = [each for each in calls if ast.unparse(each.func) == "check.case"]
    names = {name: each.lineno for each in reversed(asked) if (name := _only_text(each)) is not None}
    for name in names.keys() - set(declared):
        what = _("%(test)s asks a case “%(name)s” that it does not declare", test=test.name, name=name)
        yield names[name], what, _("Add it to the cases marker, or correct the name.")
    yield from _answers(test, declared, calls)
    elsewhere = len(names) < len({ast.unparse(each) for each in asked}) or _passes_on(calls)
    for name in () if elsewhere or not asked else [each for each in declared if each not in names]:
        what = _("%(test)s declares a case “%(name)s” and never asks it", test=test.name, name=name)
        yield test.lineno, what, _("Ask it: with check.case(…). Or take it out of the marker.")


def _answers(test: Function, declared: list[str], calls: list[ast.Call]) -> Iterator[tuple[int, str, str]]:
    """Yield the answers by names that are no case's, so that nothing is ever told of them."""
    questions = [each for each in calls if ast.unparse(each.func) == "check.ask"]
    if any(each.arg == "names" for call in questions for each in call.keywords):
        return
    for call in calls if questions else []:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "answer":
            for name in [each.arg for each in call.keywords if each.arg and each.arg not in declared]:
                yield (
                    call.lineno,
                    _(
                        "%(test)s answers with “%(name)s”, which is none of its cases",
                        test=test.name,
                        name=name,
                    ),
                    _("Call the answer like a case, or say which it is: check.ask(…, names=…)."),
                )


def _passes_on(calls: list[ast.Call]) -> bool:
    """Say whether somebody else may ask cases too."""
    given = [
        *(each for call in calls for each in call.args),
        *(k.value for call in calls for k in call.keywords),
    ]
    return any(isinstance(each, ast.Name) and each.id == "check" for each in given)


def _undefined(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Yield the names that are nowhere: neither Python's, nor the file's."""
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    froms = (each for each in ast.walk(tree) if isinstance(each, ast.ImportFrom))
    if any(alias.name == "*" for each in froms for alias in each.names) or BY_TEXT & {
        each.id for each in used
    }:
        return
    whole = symtable.symtable(ast.unparse(tree), "", "exec")
    tables = list(_tables(whole))
    own = {each.get_name() for each in whole.get_symbols() if each.is_assigned() or each.is_imported()}
    own |= {
        s.get_name() for t in tables for s in t.get_symbols() if s.is_declared_global() and s.is_assigned()
    }
    lost = {s.get_name() for t in tables for s in t.get_symbols() if s.is_referenced() and _is_of_file(s, t)}
    for name in lost - own - KNOWN:
        line = min(each.lineno for each in used if each.id == name)
        cure = _nearest(name, own | KNOWN, _("Import or define it, or correct the name."))
        yield line, _("there is nothing called %(name)s", name=name), cure


def _nearest(name: str, known: Collection[str], otherwise: str) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=NEAR)
    return _("Did you mean “%(near)s”?", near=near[0]) if near else otherwise


def _is_of_file(symbol: symtable.Symbol, table: symtable.SymbolTable) -> bool:
    return symbol.is_global() or table.get_type() == "module"


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)
