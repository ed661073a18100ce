"""Words of a dialect that nobody outside this project speaks, and where people would read them.

Each place gives its texts as people see them; keys of JSON, values in the database and names in code are not
among them. A text that has to keep a word is in ``KEPT``, with the reason.
"""

import ast
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.feedback.picture import WORDS
from grader.model import VERDICTS
from tests import messages

ROOT = Path(__file__).resolve().parents[1]
_RESULT = "(right|wrong)"
_IS = "(is|are|was|were|be|been|all|everything|looks?|counts? as)"
_VERDICT = "correct, incorrect"
_JUDGED = (
    "answers?|derivatives?|entr(y|ies)|forms?|functions?|gradients?|lines?|numbers?|ones?|products?|results?"
    "|samples?|solutions?|steps?|submissions?|values?"
)
# What is not said, and what is said instead.
INSTEAD: Mapping[str, str] = {
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\bhand(s|ed|ing)?[- ]ins?\b": "submit, submission",
    r"\banother look\b": "regrade request",
    r"(?<!\bthere )\bis no (?!longer\b|more than\b|less than\b)": "is not a",
    r"\bnone of the list\b|\bone of the list\b": "one from the list",
    r"\bnothing is to be done\b": "no action needed",
    r"\bdo(es)? not hold\b": "is not valid",
    r"\bwhatever it does\b": "say what can happen",
    r"\bwhich of each\b": "how each part",
    r"\b(live|offered|taken) no more\b": "no longer",
    r"\bjudge[sd]? by a person\b|\bwaits? for a person\b": "graded by hand, not graded yet",
    r"\banew\b": "again",
    r"\bis otherwise\b|\bare otherwise\b|\bis called otherwise\b": "differs",
    r"\bkept of (you|it)\b": "your data",
    r"\b(one )?a line each\b|\bone a line\b": "one per line",
    r"\bto be judged\b": "not graded yet",
    # What is said of a result. Something can still be in the wrong place, go wrong, or be to the right.
    rf"(?<!what )\b{_IS} {_RESULT}\b(?! (with|now|way)\b)": _VERDICT,
    rf"\b{_RESULT} ({_JUDGED})\b": _VERDICT,
    rf"\b{_RESULT} (and|or) {_RESULT}\b|\bof (them|\d+) {_RESULT}\b": _VERDICT,
    rf"^\W*{_RESULT}(\W*$|[,.:;*]| (and|for|given|here|in|only|under|where|wherever|with)\b)": _VERDICT,
    rf"[✓✕] {_RESULT}\b|\*\*{_RESULT}\*\*": _VERDICT,
}
_DIALECT = re.compile("|".join(f"(?:{each})" for each in INSTEAD), re.IGNORECASE)
# Text → why it stays. This list only gets shorter.
KEPT: Mapping[str, str] = {}


@dataclass(frozen=True)
class Place:
    """Texts that people read: where each is, and what it says."""

    name: str
    texts: Callable[[], Iterable[tuple[str, str]]]


def found(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Return the texts that are not plain, each with where it is and the words."""
    return [
        f"{where}: “{match[0]}” in “{' '.join(text.split())[:90]}”"
        for where, text in texts
        if text not in KEPT and (match := _DIALECT.search(text))
    ]


def pages() -> Iterator[tuple[str, str]]:
    """Texts of pages, and of what they are told by the services."""
    for each in messages.catalogue():
        for text in each.id if isinstance(each.id, tuple) else (each.id,):
            yield (each.locations or [("", 0)])[0][0], text


def scripts() -> Iterator[tuple[str, str]]:
    """What scripts of ours say."""
    for path in sorted((ROOT / "grader/web/static").glob("*.js")):
        if ".min." not in path.name:
            yield from ((path.name, text) for text in _quoted(path.read_text()))


def verdicts() -> Iterator[tuple[str, str]]:
    """What is said of results in one or two words."""
    yield from ((each.value, look.word) for each, look in VERDICTS.items())
    yield from ((each.value, word) for each, word in WORDS.items())


def literals(*rooms: str) -> Callable[[], Iterator[tuple[str, str]]]:
    """Return a reader of the texts in code: strings with a space, and the help of commands."""

    def read() -> Iterator[tuple[str, str]]:
        for path in sorted(file for room in rooms for file in _modules(ROOT / room)):
            where = str(path.relative_to(ROOT))
            yield from ((f"{where}:{line}", text) for line, text in said(ast.parse(path.read_text())))

    return read


def documents(*names: str) -> Callable[[], Iterator[tuple[str, str]]]:
    """Return a reader of pages in Markdown, line by line, without code."""

    def read() -> Iterator[tuple[str, str]]:
        for path in sorted(file for name in names for file in ROOT.glob(name)):
            text = re.sub(r"```.*?```", lambda code: "\n" * code[0].count("\n"), path.read_text(), flags=re.S)
            for number, line in enumerate(text.split("\n"), 1):
                yield f"{path.relative_to(ROOT)}:{number}", re.sub(r"`[^`]*`", "", line)

    return read


def reasons(*names: str) -> Callable[[], Iterator[tuple[str, str]]]:
    """Return a reader of why a sample is there, or a mistake: what lists in TOML say of each."""

    def read() -> Iterator[tuple[str, str]]:
        for path in sorted(file for name in names for file in ROOT.glob(name)):
            where = str(path.relative_to(ROOT))
            yield from ((where, text) for text in _whys(tomllib.loads(path.read_text())))

    return read


def _whys(table: dict[str, Any]) -> Iterator[str]:
    """Yield each ``why`` of a table and of the lists of tables in it."""
    if "why" in table:
        yield table["why"]
    rows = [row for each in table.values() if isinstance(each, list) for row in each if isinstance(row, dict)]
    yield from (text for row in rows for text in _whys(row))


def _modules(path: Path) -> Iterator[Path]:
    return iter([path]) if path.is_file() else path.rglob("*.py")


def _quoted(script: str) -> list[str]:
    code = re.sub(r"/\*.*?\*/|^\s*//.*$", "", script, flags=re.S | re.M)
    return [text for _, text in re.findall(r"([\"'`])(.*?)\1", code) if " " in text]


def said(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the strings of a module that people read, each with its line."""
    silent = {id(each) for each in _documentation(tree)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in silent:
            continue
        if isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


def _documentation(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield docstrings, but for those that click shows as a command's help."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) or not node.body:
            continue
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and not _is_command(node):
            yield first.value


def _is_command(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any(re.search(r"\b(command|group)\b", ast.unparse(each)) for each in decorators)


# Where people read, and where the words above are refused.
PLACES = (
    Place("pages", pages),
    Place("scripts", scripts),
    Place("verdicts", verdicts),
    Place("code", literals("grader", "worker", "reference")),
    # The changelog of earlier versions stays as it was written.
    Place(
        "documentation",
        documents("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md", "docs/decisions/*.md"),
    ),
    Place("handouts", documents("hidden_tests/*/text.md", "hidden_tests/*/handout/*.md")),
    Place("samples", reasons("hidden_tests/*/**/*.toml")),
)
