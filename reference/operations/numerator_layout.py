"""Derivatives as a sheet in numerator layout writes them: of columns by columns, of a scalar by a matrix.

There the derivative of a scalar has the shape of what it is taken by, transposed: a row for a column vector,
(in, out) for weights (out, in). That of an elementwise function is a diagonal matrix.
"""

import torch

from reference.tape import Broken, Operation

NUMERATOR = Operation(
    "numerator layout",
    lambda value: value.T.contiguous(),
    (lambda g, _: g.T,),
    {
        "denominator_layout": Broken(lambda value: value),
        "flattened": Broken(lambda value: value.flatten()),
    },
)
DIAGONAL = Operation(
    "diagonal",
    lambda slopes: torch.diag(slopes.flatten()),
    (lambda g, s: g.diagonal().reshape(s.input(0).shape),),
    {
        "diagonal_alone": Broken(lambda slopes: slopes),
        "flattened": Broken(lambda slopes: slopes.flatten()),
    },
)
