"""Hidden tests of class MLP: nine pairs of activations, forward and backward.

One run of a net serves its four gradients, and every gradient is asked with several rows and with one, so
that no case is blind to what happens to the batch. Three pairs, in which each activation has each place
once, are asked with a single output (K = 1) as well, and there with many rows: the same net sees two other
batches before it is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import pytest
import torch
from interface import divided_in_backward, in_layout, method, name

from reference import draws
from reference.network import two_layer, two_layer_gradients
from reference.programs import GRADIENTS, PARAMETERS, TwoLayer
from reference.tolerance import compare

CALLED = {word: name(word) for word in GRADIENTS}
"""What this course calls the gradients."""

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
    first = pytest.mark.part(*(f"{part} backward" for part in parts(f, g)), cases=[*CALLED.values()][:2])
    second = pytest.mark.part(*(f"{part} backward" for part in parts(g)), cases=[*CALLED.values()][2:])
    return pytest.param(f, g, id=f"{f}, {g}", marks=[first, second])


def draw(rng, device, f, g):
    """Yield the parameters of each net asked of this pair and its batches: several rows, and one if K > 1."""
    batch, in1, out1, out2 = draws.sizes(rng)
    for width in (out2, 1) if (f, g) in SINGLE_OUTPUT else (out2,):
        rows = batch if width > 1 else draws.MANY
        drawn = draws.network(rng, in1, out1, width, batch=rows + 1, f=f)
        x = drawn.x.to(device)
        parameters = {name: value.to(device) for name, value in drawn.parameters.items()}
        batches = (x[:rows].clone(), x[rows:].clone()) if width > 1 else (x[:rows].clone(),)
        yield parameters, batches


def warmed(net, batches):
    """Let a net that is asked about one batch see others before: what it keeps must be of the last."""
    if len(batches) == 1:
        for rows in (3, 1):
            getattr(net, method("forward"))(batches[0][:rows].clone())
    return net


def build(submission, check, parameters, f, g):
    """Return a net of the student's with these parameters, written into its own tensors."""
    out1, in1 = parameters["W1"].shape
    net = make(submission, in1, out1, f, parameters["W2"].shape[0], g)
    own = table(check, net, "parameters")
    for word, value in parameters.items():
        held = entry(check, own, word, "parameters")
        check.true(is_tensor(held, value.numel()), "wrong_value", name=name(word))
        held.copy_(in_layout(value).reshape(held.shape))
    return net


def make(submission, in1, out1, f, out2, g):
    """Return a net of the student's class."""
    return getattr(submission, name("MLP"))(in1, out1, f, out1, out2, g)


def table(check, net, where):
    """Return the entries of a dict that is an attribute of the student's net."""
    held = getattr(net, name(where))
    check.true(isinstance(held, Mapping), "wrong_value", name=name(where))
    return held.copy()


def entry(check, entries, word, where):
    """Return an entry of a dict of the student's, which may not be there."""
    check.true(name(word) in entries, "missing_attribute", name=f"{name(where)}['{name(word)}']")
    return entries[name(word)]


def is_tensor(value, numel):
    """Return whether value is a tensor of so many entries."""
    return isinstance(value, torch.Tensor) and value.numel() == numel


@dataclass(frozen=True)
class Run:
    """What one backward left in grads, and what was asked of it."""

    found: dict
    own: dict
    before: dict | None
    upstream: torch.Tensor
    x: torch.Tensor
    parameters: dict
    asked: object


def run_backward(net, check, x, upstream):
    """Run forward and backward once and return what is then in grads, weights laid out as (out, in)."""
    getattr(net, method("forward"))(x)
    getattr(net, method("backward"))(upstream)
    return {word: in_layout(detached_copy(value)) for word, value in table(check, net, "grads").items()}


def changed_parameters(net, check, parameters):
    """Return the names of the parameters that no longer hold what was written into them."""
    after = table(check, net, "parameters")
    return {word for word in PARAMETERS if not same(after.get(name(word)), in_layout(parameters[word]))}


