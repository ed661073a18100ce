"""A submitted file after it was parsed: what is looked at, and what is imported.

Parsed, compiled and flattened once; everything that looks at a file shares this.
"""

import ast
import warnings
from dataclasses import dataclass
from types import CodeType


@dataclass(frozen=True)
class Parsed:
    """A file's text, its code, and every node of its tree, parents before children."""

    text: str
    code: CodeType
    nodes: tuple[ast.AST, ...]

    @property
    def tree(self) -> ast.AST:
        """The module's node."""
        return self.nodes[0]


def parse(text: str, file: str) -> Parsed:
    """Parse and compile a file, which runs nothing of it; ``file`` is what its code is reported under.

    Raises as ``compile`` does, also for `return` outside a function and its like.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text, file)
        code = compile(tree, file, "exec", dont_inherit=True)
    return Parsed(text, code, flatten(tree))


def flatten(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Return a node and all below it, parents before children."""
    nodes = [tree]
    for node in nodes:  # grows as it goes
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                nodes += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST):
                nodes.append(value)
    return tuple(nodes)
