"""A submitted file after it was compiled: what is imported, and what is looked at.

Its tree is built only when somebody looks: most files mention nothing that would make one look.
"""

import ast
import warnings
from dataclasses import dataclass
from functools import cached_property
from types import CodeType

from worker.guest import newer


@dataclass(frozen=True)
class Parsed:
    """A file's text and its code."""

    text: str
    code: CodeType

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of its tree, parents before children.

        Raises RecursionError or MemoryError for trees that are too deep.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return flatten(ast.parse(self.text))

    @property
    def tree(self) -> ast.AST:
        """The module's node."""
        return self.nodes[0]


def parse(text: str, file: str, flags: int = 0) -> Parsed:
    """Compile a file, which runs nothing of it; ``file`` is what its code is reported under.

    flags  as ``compile`` takes them
    Raises as ``compile`` does; where a newer Python reads it, the message says so.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Parsed(text, compile(text, file, "exec", flags=flags, dont_inherit=True))
        except SyntaxError as error:
            raise newer.explained(error, text) from None


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
