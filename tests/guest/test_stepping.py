"""What looks like a derivative that is tried out numerically, and what only looks a little like it."""

import textwrap
from types import ModuleType

import numpy as np
import pytest
import torch

from worker.guest import stepping
from worker.guest.stepping import Stepping

HOME = "/submission/"

LOSS = """
def loss(y, y_hat):
    return ((y - y_hat) ** 2).mean()
"""

NET = """
class Net:
    def __init__(self):
        self.p = {"W": torch.randn(3, 2), "b": torch.zeros(1)}
        self.cache = {}

    def forward(self, x):
        self.cache["z"] = x @ self.p["W"] + self.p["b"]
        return self.cache["z"]
"""

# What is run, how often, and what it must be noticed as.
NUMERICAL = {
    "central differences of a tensor": (
        LOSS
        + """
def run(y, y_hat, h=1e-3):
    g = torch.zeros_like(y_hat)
    for i in range(len(y_hat)):
        e = torch.zeros_like(y_hat)
        e[i] = h
        g[i] = (loss(y, y_hat + e) - loss(y, y_hat - e)) / (2 * h)
    return g
""",
        1,
        "finite_differences",
    ),
    "forward differences of an array": (
        LOSS
        + """
def run(y, y_hat, h=1e-6):
    y, y_hat = y.double().numpy(), y_hat.double().numpy()
    return [(loss(y, y_hat + h * e) - loss(y, y_hat)) / h for e in np.eye(len(y_hat))]
""",
        1,
        "finite_differences",
    ),
    "a weight moved in place": (
        NET
        + """
def run(y, y_hat, h=1e-3):
    net = Net()
    for i in range(3):
        for sign in (1, -2, 1):
            net.p["W"][i, 0] += sign * h
            net.forward(torch.ones(4, 3))
""",
        1,
        "finite_differences",
    ),
    "a closure over what is moved": (
        """
def run(y, y_hat, h=1e-3):
    w = y_hat.clone()

    def value():
        return (w ** 2).sum()

    for i in range(len(w)):
        w[i] += h
        value()
        w[i] -= h
        value()
""",
        1,
        "finite_differences",
    ),
    "one number, at many points": (
        """
def sigmoid(z):
    return 1 / (1 + math.exp(-z))

def run(y, y_hat, h=1e-5):
    z = float(torch.randn(()))
    return (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)
""",
        5,
        "finite_differences",
    ),
    "a complex step": (
        """
def sigmoid(z):
    return 1 / (1 + cmath.exp(-z))

def run(y, y_hat):
    return sigmoid(0.5 + 1e-20j).imag / 1e-20
""",
        1,
        "complex_step",
    ),
}

RIGHT = {
    "a loop over samples": LOSS
    + """
def run(y, y_hat):
    return sum(loss(y[i], y_hat[i]) for i in range(len(y)))
""",
    "epochs of a small rate": NET
    + """
def run(y, y_hat):
    net = Net()
    for _ in range(40):
        net.forward(torch.ones(4, 3))
        net.p["W"] -= 1e-4 * torch.ones(3, 2)
        net.p["b"] -= 1e-4
""",
    "the same call again": LOSS
    + """
def run(y, y_hat):
    return [loss(y, y_hat) for _ in range(20)]
""",
    "a chain that settles": """
def sigmoid(z):
    return 1 / (1 + math.exp(-z))

def run(y, y_hat):
    x = 0.64
    for _ in range(5):
        x = sigmoid(x)
""",
    "small steps along a line": """
def curve(t):
    return t * t

def run(y, y_hat):
    return [curve(k * 0.001) for k in range(60)]
""",
    "numbers that count": """
def step(k):
    return k

def run(y, y_hat):
    return [step(1000 + k % 2) for k in range(60)]
""",
    "one row after the other of a small layer": """
def row(g, x):
    return g * x

def run(y, y_hat):
    return [row(float(each), y_hat) for each in (1.0, 0.0, 1.0, 0.0, 1.0, 0.0)]
""",
}


def noticed(source, times=1, watch=Stepping):
    module = ModuleType("submission")
    module.__dict__.update(torch=torch, np=np, math=__import__("math"), cmath=__import__("cmath"))
    exec(compile(textwrap.dedent(source), HOME + "mlp.py", "exec"), module.__dict__)
    stepped = watch(HOME)
    torch.manual_seed(3)
    for _ in range(times):
        with stepped.watch():
            module.run(torch.randn(5), torch.randn(5))
    return stepped.take()


@pytest.mark.parametrize("name", NUMERICAL)
def test_a_numerical_derivative_is_noticed_with_its_line(name):
    source, times, what = NUMERICAL[name]
    [found] = noticed(source, times)
    assert found.what == what
    assert found.lines[-1].file == "mlp.py"
    assert found.lines[-1].function.startswith("run")


@pytest.mark.parametrize("name", RIGHT)
def test_other_loops_are_not(name):
    assert noticed(RIGHT[name], times=20) == ()


def test_code_of_libraries_is_not_looked_at():
    source, times, _ = NUMERICAL["central differences of a tensor"]
    assert noticed(source, times, watch=lambda _: Stepping("/elsewhere/")) == ()


def test_what_it_can_not_look_into_disturbs_nobody():
    source = """
class Odd:
    __dict__ = property(lambda self: 1 / 0)
    __class__ = property(lambda self: 1 / 0)

def one(odd, other):
    return 1

def run(y, y_hat):
    odd, loop = Odd(), []
    loop.append(loop)
    return [one(odd, loop) for _ in range(9)]
"""
    assert noticed(source, times=3) == ()


def test_a_long_run_is_looked_at_no_longer_than_that():
    source = "def f(x):\n    return x\n\ndef run(y, y_hat):\n    for _ in range(30_000):\n        f(1.0)\n"
    module_events = stepping.EVENTS_LIMIT
    assert module_events < 30_000
    assert noticed(source) == ()
