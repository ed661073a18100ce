"""Derivatives of a two-layer net for one sample: column vectors, numerator layout.

z1 = W1 x + b1, z2 = f(z1), z3 = W2 z2 + b2, y_hat = g(z3). task is "regression" (ReLU, identity, squared norm)
or "classification" (two sigmoids, squared norm too).
"""


def dz2_dz1(z1, task):
    """Return the derivative of z2 by the column z1 (h, 1): a matrix (h, h)."""
    # TODO


def dy_hat_dz3(z3, task):
    """Return the derivative of y_hat by the column z3 (k, 1): a matrix (k, k)."""
    # TODO


def dl_dy_hat(y_hat, y, task):
    """Return the derivative of the loss by the column y_hat (k, 1): a row (1, k)."""
    # TODO


def dl_dparameters(x, y, W1, b1, W2, b2, task):
    """Return a dict with dl_dW1 (in, h), dl_db1 (1, h), dl_dW2 (h, k) and dl_db2 (1, k)."""
    # TODO
