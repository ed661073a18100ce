"""Losses that are a sum over outputs and a mean over rows, or a sum over everything."""

from reference.faults.fault import Fault

SUMS = (
    Fault(
        "rows_not_divided",
        "mean left out",
        "{where}: a sum, not divided by the n rows.",
        "Here the loss adds up over the outputs and is the mean over the n rows.",
        "reduction",
        0,
        (1, 0, 1.0),
    ),
    Fault(
        "rows_and_outputs",
        "divided by the outputs, too",
        "{where}: divided by all n·k elements, not by the n rows.",
        "Here the loss adds up over the outputs and is the mean over the n rows.",
        "reduction",
        0,
        (0, -1, 1.0),
    ),
    Fault(
        "rows_divided_twice",
        "mean taken twice",
        "{where}: divided by n twice.",
        "Divide once: look for both a mean and a division.",
        "reduction",
        0,
        (-1, 0, 1.0),
    ),
    Fault(
        "sum_averaged",
        "divided where nothing is to be divided",
        "{where}: divided by all n·k elements.",
        "Here it is a plain sum: leave the division out.",
        "reduction",
        0,
        (-1, -1, 1.0),
    ),
    Fault(
        "sum_over_rows",
        "divided where nothing is to be divided",
        "{where}: divided by the n rows.",
        "Here it is a plain sum: leave the division out.",
        "reduction",
        0,
        (-1, 0, 1.0),
    ),
    Fault(
        "sum_over_outputs",
        "divided where nothing is to be divided",
        "{where}: divided by the k outputs.",
        "Here it is a plain sum: leave the division out.",
        "reduction",
        0,
        (0, -1, 1.0),
    ),
)
