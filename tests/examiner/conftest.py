from contextlib import ExitStack

import pytest

from tests.examiner.keeper_double import keeper_for
from worker.examiner.link import Link, LinkLimits
from worker.examiner.space import Policy, Space

SAMPLE = """
import torch, time, os, sys
import numpy as np

CONSTANT = 3

class MLP:
    def __init__(self, n_in, n_hidden, f, n_hidden2, n_out, g):
        self.f_function = f
        self.parameters = dict(W1=torch.randn(n_hidden, n_in), b1=torch.randn(n_hidden),
                               W2=torch.randn(n_out, n_hidden2), b2=torch.randn(n_out))
        self.grads = dict(dJdW1=torch.zeros(n_hidden, n_in), dJdb1=torch.zeros(n_hidden),
                          dJdW2=torch.zeros(n_out, n_hidden2), dJdb2=torch.zeros(n_out))
        self.cache = {}
        self.log = []

    def forward(self, x):
        act = dict(relu=torch.relu, sigmoid=torch.sigmoid, identity=lambda v: v)
        p = self.parameters
        z1 = x @ p["W1"].T + p["b1"]
        self.cache["x"] = x
        self.cache["z1"] = z1
        return act[self.f_function](z1) @ p["W2"].T + p["b2"]

    def spoil(self, x):
        x += 1

    def nudge(self):
        self.parameters["W1"][0, 0] = 42.0

    def clear_grad_and_cache(self):
        for grad in self.grads.values():
            grad.zero_()
        self.cache = dict()

def mse_loss(y, y_hat):
    d = y_hat - y
    return (d * d).mean(), 2 * d / d.numel()

def echo(value):
    return value

def same(a, b):
    return a is b

def broken():
    raise ValueError("on purpose")

def loop():
    while True:
        pass

def flood():
    while True:
        print("x" * 1000)

def die(code):
    os._exit(code)

def leave():
    sys.exit(3)

def speak(text):
    print(text)

def endless():
    while True:
        yield 1

class Hostile:
    def __getattr__(self, name):
        raise RuntimeError(name)
    def __eq__(self, other):
        raise SystemExit
    __hash__ = None
    def __len__(self):
        return -5

def hostile():
    return Hostile()
"""


@pytest.fixture
def connect():
    """Return a function that gives link and space for a submission's source."""
    with ExitStack() as stack:

        def make(source=SAMPLE, policy=Policy.COPIES, **limits):
            link = Link(stack.enter_context(keeper_for(source)), LinkLimits(**limits))
            stack.callback(link.close)
            link.open()
            return link, Space(link, policy)

        yield make


@pytest.fixture
def mlp(connect):
    return connect()[1].module


@pytest.fixture
def aliased(connect):
    return connect(policy=Policy.ALIASES)[1].module
