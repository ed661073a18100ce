"""Which names of a submission may hold an object of the student's own with a method called ``backward``.

By name alone, whatever the scope: from the classes that have the method to what is assigned, returned,
looped over, appended or passed on from there. So what a table, a function or a condition gives is the
student's own as well, and a call of its ``backward`` is no sign of autograd.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence

METHOD = "backward"
_THEMSELVES = frozenset({"self", "cls", "super"})
_PARAMETERS, _CONSTRUCTOR = "parameters", "__init__"
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_COMPOUND = (
    ast.If | ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith | ast.Try | ast.TryStar
    | ast.ExceptHandler | ast.Match | ast.match_case
)  # fmt: skip
# A name, a node by its identity, or the parameters of the functions of a name.
Holder = str | int | tuple[str, str]


def holders(trees: Iterable[Sequence[ast.AST]]) -> frozenset[str]:
    """Return the names, none where no class has the method; ``trees``: every node of each file."""
    flows: dict[Holder, list[Holder]] = {}
    found: set[Holder] = set()
    for nodes in trees:
        for node in nodes:
            if isinstance(node, ast.ClassDef) and any(_is_method(item) for item in node.body):
                found |= {node.name, *_THEMSELVES}
            for source, target in _flows(node):
                flows.setdefault(source, []).append(target)
    waiting = list(found)
    while waiting:
        for reached in flows.get(waiting.pop(), ()):
            if reached not in found:
                found.add(reached)
                waiting.append(reached)
    return frozenset(each for each in found if isinstance(each, str))


def last_name(node: ast.AST) -> str:
    """Return the name of a variable or an attribute; of something taken from a container, the container's."""
    while isinstance(node, ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_method(node: ast.stmt) -> bool:
    return isinstance(node, _FUNCTIONS) and node.name == METHOD


def _flows(node: ast.AST) -> Iterator[tuple[Holder, Holder]]:
    """Yield from what to what a node carries objects."""
    yield from ((id(child), id(node)) for child in _carrying(node))
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name, id(node)
        case ast.ClassDef(name=name, bases=bases):
            yield from ((last_name(base), name) for base in bases)
            yield (_PARAMETERS, name), (_PARAMETERS, _CONSTRUCTOR)
        case ast.FunctionDef(name=name, args=arguments) | ast.AsyncFunctionDef(name=name, args=arguments):
            yield id(node), name
            yield from (((_PARAMETERS, name), each.arg) for each in _positional(arguments))
        case ast.Assign(targets=targets, value=value):
            yield from ((id(value), name) for target in targets for name in _written(target))
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.NamedExpr(target=target, value=value)
        ):
            yield from ((id(value), name) for name in _written(target))
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield from ((id(value), name) for name in _written(target))
        case ast.Call(func=function, args=arguments):
            yield from ((id(each), (_PARAMETERS, last_name(function))) for each in arguments)
            if isinstance(function, ast.Attribute):  # what is appended
                yield from ((id(each), last_name(function.value)) for each in arguments)


def _carrying(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children whose objects the node may be or hold."""
    if isinstance(node, ast.Attribute):
        return
    inward = isinstance(node, _COMPOUND | _FUNCTIONS)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return | _COMPOUND) if inward else not isinstance(child, ast.stmt):
            yield child


def _written(target: ast.expr) -> Iterator[str]:
    waiting = [target]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Tuple | ast.List):
            waiting += each.elts
        else:
            yield last_name(each)


def _positional(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args]
