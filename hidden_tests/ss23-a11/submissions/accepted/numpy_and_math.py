"""Right: plain Python numbers, NumPy for the matrix product."""

import math

import numpy as np


def hidden(x, Wh, bh):
    z = np.asarray(Wh) @ np.asarray(x) + np.asarray(bh)
    return list(z), np.maximum(z, 0)


def forward(x, Wh, bh, Wo, bo):
    hidden = np.maximum(np.asarray(Wh) @ np.asarray(x) + np.asarray(bh), 0)
    return float((np.asarray(Wo) @ hidden + np.asarray(bo))[0])


def loss(y_hat, y):
    return math.log1p(math.exp((1 - 2 * y) * y_hat))


def gradients(x, y, Wh, bh, Wo, bo):
    factor = 1 - 2 * float(y)
    outer = factor / (1 + math.exp(-factor * forward(x, Wh, bh, Wo, bo)))
    first = sum(float(Wh[0][k] * x[k]) for k in range(2)) + float(bh[0])
    return [outer, outer * float(Wo[0][0]) * float(x[1]) if first > 0 else 0.0]


def partials(x, y, Wh, bh, Wo, bo):
    z, _ = hidden(x, Wh, bh)
    return [gradients(x, y, Wh, bh, Wo, bo)[0], float(Wo[0][0]), int(z[0] > 0), float(x[1])]


def update(w, gradient, eta):
    return float(w) - eta * float(gradient)
