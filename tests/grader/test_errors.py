import re

import pytest

from grader import errors

CLASSES = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_tree_is_drawn_with_exit_code_and_status(kind):
    [line] = [each for each in errors.__doc__.splitlines() if re.search(rf"\b{kind.__name__}\b", each)]
    assert f"exit {kind.exit_code} " in line
    assert f"HTTP {kind.http_status} " in line


def test_message_says_what_where_and_what_to_do():
    error = errors.AssignmentError("there is no title", where="a.toml", cure="Add one.")
    assert str(error) == "a.toml: there is no title\nAdd one."
    assert str(errors.UsageError("no")) == "no"


def test_families_have_distinct_exit_codes():
    families = [kind for kind in CLASSES if kind.__base__ in (errors.ChainruleError, Exception)]
    assert len({kind.exit_code for kind in families}) == len(families)
