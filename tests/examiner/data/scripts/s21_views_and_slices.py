import torch
from mlp import MLP

torch.manual_seed(21)
net = MLP(3, 3, "identity", 3, 3, "identity")
row = net.parameters["W1"][0]
row.mul_(0)
print(net.parameters["W1"])
column = net.parameters["W2"].T[1]
column.copy_(torch.arange(3.0))
print(net.parameters["W2"])
with torch.no_grad():
    net.parameters["b1"].view(-1)[2] = -1
print(net.parameters["b1"])
