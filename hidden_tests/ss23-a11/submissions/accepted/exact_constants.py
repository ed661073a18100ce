"""Right: with the sheet's numbers to all digits, and in float32 throughout."""

import torch

Y_HAT = torch.tensor([[2.0]])
LOSS = 6.002475685137731
DL_DY_HAT = torch.tensor(2.9925821305300957)
DL_DWH12 = 2.9925821
WH12 = 0.10074


def forward(x, Wh, bh, Wo, bo):
    x, Wh, bh, Wo, bo = (each.float() for each in (x, Wh, bh, Wo, bo))
    return (Wh @ x + bh).clamp(min=0) @ Wo.T + bo


def loss(y_hat, y):
    return torch.log(1 + torch.exp((1 - 2 * y) * y_hat))


def gradients(x, y, Wh, bh, Wo, bo):
    y_hat = forward(x, Wh, bh, Wo, bo)
    dL_dy_hat = (1 - 2 * y) * torch.sigmoid((1 - 2 * y) * y_hat)
    z1 = Wh[0] @ x + bh[0]
    dL_dWh12 = dL_dy_hat * Wo[0, 0] * (z1 > 0) * x[1]
    return dL_dy_hat, dL_dWh12


def update(w, gradient, eta):
    return w - eta * gradient
