"""How an answer is kept: the value itself, unless somebody's bookkeeping goes wrong.

``n`` is the number of rows of the batch that the answer comes from.
"""

import torch

from reference.tape import Broken, Operation

KEEP = Operation(
    "keep",
    lambda value, n: value,
    (lambda g, _: g,),
    {
        "batch_mean": Broken(lambda value, n: value / n),
        "batch_sum": Broken(lambda value, n: value * n),
        "doubled": Broken(lambda value, n: 2 * value),
        "halved": Broken(lambda value, n: value / 2),
        "sign": Broken(lambda value, n: -value),
        "never_written": Broken(lambda value, n: torch.zeros_like(value)),
        "transposed": Broken(lambda value, n: value.T if value.dim() == 2 else value),
        "extra_axis": Broken(lambda value, n: value.unsqueeze(0)),
        "flattened": Broken(lambda value, n: value.flatten()),
        "squeezed": Broken(lambda value, n: value.squeeze()),
        "column_squeezed": Broken(lambda value, n: value.squeeze(-1)),
        "summed_away": Broken(lambda value, n: value.sum(0)),
        "rounded": Broken(lambda value, n: value.round(decimals=2)),
        "not_a_number": Broken(lambda value, n: torch.full_like(value, torch.nan)),
    },
)