def detached_copy(value):
    """Return a tensor's own copy, which a backward that adds in place can't reach."""
    return value.clone() if isinstance(value, torch.Tensor) else value


def same(actual, written):
    """Return whether a parameter still holds what was written into it."""
    return is_tensor(actual, written.numel()) and bool((actual.flatten() == written.flatten()).all())


@pytest.mark.function(name("MLP.forward"))
@pytest.mark.cases("y_hat")
@pytest.mark.parametrize(("f", "g"), [forward_pair(f, g) for f, g in PAIRS])
def test_forward(submission, check, rng, device, f, g):
    """The output ŷ for several rows and for a single one."""
    with check.case("y_hat"):
        for parameters, batches in draw(rng, device, f, g):
            net = warmed(build(submission, check, parameters, f, g), batches)
            for x in batches:
                expected = two_layer(parameters, x, f, g)
                asked = check.ask(TwoLayer(parameters, x, f, g))
                y_hat = getattr(net, method("forward"))(x)
                asked.answer(y_hat=y_hat)
                check.close(y_hat, expected, name="y_hat")
                check.unchanged(x, name="x")


@pytest.mark.function(name("MLP.backward"))
@pytest.mark.cases(*CALLED.values())
@pytest.mark.parametrize(("f", "g"), [backward_pair(f, g) for f, g in PAIRS])
def test_backward(submission, check, rng, device, f, g):
    """The four gradients for an upstream gradient of random numbers, with several rows and with one."""
    runs, changed = [], set()
    for parameters, batches in draw(rng, device, f, g):
        net = warmed(build(submission, check, parameters, f, g), batches)
        before = asked = None
        for x in batches:
            upstream, _ = draws.upstream(rng, parameters, x, f, g, before=before)
            whole = divided_in_backward(upstream)
            own = two_layer_gradients(parameters, x, whole, f, g)
            asked = check.ask(TwoLayer(parameters, x, f, g, whole), earlier=asked, names=CALLED)
            found = run_backward(net, check, x, upstream)
            asked.answer(**{word: found[called] for word, called in CALLED.items() if called in found})
            runs.append(Run(found, own, before, upstream, x, parameters, asked))
            before = own
        changed |= changed_parameters(net, check, parameters)
    for word, parameter in zip(GRADIENTS, PARAMETERS, strict=True):
        with check.case(CALLED[word]):
            check.true(parameter not in changed, "changed_parameter", name=name(parameter))
            for run in runs:
                close(check, run, word)
                if word == "dJdb2":  # One case of the pair: the gradients may be right all the same.
                    check.unchanged(run.upstream, name=name("dJdy_hat"))
    if any(check.failed(called) for called in CALLED.values()):
        note_consequences(submission, check, runs[0], f, g)


def note_consequences(submission, check, run, f, g):
    """Note which gradients are right for the student's own forward, where that is wrong.

    Right means: the gradient of what their own forward gives, found by differences.
    """
    net = build(submission, check, run.parameters, f, g)
    expected = two_layer(run.parameters, run.x, f, g)
    if compare(getattr(net, method("forward"))(run.x), expected, name="y_hat") is not None:
        for word, parameter in zip(GRADIENTS, PARAMETERS, strict=True):
            if follows_own_forward(net, check, run, word, parameter):
                run.asked.follows.add(word)


def follows_own_forward(net, check, run, word, parameter):
    """Return whether a gradient is that of the student's own forward."""
    written = set()
    weights = divided_in_backward(run.upstream).double()
    held = getattr(net, name("parameters"))

    def value(point):
        if point.dtype not in written:
            written.add(point.dtype)
            for each in PARAMETERS:
                held[name(each)] = in_layout(run.parameters[each].to(point.dtype))
        held[name(parameter)] = in_layout(point)
        y_hat = getattr(net, method("forward"))(run.x.to(point.dtype))
        return float((torch.as_tensor(y_hat).double() * weights).sum())

    return check.holds(value, run.parameters[parameter], run.found.get(CALLED[word]))


