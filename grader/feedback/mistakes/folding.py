"""Biases folded into the weights, layouts, and steps of gradient descent."""

from grader.feedback.mistakes.row import Row

FOLDING = (
    Row(
        "bias_row_kept",
        "bias row not dropped",
        "{where}: the way back keeps the part of W2 that belongs to the ones.",
        "The step that appends the ones passes back only the columns that were there: drop W2's bias row.",
        "dC = dE @ W2.T",
        "dC = (dE @ W2.T)[:, :-1]",
    ),
    Row(
        "other_row_dropped",
        "a row of weights dropped in the place of the bias row",
        "{where}: the way back drops a row at the wrong end of W2, so a unit is lost and the bias stays.",
        "Drop the row that meets the ones: the last where they stand last, the first where they stand first.",
        "dC = dE @ W2[1:].T  # the ones stand last",
        "dC = dE @ W2[:-1].T  # the ones stand last",
    ),
    Row(
        "ones_added",
        "ones added in the place of appended",
        "{where}: one is added to every number, and no column is appended.",
        "Put a column of ones beside the matrix: np.hstack([X, np.ones((len(X), 1))]).",
        "A = X + 1",
        "A = np.hstack([X, np.ones((len(X), 1))])",
    ),
    Row(
        "bias_not_summed",
        "bias gradient not summed",
        "{where}: its bias gradient still has a row per sample.",
        "The bias is added to every row, so its gradient is the sum over the rows: .sum(axis=0).",
        "db = dz",
        "db = dz.sum(axis=0)",
    ),
    Row(
        "updated_too_early",
        "W2 changed before dW1 was formed",
        "{where}: W2 has taken its step before the gradient of W1 is formed with it.",
        "Form all gradients first, from the weights of the forward pass, and then change all weights.",
        "W2 -= rate * dW2; dC = dE @ W2.T",
        "dC = dE @ W2.T; W2 -= rate * dW2",
    ),
    Row(
        "step_broadcast",
        "a gradient stretched over its weights",
        "{where}: a step has changed the shape of weights: they were stretched over the gradient.",
        "Give each gradient the shape of its weights: a (1, k) row and a (k, 1) column make (k, k) unasked.",
        "W = W - rate * dW  # W is (k, 1), dW is (1, k)",
        "W = W - rate * dW.T  # W is (k, 1), dW is (1, k)",
    ),
    Row(
        "gradients_kept",
        "gradients of earlier epochs kept",
        "{where}: each step uses the sum of all gradients so far.",
        "Set the gradients to zero before each backward: optimizer.zero_grad().",
        "loss.backward(); optimizer.step()",
        "optimizer.zero_grad(); loss.backward(); optimizer.step()",
    ),
    Row(
        "never_stepped",
        "no step taken",
        "{where}: the weights stay as they were.",
        "Change the weights after each backward: w ← w − η · dL/dw.",
        "dW = gradient(W)",
        "dW = gradient(W); W -= rate * dW",
    ),
)
