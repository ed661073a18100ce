"""Walks a file's tree in the order in which it is evaluated, each node once, and tells what binds names.

What stands under ``if __name__ == "__main__"`` never runs and is left out. Nothing recurses: a tree may be
deeper than Python's stack.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from worker.guest.scopes import Globals, Scope, module_scope

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
# Fields in the order of evaluation, where that is not the order of the grammar.
_ORDER: Mapping[type[ast.AST], tuple[str, ...]] = {
    ast.Assign: ("value", "targets"),
    ast.AnnAssign: ("annotation", "value", "target"),
    ast.NamedExpr: ("value", "target"),
    ast.For: ("iter", "target", "body", "orelse"),
    ast.AsyncFor: ("iter", "target", "body", "orelse"),
    ast.comprehension: ("iter", "target", "ifs"),
}
_TABLES: Mapping[type[ast.AST], str] = {
    ast.ListComp: "listcomp",
    ast.SetComp: "setcomp",
    ast.DictComp: "dictcomp",
    ast.GeneratorExp: "genexpr",
}


class Visit(NamedTuple):
    """A node, with what is around it.

    where  the qualified name of the innermost function or class around it, empty outside of all
    order  counts the nodes of a module
    weak   under ``except`` or given None, where something is done without what could not be had
    """

    node: ast.AST
    scope: Scope
    where: str = ""
    order: int = 0
    weak: bool = False


def walk(text: str, tree: ast.AST, file: str, module: Globals, start: int = 0) -> Iterator[Visit]:
    """Yield every node that can run; ``start``: the order of the first. Raises as ``compile`` does."""
    waiting = [Visit(tree, module_scope(text, file, module))]
    while waiting:
        visit = waiting.pop()._replace(order=start)
        start += 1
        yield visit
        waiting += reversed(_below(visit))


def names_bound(visit: Visit) -> Iterator[str]:
    """Yield the names that this node itself binds to something of the student's own."""
    match visit.node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.arg(arg=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name


def imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the names that an import binds, each with its dotted meaning; ``*`` for everything."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (top, top)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, f"{'.' * node.level}{node.module or ''}.{alias.name}"


def _below(visit: Visit) -> list[Visit]:
    node = visit.node
    if isinstance(node, Definition):
        return _of_definition(visit, node)
    if isinstance(node, ast.Lambda):
        inner = visit._replace(scope=visit.scope.inner("lambda", node.lineno))
        return [*_defaults(visit, node.args), *_arguments(inner, node.args), inner._replace(node=node.body)]
    if isinstance(node, Comprehension):
        return _of_comprehension(visit, node)
    if isinstance(node, ast.If) and _asks_for_main(node.test):
        return [visit._replace(node=child) for child in node.orelse]
    weak = visit.weak or isinstance(node, ast.ExceptHandler) or _is_none(node)
    return [visit._replace(node=child, weak=weak) for child in _children(node)]


def _of_definition(visit: Visit, node: Definition) -> list[Visit]:
    """Return decorators, defaults and bases in the scope around it, then what has the scope of its own."""
    where = f"{visit.where}.{node.name}" if visit.where else node.name
    around = visit._replace(where=where)
    inner = around._replace(scope=visit.scope.inner(node.name, node.lineno), weak=False)
    body = [inner._replace(node=child) for child in node.body]
    outside = [around._replace(node=child) for child in node.decorator_list]
    if isinstance(node, ast.ClassDef):
        return [*outside, *(around._replace(node=child) for child in (*node.bases, *node.keywords)), *body]
    returns = [around._replace(node=node.returns)] if node.returns else []
    return [*outside, *_defaults(around, node.args), *returns, *_arguments(inner, node.args), *body]


def _of_comprehension(visit: Visit, node: Comprehension) -> list[Visit]:
    """Return the first iterable in the scope around it, and all else in its own."""
    parts = (part for each in node.generators for part in ast.walk(each.target))
    own = frozenset(p.id for p in parts if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Store))
    inner = visit._replace(scope=visit.scope.inner(_TABLES[type(node)], node.lineno, own))
    first, *others = node.generators
    values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    rest: list[ast.AST] = [first.target, *first.ifs, *others, *values]
    return [visit._replace(node=first.iter), *(inner._replace(node=child) for child in rest)]


def _defaults(visit: Visit, arguments: ast.arguments) -> list[Visit]:
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    marked = [each.annotation for each in every if each.annotation]
    given = [each for each in (*arguments.defaults, *arguments.kw_defaults) if each]
    return [visit._replace(node=child) for child in (*given, *marked)]


def _arguments(visit: Visit, arguments: ast.arguments) -> list[Visit]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [each for each in (arguments.vararg, arguments.kwarg) if each]
    return [visit._replace(node=ast.arg(each.arg)) for each in every]


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name in _ORDER.get(type(node), node._fields):
        value = getattr(node, name, None)
        if isinstance(value, list):
            yield from (item for item in value if isinstance(item, ast.AST))
        elif isinstance(value, ast.AST):
            yield value


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.value.value is None


def _asks_for_main(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = (test.left, test.comparators[0])
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    values = {side.value for side in sides if isinstance(side, ast.Constant)}
    return names == {"__name__"} and values == {"__main__"}
