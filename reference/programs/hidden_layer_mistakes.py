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

LETTERS = tuple(Place(letter, letter, "forward") for letter in "ABCDEFGHL")
"""The nine intermediates: folded [X 1], A·W1, ReLU, [C 1], D·W2; separate X·W1, + b1, ReLU, C·W2, + b2;
then in both the errors, their squares, the sum of these, and the mean."""

OUTPUT = (Place("y_hat", "y_hat", "forward"),)
VALUE = (Place("value", "the loss", "loss"),)
LOSSES = (Place("losses", "the losses", "training"),)
_WORDS = ("dW1", "its bias row", "dW2", "its bias row")
GRADIENTS: Mapping[bool, tuple[Place, ...]] = MappingProxyType(
    {
        False: tuple(Place(name, name, "backward") for name in ("dW1", "db1", "dW2", "db2")),
        True: tuple(
            Place(name, words, "backward")
            for name, words in zip(("dW1", "db1", "dW2", "db2"), _WORDS, strict=True)
        ),
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


def _places(words: Mapping[str, str], node: str) -> tuple[Place, ...]:
    return tuple(Place(label, said, node) for label, said in words.items())


_APPENDED = _places({"append1": "the ones beside X", "append2": "the ones beside C"}, "forward")
_ADDED = _places({"bias1": "the hidden layer", "bias2": "the output"}, "forward")
_RELU = Place("relu", "ReLU", "forward")
_SLOPE = Place("relu" + PRIME, "ReLU′", "backward")
_APPENDED_BACK = Place("append2" + PRIME, "the ones beside C", "backward")
_ADDED_BACK = _places({"bias1" + PRIME: "db1", "bias2" + PRIME: "db2"}, "backward")
_PRODUCTS_BACK = _places({"product1" + PRIME: "dW1", "product2" + PRIME: "dW2"}, "backward")
_SECOND_BACK = Place("product2" + PRIME, "the output layer", "backward")
_TERMS = Place("terms", "the loss", "loss")
_MEAN = Place("mean", "the loss", "loss")
_TERMS_BACK = Place("terms" + PRIME, "the gradient of the loss", "backward")
_MEAN_BACK = Place("mean" + PRIME, "the gradient of the loss", "backward")
_STEP = Place("step", "training", "training")

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
        *_each(("updated_too_early", "never_stepped"), Place("order", "training", "training")),
        *_each(("gradients_kept",), Place("clear", "training", "training")),
        *_each(("half", "not_divided"), _TERMS, _MEAN),
        *_each(("computed_as_identity",), _RELU, operation=HIDDEN_RELU.name),
        *_each(("rounded", "never_written", "not_a_number"), *LOSSES),
    )


MISTAKES: Mapping[str, Callable[[], Sequence[Hypothesis]]] = MappingProxyType(
    {FORWARD: _forward, LOSS: _loss, BACKWARD: _backward, TRAINING: _training}
)
"""The mistakes that can be made, by the kind of calculation."""
