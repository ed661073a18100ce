"""Every function returns 0."""


def forward(x, Wh, bh, Wo, bo):
    return 0.0


def loss(y_hat, y):
    return 0.0


def gradients(x, y, Wh, bh, Wo, bo):
    return 0.0, 0.0


def update(w, gradient, eta):
    return 0.0
