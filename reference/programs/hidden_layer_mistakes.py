"""Where mistakes can be made in a net of one hidden layer, and which: for every layout at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from reference.operations import ADD_BIAS, APPEND_ONES, DESCENT, HIDDEN_RELU
from reference.programs.program import SHAPES, Hypothesis, Place, codes, spread
from reference.tape import PRIME

FORWARD, LOSS, BACKWARD, TRAINING = (
    "hidden_layer.forward",
    "hidden_layer.loss",
    "hidden_layer.backward",
    "hidden_layer.training",
)

HIDDEN_STEP, RELU_STEP, OUTPUT_STEP, MEAN_STEP = (
    "hidden.forward",
    "relu.forward",
    "output.forward",
    "mean.forward",
)
HIDDEN_BACK, RELU_BACK, OUTPUT_BACK, LOSS_BACK = (
    "hidden.backward",
    "relu.backward",
    "output.backward",
    "loss.backward",
)
"""Keys of the steps in the assignment's graph, which all layouts share; training is not a step of it."""

_NODES = MappingProxyType(
    {
        **dict.fromkeys("AB", HIDDEN_STEP),
        "C": RELU_STEP,
        **dict.fromkeys("DE", OUTPUT_STEP),
        "F": "error.forward",
        "G": "square.forward",
        **dict.fromkeys("HL", MEAN_STEP),
    }
)
LETTERS = tuple(Place(letter, letter, node) for letter, node in _NODES.items())
"""The nine intermediates: folded [X 1], A·W1, ReLU, [C 1], D·W2; separate X·W1, + b1, ReLU, C·W2, + b2;
then in both the errors, their squares, the sum of these, and the mean."""

OUTPUT = (Place("y_hat", "y_hat", OUTPUT_STEP),)
VALUE = (Place("value", "", MEAN_STEP, "loss"),)
LOSSES = (Place("losses", "", "training", "losses"),)
_NAMES = ("dW1", "db1", "dW2", "db2")
GRADIENTS: Mapping[bool, tuple[Place, ...]] = MappingProxyType(
    {
        folded: tuple(
            Place(
                name,
                "" if row else name,
                HIDDEN_BACK if name.endswith("1") else OUTPUT_BACK,
                "bias_row" if row else "",
            )
            for name in _NAMES
            for row in (folded and name.startswith("db"),)
        )
        for folded in (False, True)
    }
)
"""By whether biases are folded into the weights: then the bias' gradient is a row of the matrix."""

_LAYERS = ((0, 1), (2, 3), (1, 3), (0,), (1,), (2,), (3,))
"""Gradients that somebody may get wrong alike; where all are off by a factor it is the loss' matter."""

_ALL = ((0, 1, 2, 3), *_LAYERS)
_GROUPS: Mapping[str, Sequence[tuple[int, ...]]] = MappingProxyType(
    {
        **dict.fromkeys(("batch_mean", "batch_sum", "doubled", "halved", "sign"), _LAYERS),
        **dict.fromkeys(("never_written", "rounded", "not_a_number"), _ALL),
        "transposed": ((0, 2), (0,), (2,)),
        "extra_axis": ((1, 3), (1,), (3,)),
        "flattened": ((0, 2), (0,)),
        "squeezed": ((2,),),
    }
)
"""Which gradients bookkeeping gets wrong together, by their numbers: dW1, db1, dW2, db2."""

_OF_BATCHES = ("batch_product", "upstream_left_out")
"""Faults of a slope that nobody makes who writes matrices of the batch."""


_APPENDED = (
    Place("append1", "X", HIDDEN_STEP, "ones_beside"),
    Place("append2", "C", OUTPUT_STEP, "ones_beside"),
)
_ADDED = (Place("bias1", "", HIDDEN_STEP, "hidden_layer"), Place("bias2", "", OUTPUT_STEP, "output"))
_RELU = Place("relu", "ReLU", RELU_STEP)
_SLOPE = Place("relu" + PRIME, "ReLU′", RELU_BACK)
_APPENDED_BACK = Place("append2" + PRIME, "C", OUTPUT_BACK, "ones_beside")
_ADDED_BACK = (Place("bias1" + PRIME, "db1", HIDDEN_BACK), Place("bias2" + PRIME, "db2", OUTPUT_BACK))
_PRODUCTS_BACK = (
    Place("product1" + PRIME, "dW1", HIDDEN_BACK),
    Place("product2" + PRIME, "dW2", OUTPUT_BACK),
)
_SECOND_BACK = Place("product2" + PRIME, "", OUTPUT_BACK, "output_layer")
_TERMS = Place("terms", "", "square.forward", "loss")
_MEAN = Place("mean", "", MEAN_STEP, "loss")
_TERMS_BACK = Place("terms" + PRIME, "", LOSS_BACK, "loss_gradient")
_MEAN_BACK = Place("mean" + PRIME, "", LOSS_BACK, "loss_gradient")
_STEP, _ORDER, _CLEAR = (Place(label, "", "training", "training") for label in ("step", "order", "clear"))

