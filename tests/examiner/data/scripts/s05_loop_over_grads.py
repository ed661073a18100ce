import torch
from mlp import *

torch.manual_seed(5)
net = MLP(2, 3, "sigmoid", 3, 2, "sigmoid")
x, y = torch.rand(6, 2), torch.rand(6, 2)
J, dJdy_hat = bce_loss(y, net.forward(x))
net.backward(dJdy_hat)
for name, grad in net.grads.items():
    print(name, tuple(grad.shape), grad.norm().item() > 0)
for name in net.grads:
    print(net.grads[name].shape == net.parameters[name[3:]].shape)
print(len(net.grads), sorted(net.grads.keys()), "dJdW1" in net.grads, "dLdW1" in net.grads)