def close(check, run, word):
    """Compare one gradient; adding it to what was in grads before is as right as replacing that."""
    found, expected, called = entry(check, run.found, word, "grads"), run.own[word], CALLED[word]
    if run.before is not None and compare(found, expected, name=called) is not None:
        added = expected + run.before[word]
        expected = added if compare(found, added, name=called) is None else expected
    check.close(found, expected, name=called)


@pytest.mark.function(name("MLP.forward"))
@pytest.mark.part("Sigmoid forward")
@pytest.mark.cases("saturated")
@pytest.mark.weight(0)
def test_forward_saturated(submission, check, rng, device):
    """Sigmoids at ±100, where exp overflows: 0 and 1. Reported, not scored."""
    batch, in1, out1, out2 = draws.sizes(rng)
    drawn = draws.network(rng, in1, out1, out2, batch=batch, f="sigmoid")
    signs = torch.ones(out2)
    signs[::2] = -1
    parameters = {word: value.to(device) for word, value in (drawn.parameters | {"b2": 100 * signs}).items()}
    net = build(submission, check, parameters, "sigmoid", "sigmoid")
    with check.case("saturated"):
        y_hat = getattr(net, method("forward"))(drawn.x.to(device))
        check.finite(y_hat, name="y_hat")
        check.shape(y_hat, (batch, out2), name="y_hat")
        off = (torch.as_tensor(y_hat).cpu().double() - (signs > 0).double()).abs()
        check.true(float(off.max()) < 1e-6, "wrong_value", name="y_hat")


@pytest.mark.function(name("MLP.backward"))
@pytest.mark.part("Sigmoid backward")
@pytest.mark.cases("several calls")
@pytest.mark.weight(0)
def test_several_calls(submission, check, rng, device):
    """One net: a batch, then another after clearing, of which nothing of the first is left. Not scored."""
    batch, in1, out1, out2 = draws.sizes(rng)
    drawn = draws.network(rng, in1, out1, out2, batch=draws.MANY + batch, f="sigmoid")
    parameters = {word: value.to(device) for word, value in drawn.parameters.items()}
    net = build(submission, check, parameters, "sigmoid", "identity")
    with check.case("several calls"):
        for x in (drawn.x[:batch].to(device), drawn.x[batch:].to(device)):
            upstream, _ = draws.upstream(rng, parameters, x, "sigmoid", "identity")
            truth = two_layer_gradients(parameters, x, divided_in_backward(upstream), "sigmoid", "identity")
            found = run_backward(net, check, x, upstream)
            for word, called in CALLED.items():
                check.close(entry(check, found, word, "grads"), truth[word], name=called)
            getattr(net, method("clear_grad_and_cache"))()


@pytest.mark.function(name("MLP.backward"))
@pytest.mark.part("Sigmoid backward")
@pytest.mark.cases("saturated")
@pytest.mark.weight(0)
def test_backward_saturated(submission, check, rng, device):
    """Sigmoids at ±30: finite gradients near zero. Reported, not scored."""
    batch, in1, out1, out2 = draws.sizes(rng)
    drawn = draws.network(rng, in1, out1, out2, batch=batch, f="sigmoid")
    ends = {word: 30 * drawn.parameters[word].sign() for word in ("b1", "b2")}
    parameters = {word: value.to(device) for word, value in (drawn.parameters | ends).items()}
    net = build(submission, check, parameters, "sigmoid", "sigmoid")
    grads = run_backward(net, check, drawn.x.to(device), draws.normal(rng, batch, out2).to(device))
    with check.case("saturated"):
        for word, called in CALLED.items():
            found = entry(check, grads, word, "grads")
            check.finite(found, name=called)
            greatest = float(torch.as_tensor(found).abs().max())
            check.true(greatest < 1e-6, "wrong_value", name=called)


