"""What is said where no single mistake of the catalogue is named."""

from grader.feedback.mistakes.row import Row

FINDINGS = (
    Row(
        "constant_factor",
        "off by a constant factor",
        "{where}: {times} times what it should be{meaning}.",
        "Look for a mean, a sum or a factor that is taken once too often or not at all.",
        "grad = 2 * (y_hat - y) / n**2",
        "grad = 2 * (y_hat - y) / n",
    ),
    Row(
        "convention",
        "the mean is taken elsewhere",
        "{where}: {within}. Another function takes that back, and together they are correct.",
        "Look in the text of the assignment which of the two divides here, and move the division there.",
        "grad = 2 * (y_hat - y) / k; dW = dz.T @ x / n",
        "grad = 2 * (y_hat - y) / (n * k); dW = dz.T @ x",
        seen=7,
    ),
    Row(
        "consequential",
        "correct, given your {because}",
        "{names}: this is what follows from your own {because}, which is incorrect.",
        "Nothing to fix here: fix {because} first.",
    ),
    Row(
        "carried_on",
        "correct, given what it builds on",
        "{names}: correct for the entries that it builds on, one of which is incorrect.",
        "Nothing to fix here: fix that entry first.",
    ),
    Row(
        "unknown",
        "not a known mistake",
        "No known mistake gives these numbers. What deviates: {where}{only}.",
        "Take a small example, work the entry out by hand and compare.",
    ),
)
