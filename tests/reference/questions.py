"""Questions as the hidden tests of the two-layer net ask them, and answers with known mistakes in them."""

from functools import cache
from itertools import product

import torch

from reference import draws
from reference.diagnosis.matching import Evidence, together
from reference.programs import Loss, TwoLayer

PAIRS = tuple(product(("relu", "sigmoid", "identity"), repeat=2))
SINGLE_OUTPUT = (("relu", "identity"), ("sigmoid", "relu"), ("identity", "sigmoid"))
KINDS = ("two_layer.forward", "two_layer.backward", "mse", "bce")


class Rng:
    """A generator of the test's own."""

    def __init__(self, seed):
        self.torch = torch.Generator()
        self.torch.manual_seed(seed)


class Remembered:
    """A program that calculates nothing twice, for tests that ask the same questions of many people."""

    def __init__(self, program):
        self._program = program
        self._known = {}
        self.names = program.names

    def __getattr__(self, name):
        return getattr(self._program, name)

    def answers(self, faults):
        key = frozenset(faults.items())
        if key not in self._known:
            self._known[key] = self._calculated(faults)
        if isinstance(self._known[key], RuntimeError):
            raise self._known[key]
        return self._known[key]

    def _calculated(self, faults):
        try:
            return self._program.answers(faults)
        except RuntimeError as error:
            return error


def remembered(asked):
    """Return the same questions, which calculate nothing twice."""
    known = {id(program): Remembered(program) for program, _ in asked}
    return [(known[id(program)], earlier and known[id(earlier)]) for program, earlier in asked]


def questions(kind, seed):
    """Return the questions of one function with, for each, the question before it on the same net."""
    rng = Rng(seed)
    if kind in ("mse", "bce"):
        return [(loss, None) for loss in _losses(rng, kind)]
    return [pair for f, g in PAIRS for pair in _nets(rng, f, g, kind == "two_layer.backward")]


def evidence(asked, hypotheses):
    """Return what somebody with these mistakes answers, in float32; None where that can't be calculated."""
    found = []
    for program, earlier in asked:
        faults = together(program, hypotheses)
        if faults is None:
            return None
        answers = {name: value.float().double() for name, value in program.answers(faults).items()}
        found.append(Evidence(program, answers, earlier))
    return found


@cache
def hypotheses(kind):
    """Return the mistakes that can be made in this function."""
    return questions(kind, 0)[0][0].hypotheses


def _losses(rng, kind):
    first, second, third, fourth = draws.sizes(rng)
    for shape in ((first, second), (third, fourth), (1, third), (fourth, 1)):
        if kind == "mse":
            yield Loss(kind, draws.normal(rng, *shape), draws.normal(rng, *shape))
        else:
            yield Loss(kind, draws.labels(rng, *shape), draws.probabilities(rng, *shape))
    if kind == "bce":
        near = torch.tensor([[1e-4, 1e-4, 1 - 1e-4], [1 - 1e-4, 1e-4, 1e-4]])
        yield Loss(kind, torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]), near)


def _nets(rng, f, g, backward):
    batch, in1, out1, out2 = draws.sizes(rng)
    for width in (out2, 1) if (f, g) in SINGLE_OUTPUT else (out2,):
        drawn = draws.network(rng, in1, out1, width, batch=batch + 1, f=f)
        earlier = None
        for x in (drawn.x[:batch], drawn.x[batch:]) if width > 1 else (drawn.x[:batch],):
            upstream = draws.upstream(rng, drawn.parameters, x, f, g)[0] if backward else None
            program = TwoLayer(drawn.parameters, x, f, g, upstream)
            yield program, earlier
            earlier = program if backward else None
