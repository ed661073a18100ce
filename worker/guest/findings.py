"""What the parsed source shows of forbidden things, with line and column.

For messages and for people who review: the trap at run time is what holds. The text is parsed, so
comments and strings don't count; what stands under ``if __name__ == "__main__"`` never runs and
doesn't count either; an import that is not used doesn't count for autograd.

A student's own method called ``backward`` is the homework. So ``x.backward(…)`` is autograd when no
submitted class has such a method; when one has, unless ``x`` is self, an instance of such a class, or
the call passes a gradient by position, as one's own method takes it and ``loss.backward()`` does not.
"""

import ast
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from worker.guest.parsed import Parsed, flatten
from worker.wire.message import Ban, Finding

FINDING_LIMIT = 200
ALLOW = "allow"

# Functions that differentiate or switch recording on. A name covers all below it.
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
    "torch.enable_grad",
    "torch._C",
    "functorch",
    "autograd",
    "jax",
)
# Old hand-ins wrap tensors in it; by itself it differentiates nothing.
HARMLESS = ("torch.autograd.Variable", "torch.autograd.no_grad", "torch.autograd.set_grad_enabled")
RECORDING_ATTRIBUTES = frozenset({"requires_grad_", "grad_fn", "register_hook", "retain_grad"})
# A file without any of these shows nothing: a finding of autograd takes the second or last part of a name
# above, an attribute that records, or a method ``backward``, which may stand behind a comment.
_WORDS = RECORDING_ATTRIBUTES | {"requires_grad", "enable_grad", "getattr"}
_WORDS |= {name.split(".")[:2][-1] for name in DIFFERENTIATE} - {"Tensor"}
_AUTOGRAD = re.compile(rf"\b(?:{'|'.join(sorted(_WORDS))})\b|\.(?:[\s\\]|#.*)*backward\b")
BACKWARD_KEYWORDS = frozenset({"gradient", "retain_graph", "create_graph", "inputs"})


