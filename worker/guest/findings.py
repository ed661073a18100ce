"""What the parsed source shows of forbidden things, with line and column.

Modules and names that an assignment forbids are found here. Of autograd this only lends the trap its words
and tells staff where to look: what the trap catches at run time is what holds. Names are what Python's
scopes make of them (worker.guest.scopes), so a variable, function or class of the student's own is no use of
anything that has the same name. Comments and strings don't count, nor does what never runs, nor an import
that is not used. Each node of the tree is looked at once.
"""

import ast
import dis
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import CodeType

from worker.guest.own_objects import METHOD, holders, last_name
from worker.guest.parsed import Parsed
from worker.guest.scopes import Globals
from worker.guest.walking import Visit, imports, names_bound, walk
from worker.wire.message import Ban, Finding

FINDING_LIMIT = 200
NAME_LIMIT = 200
ALLOW = "allow"

# Functions that differentiate. A name covers all below it.
DIFFERENTIATE = (
    "torch.autograd",
    "torch.func.grad",
    "torch.func.grad_and_value",
    "torch.func.vjp",
    "torch.func.jvp",
    "torch.func.jacrev",
    "torch.func.jacfwd",
    "torch.func.hessian",
    "torch.func.linearize",
    "torch.Tensor.backward",
    "torch._C",
    "functorch",
    "autograd",
    "jax",
)
# These record or stop recording; none of them differentiates.
HARMLESS = (
    "torch.autograd.Variable",
    "torch.autograd.no_grad",
    "torch.autograd.enable_grad",
    "torch.autograd.inference_mode",
    "torch.autograd.set_grad_enabled",
)
ATTRIBUTES = frozenset({"grad_fn", "register_hook", "retain_grad"})
TORCHS_KEYWORDS = frozenset({"gradient", "retain_graph", "create_graph", "inputs"})
# A file whose code has none of these names shows nothing of autograd.
_WORDS = ATTRIBUTES | {name.split(".")[:2][-1] for name in DIFFERENTIATE} - {"Tensor"}


def mentions(file: Parsed, ban: Ban) -> bool:
    """Return whether a file's code has a name without which it can't show anything that is forbidden."""
    wanted = {name.rpartition(".")[2] for name in (*ban.modules, *ban.names)}
    wanted |= _WORDS if ban.autograd != ALLOW else set()
    waiting = [file.code]
    while waiting:
        code = waiting.pop()
        if any(not wanted.isdisjoint(name.split(".")) for name in code.co_names):
            return True
        if ban.autograd != ALLOW and METHOD in code.co_names and _takes_method(code):
            return True
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                waiting.append(constant)
            elif constant in (METHOD, *ATTRIBUTES):
                return True
    return False


def _takes_method(code: CodeType) -> bool:
    """Return whether the code takes a ``backward`` of something, rather than defines or calls its own."""
    taking = ("LOAD_ATTR", "LOAD_METHOD")
    return any(step.opname in taking and step.argval == METHOD for step in dis.get_instructions(code))


def find(files: Mapping[str, Parsed], ban: Ban) -> tuple[Finding, ...]:
    """Return what the files (by path) show of what ``ban`` forbids, in order."""
    if not any(mentions(file, ban) for file in files.values()):
        return ()
    looking = _Looking(ban, _submitted(files), holders(file.nodes for file in files.values()))
    found: dict[tuple[str, str, int, int], Finding] = {}
    for path, seen in _seen(files, looking):
        finding = _finding(path, seen)
        found.setdefault((finding.kind, path, finding.line, finding.column), finding)
        if len(found) >= FINDING_LIMIT:
            break
    return tuple(sorted(found.values(), key=lambda finding: (finding.file, finding.line, finding.column)))


Seen = tuple[str, str, ast.expr | ast.stmt, str]
"""Kind, what, the node, and where it stands."""


def _seen(files: Mapping[str, Parsed], looking: "_Looking") -> Iterator[tuple[str, Seen]]:
    """Yield what is seen, with its file; the cells of a notebook share their names."""
    modules: dict[str, list[str]] = {}
    for path in files:
        modules.setdefault(path.partition(".ipynb[")[0] if path.endswith("]") else path, []).append(path)
    for paths in modules.values():
        module = Globals()
        visits: list[tuple[str, Visit]] = []
        for path in paths:
            for visit in walk(files[path].text, files[path].tree, path, module, start=len(visits)):
                looking.learn(visit)
                visits.append((path, visit))
        consumed: set[int] = set()
        for path, visit in visits:
            yield from ((path, seen) for seen in looking.look(visit, consumed))


