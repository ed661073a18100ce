"""Where values of the submission go in a hidden test, as the test's source says it.

Names are followed through assignments, loops, ``with`` and ``match``, and through what only runs because of
such a value. Nothing that a submission gives has a say in it, only the text of the test; where the text
leaves it open, a value counts as the submission's.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

SOURCES = frozenset({"submission"})
"""Names whose value is the submission's wherever they are used in hidden tests."""

ASKED_BY_NAME = "getfixturevalue"
OURS_ALONE = frozenset({"check", "rng", "device"})
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Range:
    """A piece of source: first and last line, and columns in bytes."""

    line: int
    end_line: int
    column: int
    end_column: int


@dataclass
class Flow:
    """One outermost function of a test file, or the file itself, and the names that hold such values.

    scope   the function
    holder  the class that it is a method of, if it is one
    names   names that hold a value of the submission somewhere in it
    """

    scope: Scope
    holder: ast.ClassDef | None = None
    names: set[str] = field(default_factory=set)
    _parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    _bound: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        every = list(ast.walk(self.scope))
        self._parents = {child: node for node in every for child in ast.iter_child_nodes(node)}
        self._bound = {each.id for each in every if isinstance(each, ast.Name) and _is_written(each)}
        self._bound |= {name for each in every for name in _parameters(each)}

    def start(self, given: frozenset[str], *, called_with_any: bool) -> None:
        """Follow the values from these fixtures; ``called_with_any``: each argument may be one."""
        parameters = set(_parameters(self.scope)) - OURS_ALONE
        self.names |= SOURCES | (parameters & given) | (parameters if called_with_any else set())
        if self.holder is not None:
            self.names |= _selves(self.holder, given)
        while self._spread():
            pass

    def touches(self, node: ast.AST) -> bool:
        """Return whether a value of the submission takes part in what this piece of source does."""
        return any(
            each.id in self.names
            if isinstance(each, ast.Name)
            else isinstance(each, ast.Attribute) and each.attr == ASKED_BY_NAME
            for each in ast.walk(node)
        )

    def depends(self, node: ast.AST) -> bool:
        """Return whether it runs, or runs so often, because of a value of the submission."""
        while (parent := self._parents.get(node)) is not None:
            if any(map(self.touches, _deciding(parent, node))):
                return True
            node = parent
        return False

    def at(self, place: Range) -> ast.AST:
        """Return the smallest piece of source around a place; what is written to stands for its statement."""
        around = [each for each in ast.walk(self.scope) if _covers(each, place)]
        found = min(reversed(around), key=_extent, default=self.scope)
        while found in self._parents and (_is_written(found) or not isinstance(found, ast.expr | ast.stmt)):
            found = self._parents[found]
        return found

    def origin(self, name: str) -> ast.AST | None:
        """Return the last of the submission's values that a name is given in the scope, whole."""
        given = [
            value
            for node in ast.walk(self.scope)
            for targets, value in _given_by(node)
            if isinstance(node, ast.Assign) and any(_is_name(each, name) for each in targets)
        ]
        return next((each for each in reversed(given) if self.touches(each)), None)

    def _spread(self) -> bool:
        """Add the names that get their values from the known ones, or because of them."""
        before = len(self.names)
        for node in ast.walk(self.scope):
            for targets, value in _given_by(node):
                if self.touches(value) or self.depends(node):
                    # A call for what it does, such as xs.append(x), writes to what is the test's own.
                    known = self._bound if isinstance(node, ast.Expr) else _roots(targets)
                    self.names |= _roots(targets) & known - OURS_ALONE
            if isinstance(node, Function) and node is not self.scope and self.touches(node):
                self.names |= {node.name} if not isinstance(node, ast.Lambda) else set()
                self.names |= set(_parameters(node))
        return len(self.names) > before


def flow_at(tree: ast.Module, line: int) -> Flow:
    """Return the outermost function around a line, or the whole file where there is none."""
    for scope, holder in _outermost(tree, None):
        first = min([scope.lineno, *(each.lineno for each in scope.decorator_list)])
        if first <= line <= (scope.end_lineno or first):
            return Flow(scope, holder)
    return Flow(tree)


