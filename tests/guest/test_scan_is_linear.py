"""The scan of the largest source does work in proportion to its length: calls are counted, never seconds."""

import sys

import pytest

from worker.guest.findings import find
from worker.guest.parsed import parse
from worker.guest.source import decode
from worker.wire.message import Ban

BAN = Ban(autograd="forbid", modules=("sklearn", "torch.optim"), names=("eval", "torch.nn.MSELoss"))
SMALL, LARGE = 3 * 1024, 12 * 1024
# Twice the length may cost a little more than twice: a constant part that both have counts the other way.
SLACK = 1.2
OWN = "class A:\n def backward(self): pass\n"


def fill(unit, size, head="", tail=""):
    """Return a text of about this size: ``unit`` again and again, between head and tail."""
    return head + unit * ((size - len(head) - len(tail)) // len(unit)) + tail


def numbered(line, size, head="", tail=""):
    """Return a text of about this size of lines that each have a number of their own."""
    lines = (line.format(n=n, next=n + 1) for n in range(size // len(line)))
    return head + "\n".join(lines) + "\n" + tail


# By size: texts that once made a scan do too much, and others that might.
TEXTS = {
    "a banner": lambda size: fill("#", size, "# Homework 1.\n", "\nx.backward()\n"),
    "a banner behind a stop": lambda size: fill("#", size, "x = (y.", "\nbackward)\n"),
    "many banners": lambda size: fill("# .\n" + "#" * 76 + "\n", size, "", "loss.backward()\n"),
    "stops": lambda size: fill(" . #\n", size, '"""', '"""\nloss.backward()\n'),
    "backslashes": lambda size: fill("\\\n", size, "x = y.", "backward\n"),
    "spaces": lambda size: fill(" ", size, "x = y.", "backward()\n"),
    "empty comments": lambda size: fill("#\n", size, "x = (y.", "backward())\n"),
    "strings": lambda size: fill("'backward'\n", size, "getattr(x, 'backward')\n"),
    "uses": lambda size: fill("x = grad\n", size, "from torch.autograd import grad\n"),
    "calls": lambda size: fill("loss.backward(1)\n", size, OWN),
    "imports": lambda size: numbered("import torch.nn as t{n}", size, "", "t0.autograd\n"),
    "imports of one name": lambda size: fill("import torch as t\nt.nn\n", size, "import jax\njax.grad\n"),
    "stars": lambda size: fill(
        "from torch import nn, fft\n", size, "from torch import *\n", "grad_fn.grad_fn\n"
    ),
    "names": lambda size: numbered("v{n} = autograd", size, "from torch import autograd\n"),
    "bindings of one name": lambda size: fill("a = a\n", size, "", "a.grad_fn\n"),
    "functions": lambda size: numbered("def f{n}(): return f{next} if g.grad_fn else h{n}", size),
    "classes that inherit": lambda size: numbered(
        "class C{next}(C{n}): pass", size, OWN + "C0 = A\n", "C9.backward()"
    ),
    "classes that inherit, the other way": lambda size: numbered(
        "class C{n}(C{next}): pass", size, "", f"{OWN}class C{size // 26}(A): pass\nC0().backward()"
    ),
    "assignments to many names": lambda size: fill("a = ", size, OWN, "A()\na.backward()"),
    "methods": lambda size: numbered(" def m{n}(self): return self.m{next}.backward()", size, OWN),
    "names in a class": lambda size: numbered(" v{n} = v{next}.grad_fn if 0 else v{n}", size, "class A:\n"),
    "lambdas": lambda size: fill("lambda y: y.grad_fnx, ", size, "x = [", "x.grad_fn]"),
    "comprehensions": lambda size: fill("[y for y in y], ", size, "x = [", "x.grad_fn]"),
    "arguments": lambda size: fill("g.backward(1), ", size, OWN + "f(", "1)"),
    "blocks under main": lambda size: fill("if __name__ == '__main__':\n pass\n", size, "", "x.grad_fn\n"),
}


def work(text):
    """Return how many functions were entered, Python's and built in, to scan a source."""
    count = 0

    def counted(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    parsed = parse(decode(text.encode()), "mlp.py")
    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        find({"mlp.py": parsed}, BAN)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", TEXTS)
def test_twice_the_source_is_at_most_twice_the_work(name):
    assert work(TEXTS[name](LARGE)) <= SLACK * LARGE / SMALL * work(TEXTS[name](SMALL))