def _finding(path: str, seen: Seen) -> Finding:
    kind, what, node, where = seen
    return Finding(
        kind=kind,
        what=what[:NAME_LIMIT],
        file=path,
        line=node.lineno,
        column=node.col_offset + 1,
        where=where[:NAME_LIMIT],
    )


def _submitted(files: Iterable[str]) -> frozenset[str]:
    """Return the modules that are the student's own: those that were not there before."""
    tops = {PurePosixPath(path).with_suffix("").parts[0] for path in files}
    return frozenset(tops - sys.modules.keys())


@dataclass(frozen=True)
class _Looking:
    """What is looked for, and what is known of the submission as a whole.

    own      its modules
    holders  names that hold objects with a ``backward`` of its own
    """

    ban: Ban
    own: frozenset[str]
    holders: frozenset[str]

    def learn(self, visit: Visit) -> None:
        """Note what names a node binds."""
        scope, order = visit.scope, visit.order
        for name in names_bound(visit):
            scope.bind(name, order, None, weak=visit.weak)
        for name, meaning in imports(visit.node):
            if name == "*":
                scope.module.stars.append(meaning.removesuffix(".*"))
            else:
                scope.bind(name, order, None if self._is_own(meaning) else meaning)

    def look(self, visit: Visit, consumed: set[int]) -> Iterator[Seen]:
        """Yield what a node shows; ``consumed``: inner parts of dotted names, looked at with the whole."""
        node = visit.node
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in consumed:
            if isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Load):
                yield from self._use(node, visit, consumed)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from self._imports(node, visit)
        elif isinstance(node, ast.Call) and self.ban.autograd != ALLOW:
            yield from self._call(node, visit)

    def _is_own(self, meaning: str) -> bool:
        return meaning.startswith(".") or meaning.partition(".")[0] in self.own

    def _imports(self, node: ast.Import | ast.ImportFrom, visit: Visit) -> Iterator[Seen]:
        named = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            if node.level or not node.module:
                return
            named = [node.module, *(f"{node.module}.{name}" for name in named)]
        for name in named:
            for module in self.ban.modules:
                if _within(name, module) and not self._is_own(name):
                    yield "module", module, node, visit.where

    def _use(self, node: ast.Name | ast.Attribute, visit: Visit, consumed: set[int]) -> Iterator[Seen]:
        parts: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
            consumed.add(id(inner))
        if self.ban.autograd != ALLOW:
            for name in ATTRIBUTES.intersection(parts):
                yield "autograd", f".{name}", node, visit.where
        if isinstance(inner, ast.Name):
            for meaning in visit.scope.meanings(inner.id, visit.order):
                name = ".".join([meaning.name, *reversed(parts)])
                yield from (("name", ban, node, visit.where) for ban in self.ban.names if _within(name, ban))
                if meaning.imported and self.ban.autograd != ALLOW and _differentiates(name):
                    yield "autograd", name, node, visit.where

    def _call(self, node: ast.Call, visit: Visit) -> Iterator[Seen]:
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr == METHOD:
            if self._may_be_tensors(function.value, node, visit):
                yield "autograd", f".{METHOD}()", node, visit.where
        elif isinstance(function, ast.Name) and function.id == "getattr" and len(node.args) > 1:
            wanted = node.args[1]
            if isinstance(wanted, ast.Constant) and wanted.value in (METHOD, *ATTRIBUTES):
                yield "autograd", f'getattr "{wanted.value}"', node, visit.where

    def _may_be_tensors(self, receiver: ast.expr, call: ast.Call, visit: Visit) -> bool:
        """Say whether ``receiver.backward(…)`` may be a tensor's method rather than the student's own."""
        if any(keyword.arg in TORCHS_KEYWORDS for keyword in call.keywords):
            return True
        if isinstance(receiver, ast.Name) and _imported(receiver, visit):
            return False  # a module's function; torch's own are found by their names
        return not self.holders or not (call.args or last_name(receiver) in self.holders)


def _imported(receiver: ast.Name, visit: Visit) -> bool:
    return any(meaning.imported for meaning in visit.scope.meanings(receiver.id, visit.order))


def _differentiates(name: str) -> bool:
    if any(_within(name, harmless) for harmless in HARMLESS):
        return False
    return any(_within(name, forbidden) for forbidden in DIFFERENTIATE)


def _within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")