VALUES_OF_TERMS = ("half", "doubled", "sign", "absolute", "not_squared", "sum_for_difference")
VALUES_OF_MEAN = ("not_divided", "divided_twice", "not_reduced", "root_of_mean", "root_of_sum")
SUMMED = "bias_summed_over_all"
"""With a single output there is nothing more to sum over."""

SLOPES_OF_MEAN = ("not_divided", "divided_twice")


def _each(given: Iterable[str], *places: Place, operation: str = "") -> tuple[Hypothesis, ...]:
    """Return one hypothesis for each fault, made at all of these places."""
    return tuple(Hypothesis(code, places, operation) for code in given)


@cache
def _forward() -> tuple[Hypothesis, ...]:
    shapes = [code for code in SHAPES if code != "flattened"]  # with one output that is to squeeze
    return (
        *_each(codes(HIDDEN_RELU, forward=True), _RELU, operation=HIDDEN_RELU.name),
        *spread(_APPENDED, codes(APPEND_ONES, forward=True)),
        *spread(_ADDED, codes(ADD_BIAS, forward=True)),
        *(one for place in (*OUTPUT, *LETTERS[3:7]) for one in _each(shapes, place)),
        *_each(shapes, LETTERS[4], *OUTPUT),
        *_each(("transposed",), *LETTERS[:7]),
        *_each(("squeezed",), *LETTERS[4:7]),
        *_each(("squeezed",), *LETTERS[3:7]),
        *_each(("never_written", "rounded", "not_a_number"), *OUTPUT),
    )


@cache
def _loss() -> tuple[Hypothesis, ...]:
    return (
        *_each(VALUES_OF_TERMS, _TERMS),
        *_each(VALUES_OF_MEAN, _MEAN),
        *_each(("never_written", "rounded", "not_a_number"), *VALUE),
    )


@cache
def _backward() -> tuple[Hypothesis, ...]:
    slopes = [code for code in codes(HIDDEN_RELU, forward=False) if code not in _OF_BATCHES]
    of_weights = ("first_sample_only", "last_sample_only", "weight_from_sums")
    return (
        *_each(VALUES_OF_TERMS, _TERMS_BACK),
        *_each(SLOPES_OF_MEAN, _MEAN_BACK),
        *_each(slopes, _SLOPE, operation=HIDDEN_RELU.name),
        *_each(codes(APPEND_ONES, forward=False), _APPENDED_BACK),
        *spread(_ADDED_BACK, [code for code in codes(ADD_BIAS, forward=False) if code != SUMMED]),
        *_each((SUMMED,), _ADDED_BACK[0]),
        *spread(_PRODUCTS_BACK, of_weights),
        *_each(("pre_activation_as_input", "weight_left_out"), _SECOND_BACK),
        *_of_keeping(),
    )


def _of_keeping() -> tuple[Hypothesis, ...]:
    """Return what becomes of right gradients: of folded ones the matrix stands for its bias as well."""
    places = GRADIENTS[False]
    return tuple(
        Hypothesis(code, tuple(places[number] for number in group))
        for code, groups in _GROUPS.items()
        for group in groups
    )


@cache
def _training() -> tuple[Hypothesis, ...]:
    return (
        # Without its rate a descent ends in infinities, which tell nothing.
        *_each((code for code in codes(DESCENT, forward=True) if code != "rate_left_out"), _STEP),
        *_each(("updated_too_early", "never_stepped"), _ORDER),
        *_each(("gradients_kept",), _CLEAR),
        *_each(("half", "not_divided"), _TERMS, _MEAN),
        *_each(("computed_as_identity",), _RELU, operation=HIDDEN_RELU.name),
        *_each(("rounded", "never_written", "not_a_number"), *LOSSES),
    )


MISTAKES: Mapping[str, Callable[[], Sequence[Hypothesis]]] = MappingProxyType(
    {FORWARD: _forward, LOSS: _loss, BACKWARD: _backward, TRAINING: _training}
)
"""The mistakes that can be made, by the kind of calculation."""