def header(node: ast.AST) -> list[ast.AST]:
    """Return what of a piece of source runs by itself: of a loop, what it goes over and where that goes."""
    match node:
        case ast.If(test=test) | ast.While(test=test):
            return [test]
        case ast.For(iter=over) | ast.AsyncFor(iter=over):
            return [over]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [each.context_expr for each in items]
        case ast.Match(subject=subject):
            return [subject]
        case ast.Try() | ast.TryStar() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return []
    return [node]


def _outermost(
    node: ast.AST, holder: ast.ClassDef | None
) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, ast.ClassDef | None]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child, holder
        else:
            yield from _outermost(child, child if isinstance(child, ast.ClassDef) else holder)


def _parameters(scope: ast.AST) -> list[str]:
    if not isinstance(scope, Function):
        return []
    every = scope.args
    several = [each for each in (every.vararg, every.kwarg) if each is not None]
    return [each.arg for each in (*every.posonlyargs, *every.args, *every.kwonlyargs, *several)]


def _selves(holder: ast.ClassDef, given: frozenset[str]) -> set[str]:
    """Return what methods call their object, if one of them keeps a value of the submission in it."""
    selves: set[str] = set()
    for each in holder.body:
        names = _parameters(each)
        if isinstance(each, ast.FunctionDef) and names:
            within = Flow(each)
            within.start(given - {names[0]}, called_with_any=False)
            selves |= {names[0]} & within.names
    return selves


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _given_by(node: ast.AST) -> Iterator[tuple[list[ast.AST], ast.AST]]:
    """Yield what a node writes to, and the value that goes there."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield [*targets], value
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield [target], value
        case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            yield [target], value
        case ast.For(target=target, iter=over) | ast.AsyncFor(target=target, iter=over):
            yield [target], over
        case ast.comprehension(target=target, iter=over):
            yield [target], over
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield [target], value
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner)) as call):
            yield [owner], call  # called for what it does to its owner
        case ast.Try(body=body, handlers=handlers) | ast.TryStar(body=body, handlers=handlers):
            names: list[ast.AST] = [ast.Name(each.name, ast.Store()) for each in handlers if each.name]
            for each in body:
                yield names, each
        case ast.Match(subject=subject, cases=cases):
            yield [ast.Name(name, ast.Store()) for each in cases for name in _captured(each)], subject


def _captured(case: ast.match_case) -> Iterator[str]:
    for each in ast.walk(case.pattern):
        name = getattr(each, "rest" if isinstance(each, ast.MatchMapping) else "name", None)
        if isinstance(name, str):
            yield name


def _roots(targets: list[ast.AST]) -> set[str]:
    """Return the names that are written to, or that what is written to belongs to."""
    found: set[str] = set()
    for target in targets:
        match target:
            case ast.Attribute(value=owner) | ast.Subscript(value=owner) | ast.Starred(value=owner):
                found |= _roots([owner])
            case ast.Name(id=name):
                found.add(name)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                found |= _roots([*elements])
    return found


def _deciding(parent: ast.AST, child: ast.AST) -> list[ast.AST]:
    """Return what decides in a parent whether this child of it runs."""
    match parent:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if child is not test:
            return [test]
        case ast.For(iter=over, target=target) | ast.AsyncFor(iter=over, target=target):
            return [over] if child not in (over, target) else []
        case ast.Try(body=body) | ast.TryStar(body=body) if isinstance(child, ast.ExceptHandler):
            return [*body]
        case ast.Match(subject=subject) if child is not subject:
            return [subject]
        case ast.match_case(guard=ast.expr() as guard) if child is not guard:
            return [guard]
        case ast.BoolOp(values=values) if child in values:
            return [*values[: values.index(child)]]
        case ast.ListComp(generators=loops) | ast.SetComp(generators=loops) if child not in loops:
            return [*loops]
        case ast.GeneratorExp(generators=loops) | ast.DictComp(generators=loops) if child not in loops:
            return [*loops]
    return []


def _is_written(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)


def _covers(node: ast.AST, place: Range) -> bool:
    if not isinstance(node, ast.expr | ast.stmt | ast.keyword | ast.excepthandler):
        return False
    begins = (node.lineno, node.col_offset) <= (place.line, place.column)
    ends = (node.end_lineno or 0, node.end_col_offset or 0) >= (place.end_line, place.end_column)
    return begins and ends


def _extent(node: ast.AST) -> tuple[int, int]:
    """Return how much source a node is, in lines and columns."""
    end_line, end_column = getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0)
    return end_line - getattr(node, "lineno", 0), end_column - getattr(node, "col_offset", 0)
