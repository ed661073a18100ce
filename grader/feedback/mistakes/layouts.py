"""Derivatives in another layout than the sheet's."""

from grader.feedback.mistakes.row import Row

LAYOUTS = (
    Row(
        "denominator_layout",
        "denominator layout",
        "{where}: the numbers are correct, in the shape of what the derivative is taken by.",
        "In numerator layout that shape is transposed: a row for a column vector, (in, out) for W.",
        "dl_dy_hat = y_hat - y  # a column",
        "dl_dy_hat = (y_hat - y).T  # a row",
    ),
    Row(
        "diagonal_alone",
        "the diagonal in the place of the matrix",
        "{where}: the derivatives are correct and stand in a column.",
        "A column by a column is a matrix; where each entry depends on one alone, it is diagonal.",
        "da_dz = a * (1 - a)",
        "da_dz = diag(a * (1 - a))",
    ),
)
