import torch
from mlp import MLP, mse_loss

net = MLP(4, 3, "relu", 3, 2, "identity")
assert net.forward(torch.randn(5, 4)).shape == (5, 2)
J, dJ = mse_loss(torch.zeros(2, 2), torch.ones(2, 2))
assert abs(J.item() - 1) < 1e-6, "loss"
assert torch.allclose(dJ, torch.full((2, 2), 0.5))
