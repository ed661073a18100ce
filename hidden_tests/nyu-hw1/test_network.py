"""Hidden tests of class MLP: nine pairs of activations, forward and backward.

One run of a net serves its four gradients, and every gradient is asked with several rows and with one, so
that no case is blind to what happens to the batch. Three pairs, in which each activation has each place
once, are asked with a single output (K = 1) as well.
"""

from dataclasses import dataclass
from itertools import product

import pytest
import torch

from reference import draws
from reference.network import GRADIENTS, PARAMETERS, two_layer
from reference.tolerance import compare

PART = {"relu": "ReLU", "sigmoid": "Sigmoid"}
PAIRS = tuple(product(("relu", "sigmoid", "identity"), repeat=2))
SINGLE_OUTPUT = (("relu", "identity"), ("sigmoid", "relu"), ("identity", "sigmoid"))


def parts(*activations):
    """Return the parts a case shows something about: its activations, or Linear when there are none."""
    return tuple(dict.fromkeys(PART[name] for name in activations if name in PART)) or ("Linear",)


def forward_pair(f, g):
    """Return the pair as a parameter that knows its parts."""
    names = [f"{part} forward" for part in parts(f, g)]
    return pytest.param(f, g, id=f"{f}, {g}", marks=pytest.mark.part(*names))


def backward_pair(f, g):
    """Return the pair as a parameter that knows its parts: the second layer's gradients don't meet f′."""
    first = pytest.mark.part(*(f"{part} backward" for part in parts(f, g)), cases=["dJdW1", "dJdb1"])
    second = pytest.mark.part(*(f"{part} backward" for part in parts(g)), cases=["dJdW2", "dJdb2"])
    return pytest.param(f, g, id=f"{f}, {g}", marks=[first, second])


def draw(rng, device, f, g):
    """Yield for each width asked of this pair the parameters, several rows and a single row."""
    batch, in1, out1, out2 = draws.sizes(rng)
    for width in (out2, 1) if (f, g) in SINGLE_OUTPUT else (out2,):
        drawn = draws.network(rng, in1, out1, width, batch=batch + 1, f=f)
        x = drawn.x.to(device)
        parameters = {name: value.to(device) for name, value in drawn.parameters.items()}
        yield parameters, x[:batch].clone(), x[batch:].clone()


def build(submission, parameters, f, g):
    """Return a net of the student's with these parameters, written into its own tensors."""
    out1, in1 = parameters["W1"].shape
    net = submission.MLP(in1, out1, f, out1, parameters["W2"].shape[0], g)
    own = net.parameters.copy()
    for name in PARAMETERS:
        own[name].copy_(parameters[name].reshape(own[name].shape))
    return net


@dataclass(frozen=True)
class Run:
    """What one backward left in grads, and what was asked of it."""

    found: dict
    own: dict
    before: dict | None
    upstream: torch.Tensor


def run_backward(net, rng, parameters, x, f, g, before=None):
    """Run forward and backward once; before holds what an adding backward finds in grads."""
    upstream, own = draws.upstream(rng, parameters, x, f, g, before=before)
    net.forward(x)
    net.backward(upstream)
    return Run(
        {name: detached_copy(value) for name, value in net.grads.copy().items()}, own, before, upstream
    )


def changed_parameters(net, parameters):
    """Return the names of the parameters that no longer hold what was written into them."""
    after = net.parameters.copy()
    return {name for name in PARAMETERS if not same(after[name], parameters[name])}


def detached_copy(value):
    """Return a tensor's own copy, which a backward that adds in place can't reach."""
    return value.clone() if isinstance(value, torch.Tensor) else value


def same(actual, written):
    """Return whether a parameter still holds what was written into it."""
    return actual.numel() == written.numel() and bool((actual.flatten() == written.flatten()).all())


@pytest.mark.function("MLP.forward")
@pytest.mark.cases("y_hat")
@pytest.mark.parametrize(("f", "g"), [forward_pair(f, g) for f, g in PAIRS])
def test_forward(submission, check, rng, device, f, g):
    """The output ŷ for several rows and for a single one."""
    with check.case("y_hat"):
        for parameters, rows, row in draw(rng, device, f, g):
            net = build(submission, parameters, f, g)
            for x in (rows, row):
                expected = two_layer(parameters, x, f, g)
                check.close(net.forward(x), expected, name="y_hat")
                check.unchanged(x, name="x")


@pytest.mark.function("MLP.backward")
@pytest.mark.cases(*GRADIENTS)
@pytest.mark.parametrize(("f", "g"), [backward_pair(f, g) for f, g in PAIRS])
def test_backward(submission, check, rng, device, f, g):
    """The four gradients for an upstream gradient of random numbers, with several rows and with one."""
    runs, changed = [], set()
    for parameters, rows, row in draw(rng, device, f, g):
        net = build(submission, parameters, f, g)
        several = run_backward(net, rng, parameters, rows, f, g)
        runs += [several, run_backward(net, rng, parameters, row, f, g, before=several.own)]
        changed |= changed_parameters(net, parameters)
    for name, parameter in zip(GRADIENTS, PARAMETERS, strict=True):
        with check.case(name):
            check.true(parameter not in changed, "changed_parameter", name=parameter)
            for run in runs:
                close(check, run, name)
                if name == "dJdb2":  # One case of the pair: the gradients may be right all the same.
                    check.unchanged(run.upstream, name="dJdy_hat")