def mentions(text: str, ban: Ban) -> bool:
    """Return whether a file has a word without which it can't show anything that is forbidden."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)  # as Python reads names
    named = (name.rpartition(".")[2] for name in (*ban.modules, *ban.names))
    return any(name in plain for name in named) or (ban.autograd != ALLOW and bool(_AUTOGRAD.search(plain)))


def find(files: Mapping[str, Parsed], ban: Ban) -> tuple[Finding, ...]:
    """Return what the files (by path) show of what ``ban`` forbids, in order."""
    if not any(mentions(file.text, ban) for file in files.values()):
        return ()
    own = _classes_with_backward(files.values())
    found: dict[tuple[str, str, int, int], Finding] = {}
    for path, file in files.items():
        seen = tuple(_File(file, ban, own).findings())
        where = _places(file.tree) if seen else {}
        for kind, what, node in seen:
            finding = Finding(
                kind=kind,
                what=what,
                file=path,
                line=node.lineno,
                column=node.col_offset + 1,
                where=where.get(id(node), ""),
            )
            found.setdefault((kind, path, node.lineno, node.col_offset), finding)
            if len(found) >= FINDING_LIMIT:
                break
    return tuple(sorted(found.values(), key=lambda finding: (finding.file, finding.line, finding.column)))


Seen = tuple[str, str, ast.expr | ast.stmt]


@dataclass
class _File:
    """One file: what its names mean, and what is seen in it."""

    file: Parsed
    ban: Ban
    own: frozenset[str]
    names: dict[str, str] = field(default_factory=dict)
    instances: set[str] = field(default_factory=set)

    def findings(self) -> Iterator[Seen]:
        nodes = _live(self.file)
        for node in nodes:
            if isinstance(node, ast.Import | ast.ImportFrom | ast.Assign):
                self._learn(node)
        inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
        for node in nodes:
            if isinstance(node, ast.Name | ast.Attribute):
                if id(node) not in inner:
                    yield from self._use(node)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                yield from self._imports(node)
            if self.ban.autograd != ALLOW and isinstance(node, ast.Call | ast.Assign | ast.Attribute):
                yield from self._autograd(node)

    def _learn(self, node: ast.AST) -> None:
        """Note what imports bind, and which names hold instances of the student's own classes."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.names[alias.asname or _top(alias.name)] = (
                    alias.name if alias.asname else _top(alias.name)
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                self.names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Assign) and self._makes_own(node.value):
            self.instances |= {_last(target) for target in node.targets}

    def _makes_own(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and _last(value.func) in self.own

    def _imports(self, node: ast.Import | ast.ImportFrom) -> Iterator[Seen]:
        named = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            if node.level or not node.module:
                return
            named = [node.module, *(f"{node.module}.{name}" for name in named)]
        for name in named:
            for module in self.ban.modules:
                if _within(name, module):
                    yield "module", module, node

    def _use(self, node: ast.Name | ast.Attribute) -> Iterator[Seen]:
        name = self._meaning(node)
        if name is None:
            return
        for banned in self.ban.names:
            if _within(name, banned):
                yield "name", banned, node
        if self.ban.autograd == ALLOW or any(_within(name, harmless) for harmless in HARMLESS):
            return
        if name != _top(name) or name in self.names.values():
            for forbidden in DIFFERENTIATE:
                if _within(name, forbidden) and self._imported(node):
                    yield "autograd", name, node

    def _imported(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self.names

    def _meaning(self, node: ast.expr) -> str | None:
        """Return the dotted name that an expression stands for, through the imports."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        return ".".join([self.names.get(node.id, node.id), *reversed(parts)])

    def _autograd(self, node: ast.AST) -> Iterator[Seen]:
        if isinstance(node, ast.Call):
            yield from self._call(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                switches = isinstance(target, ast.Attribute) and target.attr == "requires_grad"
                if switches and not _is_false(node.value):
                    yield "autograd", "requires_grad", target
        elif isinstance(node, ast.Attribute) and node.attr in RECORDING_ATTRIBUTES - {"requires_grad_"}:
            yield "autograd", f".{node.attr}", node

    def _call(self, node: ast.Call) -> Iterator[Seen]:
        for keyword in node.keywords:
            if keyword.arg == "requires_grad" and not _is_false(keyword.value):
                yield "autograd", "requires_grad", node
        function = node.func
        if isinstance(function, ast.Attribute):
            if function.attr == "backward" and self._is_tensors(function.value, node):
                yield "autograd", ".backward()", node
            if function.attr == "requires_grad_" and not (node.args and _is_false(node.args[0])):
                yield "autograd", ".requires_grad_()", node
        elif isinstance(function, ast.Name) and function.id == "getattr" and len(node.args) > 1:
            wanted = node.args[1]
            if isinstance(wanted, ast.Constant) and wanted.value in ("backward", *RECORDING_ATTRIBUTES):
                yield "autograd", f'getattr "{wanted.value}"', node

    def _is_tensors(self, receiver: ast.expr, call: ast.Call) -> bool:
        """Say whether ``receiver.backward(…)`` is a tensor's method rather than the student's own."""
        if any(keyword.arg in BACKWARD_KEYWORDS for keyword in call.keywords):
            return True
        if isinstance(receiver, ast.Name) and receiver.id in self.names:
            return False  # a module's function; torch's own are found by their names
        if not self.own:
            return True
        if isinstance(receiver, ast.Call) and _last(receiver.func) in {*self.own, "super"}:
            return False
        if isinstance(receiver, ast.Name) and receiver.id in {"self", "cls"} | self.own:
            return False
        return not (_last(receiver) in self.instances or call.args)


def _live(file: Parsed) -> Sequence[ast.AST]:
    """Return every node but those under ``if __name__ == "__main__"``."""
    asking = [node for node in file.nodes if isinstance(node, ast.If) and _asks_for_main(node.test)]
    dead = {id(node) for found in asking for statement in found.body for node in flatten(statement)}
    return [node for node in file.nodes if id(node) not in dead] if dead else file.nodes


def _places(tree: ast.AST) -> dict[int, str]:
    """Return for every node inside a function or class the qualified name of the innermost one."""
    places: dict[int, str] = {}
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, around = waiting.pop()
        if around:
            places[id(node)] = around
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            around = f"{around}.{node.name}" if around else node.name
        waiting += [(child, around) for child in ast.iter_child_nodes(node)]
    return places


def _asks_for_main(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = (test.left, test.comparators[0])
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    values = {side.value for side in sides if isinstance(side, ast.Constant)}
    return names == {"__name__"} and values == {"__main__"}


def _classes_with_backward(files: Iterable[Parsed]) -> frozenset[str]:
    """Return the submitted classes that define or inherit a method called backward."""
    classes = [node for file in files for node in file.nodes if isinstance(node, ast.ClassDef)]
    own = {
        node.name
        for node in classes
        if any(isinstance(item, ast.FunctionDef) and item.name == "backward" for item in node.body)
    }
    while True:
        heirs = {node.name for node in classes if any(_last(base) in own for base in node.bases)}
        if heirs <= own:
            return frozenset(own)
        own |= heirs


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _last(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def _top(name: str) -> str:
    return name.partition(".")[0]


def _within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
