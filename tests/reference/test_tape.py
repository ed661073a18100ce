"""The tape agrees with torch autograd and with differences; a broken rule changes only what it breaks."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import network, operations
from reference.operations import (
    ADD,
    ADD_BIAS,
    APPEND_ONES,
    CROSS_ENTROPIES,
    DESCENT,
    DIAGONAL,
    DIVIDE,
    ENTRY,
    EXP,
    FOLDED_LINEAR,
    HIDDEN_RELU,
    IDENTITY,
    KEEP,
    LEAKY_RELU,
    LINEAR,
    LOG,
    MARGIN,
    MATRIX_PRODUCT,
    MAXIMUM,
    MEAN,
    MULTIPLY,
    NEGATIVE_PRODUCT,
    NORM_SQUARED,
    NUMERATOR,
    POWER,
    RELU,
    ROW_MEAN,
    SCALE,
    SIGMOID,
    SOFTMAX_CROSS_ENTROPY,
    SOFTPLUS,
    SQRT,
    SQUARED_ERRORS,
    SUBTRACT,
    SUM,
    TANH,
    TOTAL,
)
from reference.tape import Tape
from tests.reference.central import central_difference

N, K, M = 5, 3, 7


def normal(*shape, seed):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def away_from_zero(*shape, seed):
    drawn = normal(*shape, seed=seed)
    return drawn + 0.1 * drawn.sign()


def share(*shape, seed):
    return 0.1 + 0.8 * torch.sigmoid(normal(*shape, seed=seed))


def wide_share(*shape, seed):
    """Return probabilities of which some are extreme."""
    return 0.005 + 0.99 * torch.sigmoid(3 * normal(*shape, seed=seed))


def labels(seed):
    return torch.eye(K, dtype=torch.float64)[torch.tensor([seed % K, 0, 1, 2, 1])]


# Operation, its options, and inputs from a seed.
EXAMPLES = {
    "linear": (LINEAR, {}, lambda s: (normal(N, M, seed=s), normal(K, M, seed=s + 1), normal(K, seed=s + 2))),
    "folded": (FOLDED_LINEAR, {}, lambda s: (normal(N, M, seed=s), normal(K, M + 1, seed=s + 1))),
    "add": (ADD, {}, lambda s: (normal(N, K, seed=s), normal(K, seed=s + 1))),
    "subtract": (SUBTRACT, {}, lambda s: (normal(N, 1, seed=s), normal(N, K, seed=s + 1))),
    "multiply": (MULTIPLY, {}, lambda s: (normal(N, K, seed=s), normal(1, K, seed=s + 1))),
    "negative product": (NEGATIVE_PRODUCT, {}, lambda s: (normal(N, K, seed=s), normal(1, K, seed=s + 1))),
    "factor": (SCALE, {"factor": 4.0}, lambda s: (normal(N, K, seed=s),)),
    "divide": (DIVIDE, {}, lambda s: (normal(N, K, seed=s), away_from_zero(N, 1, seed=s + 1))),
    "cube": (POWER, {"exponent": 3}, lambda s: (normal(N, K, seed=s),)),
    "sqrt": (SQRT, {}, lambda s: (share(N, K, seed=s),)),
    "exp": (EXP, {}, lambda s: (normal(N, K, seed=s),)),
    "log": (LOG, {}, lambda s: (share(N, K, seed=s),)),
    "maximum": (MAXIMUM, {}, lambda s: (normal(N, K, seed=s), normal(K, seed=s + 1))),
    "relu": (RELU, {}, lambda s: (away_from_zero(N, K, seed=s),)),
    "leaky relu": (LEAKY_RELU, {"slope": 0.1}, lambda s: (away_from_zero(N, K, seed=s),)),
    "sigmoid": (SIGMOID, {}, lambda s: (normal(N, K, seed=s),)),
    "tanh": (TANH, {}, lambda s: (normal(N, K, seed=s),)),
    "softplus": (SOFTPLUS, {}, lambda s: (normal(N, K, seed=s),)),
    "sum": (SUM, {}, lambda s: (normal(N, K, seed=s),)),
    "sum of rows": (SUM, {"axes": (0,)}, lambda s: (normal(N, K, seed=s),)),
    "sum of some axes": (SUM, {"axes": (0, -1)}, lambda s: (normal(N, K, M, seed=s),)),
    "mean": (MEAN, {}, lambda s: (normal(N, K, seed=s),)),
    "mean of columns": (MEAN, {"axes": (1,)}, lambda s: (normal(N, K, seed=s),)),
    "mean of rows": (ROW_MEAN, {}, lambda s: (normal(N, K, seed=s),)),
    "total": (TOTAL, {}, lambda s: (normal(N, K, seed=s),)),
    "norm": (NORM_SQUARED, {}, lambda s: (normal(N, K, seed=s),)),
    "squares": (SQUARED_ERRORS, {}, lambda s: (normal(N, K, seed=s), normal(N, K, seed=s + 1))),
    "entropies": (CROSS_ENTROPIES, {}, lambda s: (wide_share(N, K, seed=s), share(N, K, seed=s + 1))),
    "identity": (IDENTITY, {}, lambda s: (normal(N, K, seed=s),)),
    "keep": (KEEP, {"n": N}, lambda s: (normal(1, K, seed=s).T,)),
    "cross-entropy": (SOFTMAX_CROSS_ENTROPY, {}, lambda s: (normal(N, K, seed=s), labels(s))),
    "margin": (MARGIN, {}, lambda s: (normal(N, K, seed=s), normal(N, K, seed=s + 1))),
    "entry": (
        ENTRY,
        {"upstream": normal(1, 1, seed=1), "x": normal(1, M, seed=2)},
        lambda s: (normal(N, M, seed=s),),
    ),
    "append last": (APPEND_ONES, {"end": "last"}, lambda s: (normal(N, K, seed=s),)),
    "append first": (APPEND_ONES, {"end": "first"}, lambda s: (normal(N, K, seed=s),)),
    "matrix product": (MATRIX_PRODUCT, {}, lambda s: (normal(N, M, seed=s), normal(M, K, seed=s + 1))),
    "bias": (ADD_BIAS, {}, lambda s: (normal(N, K, seed=s), normal(K, seed=s + 1))),
    "hidden relu": (HIDDEN_RELU, {"end": ""}, lambda s: (away_from_zero(N, K, seed=s),)),
    "numerator": (NUMERATOR, {}, lambda s: (normal(N, K, seed=s),)),
    "diagonal": (DIAGONAL, {}, lambda s: (normal(N, 1, seed=s),)),
    "descent": (DESCENT, {"rate": 0.3}, lambda s: (normal(N, K, seed=s), normal(N, K, seed=s + 1))),
}
OPERATIONS = [getattr(operations, name) for name in operations.__all__]
FAULTS = [(name, code) for name, (operation, _, _) in EXAMPLES.items() for code in operation.faults]
BLIND = {
    ("linear", "pre_activation_as_input"),
    ("matrix product", "pre_activation_as_input"),
    ("mean of columns", "per_sample"),
    ("mean of columns", "over_width_only"),
}


def taped(operation, options, inputs, broken=None):
    """Return the output, and its gradients for an upstream that is the same for all outputs of a shape."""
    tape = Tape(broken or {})
    variables = [tape.variable(each) for each in inputs]
    output = tape.apply(operation, *variables, label="here", **options)
    return output.value, tape.gradients(output, upstream(output.value), *variables)


def upstream(value):
    return normal(*value.shape, seed=99)


def test_every_operation_has_an_example():
    assert {id(operation) for operation, _, _ in EXAMPLES.values()} == {id(each) for each in OPERATIONS}


@pytest.mark.parametrize("name", EXAMPLES)
def test_gradients_are_those_of_autograd(name):
    operation, options, draw = EXAMPLES[name]
    for seed in range(20):
        leaves = [each.requires_grad_() for each in draw(seed)]
        value = operation.forward(*leaves, **options)
        expected = torch.autograd.grad((value * upstream(value)).sum(), leaves)
        output, found = taped(operation, options, leaves)
        torch.testing.assert_close(output, value.detach(), rtol=0, atol=0)
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", EXAMPLES)
def test_gradients_are_those_of_differences(name):
    operation, options, draw = EXAMPLES[name]
    inputs = draw(3)
    output, found = taped(operation, options, inputs)
    weights = upstream(output)
    for place, gradient in enumerate(found):

        def along(point, place=place):
            moved = (*inputs[:place], point, *inputs[place + 1 :])
            return (operation.forward(*moved, **options) * weights).sum()

        torch.testing.assert_close(gradient, central_difference(along, inputs[place]), rtol=1e-6, atol=1e-7)


SMOOTH = (EXP, TANH, SIGMOID, SOFTPLUS)
BINARY = (ADD, SUBTRACT, MULTIPLY)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 10_000),
    st.lists(
        st.tuples(st.sampled_from((*SMOOTH, *BINARY)), st.integers(0, 99), st.integers(0, 99)),
        min_size=1,
        max_size=12,
    ),
)
def test_gradients_of_random_graphs_are_those_of_autograd(seed, plan):
    leaves = [(normal(N, K, seed=seed + k) / 2).requires_grad_() for k in range(3)]
    tape = Tape()
    variables = [tape.variable(each) for each in leaves]
    values, noted = list(leaves), list(variables)
    for operation, first, second in plan:
        chosen = [first % len(values), second % len(values)][: len(operation.products)]
        # tanh keeps what is multiplied and exponentiated again and again within reach
        values.append(torch.tanh(operation.forward(*(values[k] for k in chosen))))
        noted.append(tape.apply(TANH, tape.apply(operation, *(noted[k] for k in chosen))))
    loss = (values[-1] * upstream(values[-1])).sum()
    expected = torch.autograd.grad(loss, leaves, allow_unused=True)
    found = tape.gradients(noted[-1], upstream(values[-1]), *variables)
    for one, other, leaf in zip(found, expected, leaves, strict=True):
        torch.testing.assert_close(
            one, torch.zeros_like(leaf) if other is None else other, rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize(("name", "code"), FAULTS, ids=str)
def test_fault_changes_what_it_breaks_and_nothing_else(name, code):
    operation, options, draw = EXAMPLES[name]
    fault, inputs = operation.faults[code], draw(5)
    right, gradients = taped(operation, options, inputs)
    if fault.forward is not None:
        tape = Tape({"here": code})
        wrong = tape.apply(operation, *map(tape.variable, inputs), label="here", **options).value
        assert (torch.equal(wrong, right) if wrong.shape == right.shape else False) == is_blind(name, code)
    value, others = taped(operation, options, inputs, broken={"here′": code})
    assert torch.equal(value, right)
    differing = {
        place
        for place, (one, other) in enumerate(zip(gradients, others, strict=True))
        if not torch.equal(one, other)
    }
    assert differing == (set() if is_blind(name, code) else set(fault.products))


def is_blind(name, code):
    """Return whether this example can't show this fault: nothing comes before it, or it is what is asked."""
    return (name, code) in BLIND


