"""Reads the source of tests and says which habits in it make a run fail by luck.

Everything here takes text and returns sentences, as tests/architecture.py does.
"""

import ast
from collections.abc import Iterator

# Owns what tests start and signal.
PROCESSES = "tests.processes"


def lapses(module: str, source: str) -> list[str]:
    """Return one sentence for each place where `source`, as the module called `module`, relies on luck."""
    tree = ast.parse(source)
    found = [*_processes(module, tree), *_signals(module, tree)]
    return [f"{module}: line {line} {text}" for line, text in found]


def _processes(module: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What a failed test leaves open makes another one fail."""
    if module == PROCESSES:
        return
    entered = {id(item.context_expr) for node in ast.walk(tree) for item in getattr(node, "items", ())}
    of_tests = module.split(".", maxsplit=1)[0] == "tests"
    for call in _calls(tree, "Popen"):
        if of_tests:
            yield call.lineno, f"starts a process that nobody ends when a test fails; see {PROCESSES}.started"
        elif id(call) not in entered:
            yield call.lineno, "starts a process outside a `with`, so its pipes may stay open"


def _signals(module: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Between the look at a process and its signal it may have ended."""
    if module == PROCESSES or module.split(".", maxsplit=1)[0] != "tests":
        return
    for call in _calls(tree, "os.kill"):
        yield call.lineno, f"signals what may have ended; see {PROCESSES}.tell"


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Yield the calls of a function, by its name or by the end of it after a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and f".{ast.unparse(node.func)}".endswith(f".{name}"):
            yield node
