"""No regular expression of ours takes exponential time: one repeat within another gives nothing back.

Matching can only explode where a repeat without a bound stands within another one that may try its parts in
other lengths. A possessive repeat (``*+``) doesn't; neither does one with a bound.
"""

import importlib
import pkgutil
import re
import re._constants as codes
import re._parser as parser
from collections.abc import Iterator

import pytest

import grader
import worker

REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)
BOUND = 200
# Reads names of functions in libraries and lines of /proc; nobody else writes them.
OURS = ("worker.sandbox.machine_code",)


def patterns() -> Iterator[tuple[str, re.Pattern]]:
    """Yield every pattern that a module of ours holds, in tables and values of them too."""
    for room in (grader, worker):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if module.name.endswith("__main__") or module.name.startswith(
                ("grader.database.migrations", *OURS)
            ):
                continue
            for name, value in vars(importlib.import_module(module.name)).items():
                yield from ((f"{module.name}.{name}", each) for each in held(value, depth=3))


def held(value, depth):
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        yield from (each for one in value.values() for each in held(one, depth - 1))
    elif depth and isinstance(value, tuple | list | set | frozenset):
        yield from (each for one in value for each in held(one, depth - 1))
    elif depth and type(value).__module__.startswith(("grader.", "worker.")) and hasattr(value, "__dict__"):
        yield from held(vars(value), depth - 1)


def explodes(pattern, within=False):
    """Return whether a repeat that gives back stands within another one."""
    for operation, argument in pattern:
        if operation in REPEATS:
            _, most, body = argument
            repeats = most > BOUND
            if (repeats and within) or explodes(body, within or repeats):
                return True
        elif any(explodes(part, within) for part in parts(operation, argument)):
            return True
    return False


def parts(operation, argument):
    """Return the patterns within one; of a possessive repeat too, which only itself gives nothing back."""
    match operation:
        case codes.SUBPATTERN:
            return [argument[-1]]
        case codes.BRANCH:
            return argument[1]
        case codes.ATOMIC_GROUP:
            return [argument]
        case codes.POSSESSIVE_REPEAT:
            return [argument[2]]
        case codes.ASSERT | codes.ASSERT_NOT:
            return [argument[1]]
    return []


def test_no_pattern_has_a_repeat_within_a_repeat():
    found = {place: each.pattern for place, each in patterns()}
    assert len(found) > 10
    bad = {place: text for place, text in found.items() if explodes(parser.parse(text))}
    assert bad == {}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\.(?:[\s\\]|#.*)*backward", True),
        (r"(a+)+b", True),
        (r"(?:a*?b)*", True),
        (r"(?:a{3,}|b)+", True),
        (r"(?:a++b)*", False),
        (r"(?:a{1,9}b)*", False),
        (r"a*b*", False),
    ],
)
def test_the_rule_tells_them_apart(pattern, expected):
    assert explodes(parser.parse(pattern)) is expected
