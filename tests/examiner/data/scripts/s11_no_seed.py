import torch
from mlp import MLP

net = MLP(2, 3, "relu", 3, 2, "identity")
other = MLP(2, 3, "relu", 3, 2, "identity")
print((net.parameters["W1"] - other.parameters["W1"]).norm() > 0)
print(torch.equal(net.parameters["W1"], net.parameters["W1"]))
