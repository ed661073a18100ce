"""Derivatives in another layout than the sheet's."""

from reference.faults.fault import Fault

LAYOUTS = (
    Fault(
        "denominator_layout",
        "denominator layout",
        "{where}: the numbers are right, in the shape of what the derivative is taken by.",
        "In numerator layout that shape is transposed: a row for a column vector, (in, out) for W.",
        "bookkeeping",
    ),
    Fault(
        "diagonal_alone",
        "the diagonal in the place of the matrix",
        "{where}: the derivatives are right and stand in a column.",
        "A column by a column is a matrix; where each entry depends on one alone, it is diagonal.",
        "bookkeeping",
    ),
)
