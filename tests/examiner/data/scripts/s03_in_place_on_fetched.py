import torch
from mlp import MLP

torch.manual_seed(3)
net = MLP(2, 3, "identity", 3, 1, "identity")
W1 = net.parameters["W1"]
W1.zero_()
W1[0, 1] = 5
W1 += 1
print(net.parameters["W1"])
net.parameters["b1"].fill_(0.25)
net.parameters["b1"][1:] *= 2
print(net.parameters["b1"])
print(net.forward(torch.ones(1, 2)))
