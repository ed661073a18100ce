"""The operations of the homeworks: each forward, and its vector–Jacobian products as in the mathematics.

In the products g is the gradient of the output and s the step; s.input(0), s.input(1) … are the inputs and
s.output.value the output. Rows are samples. Beside each rule stand its faults, by their codes in
reference.faults: what people write in its place.
"""

from reference.operations.activations import IDENTITY, LEAKY_RELU, RELU, SIGMOID, SOFTPLUS, TANH
from reference.operations.elementwise import (
    ADD,
    DESCENT,
    DIVIDE,
    EXP,
    LOG,
    MAXIMUM,
    MULTIPLY,
    NEGATIVE_PRODUCT,
    POWER,
    SCALE,
    SQRT,
    SUBTRACT,
)
from reference.operations.folding import ADD_BIAS, APPEND_ONES, HIDDEN_RELU, MATRIX_PRODUCT
from reference.operations.keeping import KEEP
from reference.operations.layers import FOLDED_LINEAR, LINEAR
from reference.operations.losses import CROSS_ENTROPIES, SOFTMAX_CROSS_ENTROPY, SQUARED_ERRORS
from reference.operations.margins import ENTRY, MARGIN
from reference.operations.numerator_layout import DIAGONAL, NUMERATOR
from reference.operations.reductions import MEAN, NORM_SQUARED, ROW_MEAN, SUM, TOTAL

__all__ = [
    "ADD",
    "ADD_BIAS",
    "APPEND_ONES",
    "CROSS_ENTROPIES",
    "DESCENT",
    "DIAGONAL",
    "DIVIDE",
    "ENTRY",
    "EXP",
    "FOLDED_LINEAR",
    "HIDDEN_RELU",
    "IDENTITY",
    "KEEP",
    "LEAKY_RELU",
    "LINEAR",
    "LOG",
    "MARGIN",
    "MATRIX_PRODUCT",
    "MAXIMUM",
    "MEAN",
    "MULTIPLY",
    "NEGATIVE_PRODUCT",
    "NORM_SQUARED",
    "NUMERATOR",
    "POWER",
    "RELU",
    "ROW_MEAN",
    "SCALE",
    "SIGMOID",
    "SOFTMAX_CROSS_ENTROPY",
    "SOFTPLUS",
    "SQRT",
    "SQUARED_ERRORS",
    "SUBTRACT",
    "SUM",
    "TANH",
    "TOTAL",
]
