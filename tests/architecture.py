"""Reads source text and says which rules of the layout it breaks (docs/design.md, Rooms).

Everything here takes text and returns sentences, so that the rules can be tried on made-up modules.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.layout import ALLOWED

OURS = frozenset({"grader", "worker", "reference", "hidden_tests", "benchmarks", "tests"})

# Modules that take values and return values.
PURE = frozenset(
    {
        "grader.model",
        "grader.arithmetic.scoring",
        "grader.feedback",
        "grader.arithmetic.deadlines",
        "grader.picture.graphs",
        "grader.picture.marked_svg",
        "grader.feedback.student_graph_svg",
        "grader.arithmetic.regrade_diff",
        "grader.arithmetic.text_diff",
        "grader.assignment.toml_edit",
        "grader.verifying.judging",
        "grader.verifying.proof_file",
        "grader.arithmetic.class_figures",
        "reference.tolerance",
        "reference.faults",
        "reference.diagnosis",
        "reference.tape",
        "reference.operations",
        "reference.programs",
    }
)
IO_MODULES = frozenset(
    "asyncio click ctypes fcntl fileinput glob http io logging mmap multiprocessing os pathlib pickle "
    "random rich select selectors shutil signal socket sqlite3 ssl subprocess tempfile threading time "
    "urllib".split()
)
# Of sys only what is asked of the interpreter (`sys.modules`, `sys.float_info`), not what talks to the world.
SYS_IO = frozenset({"argv", "exit", "path", "stderr", "stdin", "stdout"})
IO_CALLS = frozenset({"open", "print", "input", "exec", "eval", "breakpoint"})

# Who may import torch when the module itself is imported. The engine imports wire and sandbox and must
# start fast and fork safely, so there torch is confined to the modules that run beside it.
QUEUE_END = (
    "worker.engine",
    "worker.service.queued_grading",
    "worker.service.housekeeping",
    "worker.service.tasks",
    "worker.service.celery_app",
)
TORCH_FREE = ("grader", "worker.wire", "worker.sandbox", "worker.guest", *QUEUE_END)
TORCH_AT_IMPORT = frozenset(
    {
        "worker.wire.array",
        "worker.guest.zygote",
        "worker.guest.checkpoint",
        "worker.guest.session",
        "worker.guest.objects",
        "worker.sandbox.autograd_trap",
    }
)

# Only here is SQL; services and pages ask the store. The queue's file is a database of its own.
SQL_ROOMS = (
    "grader.database.db",
    "grader.database.postgres",
    "grader.database.tables",
    "grader.database.store",
    "grader.database.migrations",
    "grader.queue.sqlite_transport",
)
SQL_LIBRARIES = frozenset({"sqlalchemy", "alembic", "psycopg", "sqlite3"})

MAX_FILE_LINES = 350
MAX_FUNCTION_LINES = 50
VAGUE_NAMES = frozenset(
    {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "checker"}
)
CONTAINERS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
CONTAINER_CALLS = frozenset(
    {"list", "dict", "set", "defaultdict", "OrderedDict", "Counter", "deque", "bytearray"}
)
MUTATORS = frozenset(
    "append extend insert remove pop popitem clear update setdefault add discard sort reverse "
    "appendleft".split()
)


def violations(module: str, source: str) -> list[str]:
    """Return one sentence for each rule that `source`, as the module called `module`, breaks."""
    tree = ast.parse(source)
    found = [*_imports(module, tree), *_torch(module, tree), *_purity(module, tree)]
    found += [
        *_sql(module, tree),
        *_length(source, tree),
        *_state(tree),
        *_name(module),
        *_lines(module, tree),
    ]
    return [f"{module}: {text}" for text in found]


def module_name(path: Path, root: Path) -> str:
    """Return the dotted name of the file at `path` in the project at `root`."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


def room_of(name: str) -> str:
    """Return the room that a module of ours, or a name in one, belongs to."""
    return max((room for room in (*ALLOWED, *OURS) if _within(name, room)), key=len)


