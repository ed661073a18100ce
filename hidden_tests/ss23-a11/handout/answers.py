"""One step of learning of a binary classifier with three hidden units.

Write the six functions. You may also write down what you worked out by hand for the sheet's numbers, as
Y_HAT, LOSS, DL_DY_HAT, DL_DWH12 and WH12 (the weight after the step), rounded as you like.
"""


def hidden(x, Wh, bh):
    """Return the pair z, h of the hidden layer for one row x (2,), three numbers each."""
    # TODO


def forward(x, Wh, bh, Wo, bo):
    """Return the output of the net for one row x (2,): Wh (3, 2), bh (3,), Wo (1, 3), bo (1,)."""
    # TODO


def loss(y_hat, y):
    """Return L = log(1 + exp((1 - 2y) * y_hat))."""
    # TODO


def gradients(x, y, Wh, bh, Wo, bo):
    """Return the pair dL/dy_hat, dL/dWh12: the weight of the first hidden unit for the second input."""
    # TODO


def partials(x, y, Wh, bh, Wo, bo):
    """Return the four derivatives dL/dy_hat, dy_hat/dh1, dh1/dz1 and dz1/dWh12, whose product is dL/dWh12."""
    # TODO


def update(w, gradient, eta):
    """Return the weight after one step of gradient descent with learning rate eta."""
    # TODO
