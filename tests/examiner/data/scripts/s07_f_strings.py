import torch
from mlp import MLP

torch.manual_seed(7)
net = MLP(4, 3, "relu", 3, 2, "identity")
y_hat = net.forward(torch.randn(2, 4))
print(f"shape {y_hat.shape} mean {y_hat.mean():.4f}")
print(f"right shape: {y_hat.shape == (2, 2)}")
print(f"{net.parameters['W1'].sum().item():.3f}")