def targets(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything imported; relative imports keep their leading dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            yield from ((node.lineno, text) for text in _constant_strings(node))


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _constant_strings(node: ast.Call) -> list[str]:
    return [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]


def _imports(module: str, tree: ast.AST) -> Iterator[str]:
    room = room_of(module)
    allowed = ALLOWED.get(room, frozenset()) | {room}
    for line, target in targets(tree):
        if target.startswith("."):
            yield f"line {line} imports relatively; write the full name"
        elif target.split(".")[0] in OURS and not {room_of(target), target.split(".")[0]} & allowed:
            yield f"line {line} imports {target}, which {room} must not know"


def _torch(module: str, tree: ast.Module) -> Iterator[str]:
    if module in TORCH_AT_IMPORT or not any(_within(module, prefix) for prefix in TORCH_FREE):
        return
    never = any(_within(module, room) for room in ("grader", *QUEUE_END))
    for statement in tree.body:
        for line, target in targets(statement):
            at_import = not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
            if _within(target, "torch") and (never or at_import) and not _type_checking(statement):
                yield f"line {line} imports torch"


def _sql(module: str, tree: ast.AST) -> Iterator[str]:
    if any(_within(module, room) for room in SQL_ROOMS):
        return
    for line, target in targets(tree):
        if target.split(".")[0] in SQL_LIBRARIES:
            yield f"line {line} imports {target}, but queries belong to grader.database.store"


def _type_checking(statement: ast.stmt) -> bool:
    """Say whether the statement is `if TYPE_CHECKING:`, which never runs."""
    test = getattr(statement, "test", None)
    return isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(test)


def _purity(module: str, tree: ast.AST) -> Iterator[str]:
    if not any(_within(module, pure) for pure in PURE):
        return
    for line, target in targets(tree):
        if target.split(".")[0] in IO_MODULES:
            yield f"line {line} imports {target}, but this module takes values and returns values"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IO_CALLS:
            yield f"line {node.lineno} calls {node.func.id}(), but this module does no I/O"
        if isinstance(node, ast.Attribute) and node.attr in SYS_IO and ast.unparse(node.value) == "sys":
            yield f"line {node.lineno} uses sys.{node.attr}, but this module does no I/O"


def _length(source: str, tree: ast.AST) -> Iterator[str]:
    lines = source.count("\n")
    if lines > MAX_FILE_LINES:
        yield f"has {lines} lines, more than {MAX_FILE_LINES}"
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = _own_lines(node)
        if lines > MAX_FUNCTION_LINES:
            yield f"line {node.lineno}: {node.name} has {lines} lines, more than {MAX_FUNCTION_LINES}"


def _lines(module: str, tree: ast.AST) -> Iterator[str]:
    """What people and programs call a line ends at a line feed; a text of theirs may hold all the rest."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr == "splitlines"
            and not _within(module, "hidden_tests")
        ):
            yield f"line {node.lineno} uses splitlines, which ends lines not only at a line feed: split there"


def _own_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the length of a function without the functions defined in it, which count for themselves."""
    inner = [node for node in function.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return _span(function) - sum(_span(node) for node in inner)


def _span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _name(module: str) -> Iterator[str]:
    last = module.rsplit(".", 1)[-1]
    if last in VAGUE_NAMES:
        yield f"is called {last}, which says nothing about what is in it"


def _state(tree: ast.Module) -> Iterator[str]:
    """Containers at module level are tables: named in capitals and never written to."""
    tables = set()
    for name, line in _module_containers(tree):
        tables.add(name)
        if name.upper() != name and not name.startswith("__"):
            yield f"line {line}: {name} is a mutable container at module level"
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield f"line {node.lineno} declares global {', '.join(node.names)}"
        name = _written_name(node)
        if name in tables and not _is_module_statement(tree, node):
            yield f"line {getattr(node, 'lineno', 0)} writes to the module's {name}"


def _module_containers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        else:
            continue
        if isinstance(value, CONTAINERS) or (
            isinstance(value, ast.Call) and _called(value) in CONTAINER_CALLS
        ):
            yield from ((t.id, statement.lineno) for t in targets if isinstance(t, ast.Name))


def _written_name(node: ast.AST) -> str | None:
    """Return the name whose object this node changes in place, if it does."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        owner: ast.AST = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
        owner = node.func.value
    elif isinstance(node, ast.AugAssign):
        owner = node.target
    else:
        return None
    return owner.id if isinstance(owner, ast.Name) else None


def _is_module_statement(tree: ast.Module, node: ast.AST) -> bool:
    """Building a table in several statements at module level is still building it."""
    return any(node is part for s in tree.body if not _defines(s) for part in ast.walk(s))


def _defines(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
