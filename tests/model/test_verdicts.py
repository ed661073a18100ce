import ast

import pytest

from grader.model import VERDICTS, Verdict
from tests.rooms import modules

HALF = len(Verdict) // 2
TABLES = {
    "a dict": "SIGNS = {" + "".join(f"Verdict.{verdict.name}: '!', " for verdict in Verdict) + "}",
    "a tuple": "ORDER = (" + "".join(f"Verdict.{verdict.name}, " for verdict in Verdict) + ")",
    "one made of all": "WORDS = {each: each.value for each in Verdict}",
}


def rivals(source):
    """Return the lines of tables that have a row for most verdicts."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if _is_table(node)]


def _is_table(node):
    if isinstance(node, ast.DictComp):
        loop = node.generators[0]
        return (ast.unparse(loop.iter), ast.unparse(node.key)) == ("Verdict", ast.unparse(loop.target))
    rows = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", ())
    return sum(row is not None and ast.unparse(row).startswith("Verdict.") for row in rows) > HALF


@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_verdict_has_a_sign_a_word_and_a_colour(verdict):
    look = VERDICTS[verdict]
    assert look.sign
    assert look.word
    assert look.colour


def test_no_two_verdicts_are_equally_grave_or_called_the_same():
    assert len({look.gravity for look in VERDICTS.values()}) == len(Verdict)
    assert len({look.word for look in VERDICTS.values()}) == len(Verdict)


def test_verdicts_stand_in_one_table():
    found = {module.name: rivals(module.source) for module in modules("grader", "worker", "benchmarks")}
    assert [name for name, lines in found.items() if lines] == ["grader.model.verdict_table"]


@pytest.mark.parametrize("source", TABLES.values(), ids=TABLES)
def test_second_table_would_be_seen(source):
    assert rivals(source) == [1]
