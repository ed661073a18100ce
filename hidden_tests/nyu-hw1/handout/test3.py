# Runs beside mlp.py: python test3.py
# Checks every pair of activations by nudging single weights, without autograd: slow, and it believes nobody.
import torch

from mlp import MLP, mse_loss

torch.manual_seed(3)
x, y = torch.randn(5, 3), torch.randn(5, 2)
STEP = 1e-2

for f in ("relu", "sigmoid", "identity"):
    for g in ("relu", "sigmoid", "identity"):
        net = MLP(3, 4, f, 4, 2, g)
        J, dJdy_hat = mse_loss(y, net.forward(x))
        net.backward(dJdy_hat)
        gradient = float(net.grads["dJdb2"][1])
        losses = []
        for step in (STEP, -STEP):
            net.parameters["b2"][1] += step
            losses.append(float(mse_loss(y, net.forward(x))[0]))
            net.parameters["b2"][1] -= step
        nudged = (losses[0] - losses[1]) / (2 * STEP)
        print(abs(nudged - gradient) < 2e-2 * max(1, abs(nudged)))