def close(check, run, name):
    """Compare one gradient; adding it to what was in grads before is as right as replacing that."""
    check.true(name in run.found, "missing_attribute", name=f"grads['{name}']")
    found, expected = run.found[name], run.own[name]
    if run.before is not None and compare(found, expected, name=name) is not None:
        added = expected + run.before[name]
        expected = added if compare(found, added, name=name) is None else expected
    check.close(found, expected, name=name)


@pytest.mark.function("MLP.backward")
@pytest.mark.part("Sigmoid backward")
@pytest.mark.cases("saturated")
@pytest.mark.weight(0)
def test_backward_saturated(submission, check, rng, device):
    """Sigmoids at ±30: finite gradients near zero. Reported, not scored."""
    batch, in1, out1, out2 = draws.sizes(rng)
    drawn = draws.network(rng, in1, out1, out2, batch=batch, f="sigmoid")
    ends = {name: 30 * drawn.parameters[name].sign() for name in ("b1", "b2")}
    parameters = {name: value.to(device) for name, value in (drawn.parameters | ends).items()}
    net = build(submission, parameters, "sigmoid", "sigmoid")
    run = run_backward(net, rng, parameters, drawn.x.to(device), "sigmoid", "sigmoid")
    with check.case("saturated"):
        for name in GRADIENTS:
            check.finite(run.found[name], name=name)
            greatest = float(torch.as_tensor(run.found[name]).abs().max())
            check.true(greatest < 1e-6, "wrong_value", name=name)


@pytest.mark.function("MLP.backward")
@pytest.mark.part("ReLU backward")
@pytest.mark.cases("kink")
@pytest.mark.weight(0)
def test_backward_kink(submission, check, rng, device):
    """ReLU at exactly 0: any derivative from 0 to 1. Reported, not scored."""
    _, in1, out1, out2 = draws.sizes(rng)
    drawn = draws.network(rng, in1, out1, out2, batch=2, f="relu")
    flat = {"W1": torch.zeros(out1, in1), "b1": torch.zeros(out1), "b2": torch.ones(out2)}
    parameters = {name: value.to(device) for name, value in (drawn.parameters | flat).items()}
    net = build(submission, parameters, "relu", "identity")
    run = run_backward(net, rng, parameters, drawn.x[:1].to(device), "relu", "identity")
    with check.case("kink"):
        whole = (run.upstream @ parameters["W2"]).flatten()
        share = torch.as_tensor(run.found["dJdb1"]).to(whole).flatten() / whole
        check.true(bool(((share > -1e-3) & (share < 1 + 1e-3)).all()), "wrong_value", name="dJdb1")


@pytest.mark.function("MLP.__init__")
@pytest.mark.cases("parameters", "grads")
def test_constructor(submission, check, rng):
    """Parameters drawn at random and gradients of zeros, each of its shape. Reported, for no points."""
    _, in1, out1, out2 = draws.sizes(rng)
    net = submission.MLP(in1, out1, "relu", out1, out2, "sigmoid")
    shapes = {"W1": (out1, in1), "b1": (out1,), "W2": (out2, out1), "b2": (out2,)}
    with check.case("parameters"):
        parameters = net.parameters.copy()
        for name, shape in shapes.items():
            check.true(name in parameters, "missing_attribute", name=f"parameters['{name}']")
            check.shape(parameters[name], shape, name=name)
            check.finite(parameters[name], name=name)
            check.true(len(set(parameters[name].flatten().tolist())) > 1, "wrong_value", name=name)
    with check.case("grads"):
        grads = net.grads.copy()
        for name, shape in zip(GRADIENTS, shapes.values(), strict=True):
            check.true(name in grads, "missing_attribute", name=f"grads['{name}']")
            check.close(grads[name], torch.zeros(shape), name=name)


@pytest.mark.function("MLP.clear_grad_and_cache")
@pytest.mark.cases("grads", "cache")
def test_clear(submission, check, rng):
    """Zeroes the gradients and empties the cache. Reported, for no points."""
    _, in1, out1, out2 = draws.sizes(rng)
    net = submission.MLP(in1, out1, "relu", out1, out2, "sigmoid")
    shapes = {name: value.shape for name, value in net.grads.copy().items()}
    net.grads.update({name: torch.ones(shape) for name, shape in shapes.items()})
    net.cache.update({"x": torch.ones(out2, in1)})
    net.clear_grad_and_cache()
    with check.case("grads"):
        for name, value in net.grads.copy().items():
            check.close(value, torch.zeros(shapes[name]), name=name)
    with check.case("cache"):
        check.true(not net.cache.copy(), "wrong_value", name="cache")