@pytest.mark.function(name("MLP.backward"))
@pytest.mark.part("ReLU backward")
@pytest.mark.cases("kink")
@pytest.mark.weight(0)
def test_backward_kink(submission, check, rng, device):
    """ReLU at exactly 0: any derivative from 0 to 1. Reported, not scored."""
    _, in1, out1, out2 = draws.sizes(rng)
    drawn = draws.network(rng, in1, out1, out2, batch=2, f="relu")
    flat = {"W1": torch.zeros(out1, in1), "b1": torch.zeros(out1), "b2": torch.ones(out2)}
    parameters = {word: value.to(device) for word, value in (drawn.parameters | flat).items()}
    net = build(submission, check, parameters, "relu", "identity")
    upstream = draws.normal(rng, 1, out2).to(device)
    grads = run_backward(net, check, drawn.x[:1].to(device), upstream)
    with check.case("kink"):
        whole = (divided_in_backward(upstream) @ parameters["W2"]).flatten()
        found = entry(check, grads, "dJdb1", "grads")
        check.finite(found, name=CALLED["dJdb1"])
        check.shape(found, tuple(whole.shape), name=CALLED["dJdb1"])
        share = torch.as_tensor(found).to(whole) / whole
        check.true(bool(((share > -1e-3) & (share < 1 + 1e-3)).all()), "wrong_value", name=CALLED["dJdb1"])


def own_shapes(in1, out1, out2):
    """Return the shapes of the parameters as this course lays them out."""
    shapes = {"W1": (out1, in1), "b1": (out1,), "W2": (out2, out1), "b2": (out2,)}
    return {word: tuple(in_layout(torch.empty(shape)).shape) for word, shape in shapes.items()}


@pytest.mark.function(name("MLP.__init__"))
@pytest.mark.cases("parameters", "grads")
def test_constructor(submission, check, rng):
    """Parameters drawn at random and gradients of zeros, each of its shape. Reported, for no points."""
    _, in1, out1, out2 = draws.sizes(rng)
    net = make(submission, in1, out1, "relu", out2, "sigmoid")
    shapes = own_shapes(in1, out1, out2)
    with check.case("parameters"):
        parameters = table(check, net, "parameters")
        for word, shape in shapes.items():
            held = entry(check, parameters, word, "parameters")
            check.finite(held, name=name(word))
            check.shape(held, shape, name=name(word))
            check.true(len(set(held.flatten().tolist())) > 1, "wrong_value", name=name(word))
    with check.case("grads"):
        grads = table(check, net, "grads")
        for word, shape in zip(GRADIENTS, shapes.values(), strict=True):
            check.close(entry(check, grads, word, "grads"), torch.zeros(shape), name=CALLED[word])


@pytest.mark.function(name("MLP.clear_grad_and_cache"))
@pytest.mark.cases("grads", "cache")
def test_clear(submission, check, rng):
    """Zeroes the gradients and empties the cache. Reported, for no points."""
    _, in1, out1, out2 = draws.sizes(rng)
    net = make(submission, in1, out1, "relu", out2, "sigmoid")
    shapes = dict(zip(GRADIENTS, own_shapes(in1, out1, out2).values(), strict=True))
    getattr(net, name("grads")).update({CALLED[word]: torch.ones(shape) for word, shape in shapes.items()})
    getattr(net, name("cache")).update({"x": torch.ones(out2, in1)})
    getattr(net, method("clear_grad_and_cache"))()
    with check.case("grads"):
        grads = table(check, net, "grads")
        for word, shape in shapes.items():
            check.close(entry(check, grads, word, "grads"), torch.zeros(shape), name=CALLED[word])
    with check.case("cache"):
        check.true(not table(check, net, "cache"), "wrong_value", name=name("cache"))
