"""Reads the source of tests and says which habits in it make a run fail by luck.

Everything here takes text and returns sentences, as tests/architecture.py does.
"""

import ast
from collections.abc import Iterator

# Owns what tests start and signal.
PROCESSES = "tests.processes"
# A module that imports one of these drives a browser.
BROWSERS = frozenset({"playwright.sync_api", "tests.web.browsing"})
# What a page shows at this moment, which may be the moment before it shows what it should.
READS = frozenset(
    "all_inner_texts all_text_contents content count get_attribute inner_html inner_text input_value "
    "is_checked is_disabled is_enabled is_hidden is_visible text_content title total".split()
)


def lapses(module: str, source: str) -> list[str]:
    """Return one sentence for each place where `source`, as the module called `module`, relies on luck."""
    tree = ast.parse(source)
    found = [*_processes(module, tree), *_signals(module, tree), *_reads(tree)]
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


def _reads(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """A click does not wait for the page that it leads to; what is asserted of it must."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    if not any(node.module in BROWSERS for node in imports):
        return
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Assert):
            yield from ((node.lineno, text) for node, text in map(_read, ast.walk(statement)) if text)


def _read(node: ast.AST) -> tuple[ast.expr, str]:
    """Say what is wrong with this part of an assertion, if it reads a page."""
    if isinstance(node, ast.Attribute) and node.attr == "url":
        return node, "asserts where a page is at this moment; use expect(page).to_have_url"
    name = ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
    # With an argument it is the method of another type: text.count("<g").
    own = isinstance(node, ast.Call) and (not node.args or name in {"get_attribute", "total"})
    if name in READS and own:
        return node, f"asserts what {name}() reads at this moment; use expect, which waits for it"
    return node, ""


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Yield the calls of a function, by its name or by the end of it after a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and f".{ast.unparse(node.func)}".endswith(f".{name}"):
            yield node
