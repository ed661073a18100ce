"""Steps of written-out expressions: their values, and the way back through them."""

from reference.faults.fault import Fault

_OF_TWO = ("", "_first", "_second")


def _sides(code: str, title: str, what: str, help_: str) -> tuple[Fault, ...]:
    """Return the rows of a mistake that is made with both inputs of a step, or with one; said alike."""
    return tuple(Fault(f"{code}{side}", title, what, help_, "slope") for side in _OF_TWO)


EXPRESSIONS = (
    Fault(
        "stopped",
        "a derivative taken for 0",
        "{where}: nothing comes back through it, as if its derivative were 0.",
        "However small a derivative is, multiply by it: what rounds to 0 beside 1 is not 0.",
        "slope",
    ),
    Fault(
        "stopped_first",
        "a path left out",
        "{where}: nothing comes back to its first operand.",
        "A variable that is used in two places gets the sum of what comes back from both.",
        "slope",
    ),
    Fault(
        "stopped_second",
        "a path left out",
        "{where}: nothing comes back to its second operand.",
        "A variable that is used in two places gets the sum of what comes back from both.",
        "slope",
    ),
    *_sides(
        "upstream_left_out",
        "upstream gradient left out",
        "{where}: the derivative stands alone; the gradient that arrives from behind is dropped.",
        "By the chain rule, multiply the derivative by the gradient of what comes after it.",
    )[1:],
    *_sides(
        "other_factor_left_out",
        "factor left out",
        "{where}: the other factor is left out of the derivative.",
        "The derivative of x·y with respect to x is y, not 1.",
    ),
    *_sides(
        "own_factor",
        "the wrong factor of a product",
        "{where}: multiplied by the factor itself, not by the other one.",
        "The derivative of x·y with respect to x is y.",
    ),
    Fault(
        "minus_lost",
        "minus lost on the way back",
        "{where}: the minus of the derivative is lost.",
        "The derivative of x − y with respect to y is −1, that of x/y is −x/y².",
        "slope",
    ),
    Fault(
        "divisor_left_out",
        "divisor left out",
        "{where}: the derivative of the numerator lacks the divisor.",
        "The derivative of x/y with respect to x is 1/y.",
        "slope",
    ),
    Fault(
        "square_of_divisor_lost",
        "square of the divisor lost",
        "{where}: divided by the divisor once; its derivative has the square.",
        "The derivative of x/y with respect to y is −x/y².",
        "slope",
    ),
    Fault(
        "derivative_left_out",
        "derivative left out",
        "{where}: the gradient passes without being multiplied by the derivative.",
        "Multiply what arrives by the derivative of this function at its argument.",
        "slope",
    ),
    Fault(
        "exponent_kept",
        "exponent not lowered",
        "{where}: the derivative keeps the exponent.",
        "The derivative of xⁿ is n·xⁿ⁻¹.",
        "slope",
    ),
    Fault(
        "half_lost",
        "½ lost",
        "{where}: the derivative of the root lacks its ½.",
        "The derivative of √x is 1/(2√x).",
        "slope",
        0,
        (0, 0, 2.0),
    ),
    Fault(
        "root_not_below",
        "root not in the denominator",
        "{where}: multiplied by the root; the derivative divides by it.",
        "The derivative of √x is 1/(2√x).",
        "slope",
    ),
    Fault(
        "argument_not_below",
        "argument not in the denominator",
        "{where}: multiplied by the argument; the derivative divides by it.",
        "The derivative of log x is 1/x.",
        "slope",
    ),
    Fault(
        "slope_of_other_base",
        "derivative of another logarithm",
        "{where}: this is the derivative of the logarithm to base 10.",
        "The derivative of the natural logarithm is 1/x, without a factor.",
        "slope",
    ),
    Fault(
        "not_applied",
        "function not applied",
        "{where}: its argument is handed on as it is.",
        "Apply the function that the expression has there.",
        "forward",
    ),
    Fault(
        "computed_as_sum",
        "a sum in its place",
        "{where}: the two are added.",
        "Look at the sign between them in the expression.",
        "forward",
    ),
    Fault(
        "computed_as_difference",
        "a difference in its place",
        "{where}: one is subtracted from the other.",
        "Look at the sign between them in the expression.",
        "forward",
    ),
    Fault(
        "computed_as_product",
        "a product in its place",
        "{where}: the two are multiplied.",
        "Look at what stands between them in the expression.",
        "forward",
    ),
    Fault(
        "operands_exchanged",
        "operands exchanged",
        "{where}: the two stand in the wrong order.",
        "x − y is not y − x, and x/y is not y/x.",
        "forward",
    ),
    Fault(
        "factor_left_out_first",
        "factor left out",
        "{where}: the first factor is left out.",
        "At a point where it is 1 this can't be seen: try another one.",
        "forward",
    ),
    Fault(
        "factor_left_out_second",
        "factor left out",
        "{where}: the second factor is left out.",
        "At a point where it is 1 this can't be seen: try another one.",
        "forward",
    ),
    Fault(
        "exponent_lowered",
        "exponent too low",
        "{where}: the exponent is one too low.",
        "Look at the exponent in the expression.",
        "forward",
    ),
    Fault(
        "exponent_as_factor",
        "exponent as a factor",
        "{where}: multiplied by the exponent.",
        "x³ is x·x·x, not 3·x.",
        "forward",
    ),
    Fault(
        "exponent_turned",
        "sign of the exponent",
        "{where}: the sign of the exponent is the opposite one.",
        "exp(−x) is 1/exp(x).",
        "forward",
    ),
)