@pytest.mark.parametrize("f", ["relu", "sigmoid", "identity"])
@pytest.mark.parametrize("g", ["relu", "sigmoid", "identity"])
def test_two_layer_net_agrees_with_that_of_the_hidden_tests(f, g):
    shapes = {"W1": (4, M), "b1": (4,), "W2": (K, 4), "b2": (K,)}
    parameters = {name: normal(*shape, seed=k) for k, (name, shape) in enumerate(shapes.items())}
    x, up = normal(N, M, seed=5), normal(N, K, seed=6)
    tape = Tape()
    variables = {name: tape.variable(value) for name, value in parameters.items()}
    activate = {"relu": RELU, "sigmoid": SIGMOID}
    z = tape.apply(LINEAR, tape.variable(x), variables["W1"], variables["b1"], label="Linear1")
    a = tape.apply(activate[f], z, label="f") if f in activate else z
    z = tape.apply(LINEAR, a, variables["W2"], variables["b2"], label="Linear2")
    y_hat = tape.apply(activate[g], z, label="g") if g in activate else z
    found = tape.gradients(y_hat, up, *variables.values())
    expected = network.two_layer_gradients(parameters, x, up, f, g)
    torch.testing.assert_close(y_hat.value, network.two_layer(parameters, x, f, g))
    for one, name in zip(found, network.GRADIENTS, strict=True):
        torch.testing.assert_close(one, expected[name], rtol=1e-10, atol=1e-12)


def test_fault_is_made_only_where_it_is_asked_for():
    def slope(broken):
        tape = Tape(broken)
        x = tape.variable(normal(N, K, seed=1))
        output = tape.apply(SIGMOID, tape.apply(SIGMOID, x, label="first"), label="second")
        return tape.gradients(output, torch.ones(N, K), x)[0]

    right, first, second = (
        slope({}), slope({"first′": "slope_of_identity"}), slope({"second′": "slope_of_identity"})
    )  # fmt: skip
    assert not torch.equal(right, first)
    assert not torch.equal(right, second)
    assert not torch.equal(first, second)


def test_what_nothing_depends_on_has_a_gradient_of_zeros():
    tape = Tape()
    used, unused = tape.variable(torch.ones(2)), tape.variable(torch.ones(3))
    output = tape.apply(EXP, used)
    assert torch.equal(tape.gradients(output, torch.ones(2), unused)[0], torch.zeros(3, dtype=torch.float64))


def test_unknown_fault_is_told():
    tape = Tape({"here": "no such mistake"})
    with pytest.raises(KeyError, match="no such mistake"):
        tape.apply(EXP, tape.variable(torch.ones(2)), label="here")
