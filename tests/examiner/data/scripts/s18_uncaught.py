import torch
from mlp import MLP

net = MLP(2, 3, "relu", 3, 2, "identity")
print(net.forward(torch.ones(2, 2)).shape == (2, 2))
net.forward(torch.ones(2, 9))
print("never")
