"""Losses that are a sum over outputs and a mean over rows, or a sum over everything."""

from grader.feedback.mistakes.row import Row

SUMS = (
    Row(
        "rows_not_divided",
        "mean left out",
        "{where}: a sum, not divided by the n rows.",
        "Here the loss adds up over the outputs and is the mean over the n rows.",
        "loss = ((y_hat - y) ** 2).sum()",
        "loss = ((y_hat - y) ** 2).sum() / n",
    ),
    Row(
        "rows_and_outputs",
        "divided by the outputs, too",
        "{where}: divided by all n·k elements, not by the n rows.",
        "Here the loss adds up over the outputs and is the mean over the n rows.",
        "loss = ((y_hat - y) ** 2).mean()",
        "loss = ((y_hat - y) ** 2).sum() / n",
    ),
    Row(
        "rows_divided_twice",
        "mean taken twice",
        "{where}: divided by n twice.",
        "Divide once: look for both a mean and a division.",
        "loss = ((y_hat - y) ** 2).sum(1).mean() / n",
        "loss = ((y_hat - y) ** 2).sum() / n",
    ),
    Row(
        "sum_averaged",
        "divided where nothing is to be divided",
        "{where}: divided by all n·k elements.",
        "Here it is a plain sum: leave the division out.",
        "loss = ((y_hat - y) ** 2).mean()",
        "loss = ((y_hat - y) ** 2).sum()",
    ),
    Row(
        "sum_over_rows",
        "divided where nothing is to be divided",
        "{where}: divided by the n rows.",
        "Here it is a plain sum: leave the division out.",
        "loss = ((y_hat - y) ** 2).sum() / n",
        "loss = ((y_hat - y) ** 2).sum()",
    ),
    Row(
        "sum_over_outputs",
        "divided where nothing is to be divided",
        "{where}: divided by the k outputs.",
        "Here it is a plain sum: leave the division out.",
        "loss = ((y_hat - y) ** 2).sum() / k",
        "loss = ((y_hat - y) ** 2).sum()",
    ),
)
