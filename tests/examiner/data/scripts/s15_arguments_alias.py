import torch
from mlp import MLP

torch.manual_seed(15)
net = MLP(2, 3, "relu", 3, 2, "identity")
W = torch.zeros(3, 2)
net.parameters["W1"] = W
W[1, 1] = 7
print(net.parameters["W1"])
print(net.parameters["W1"] is W)
x = torch.ones(1, 2)
net.forward(x)
print(net.cache["x"] is x)
net.grads["dJdb2"] = torch.ones(2)
grad = net.grads["dJdb2"]
net.clear_grad_and_cache()
print(grad)
print(net.cache == {})
