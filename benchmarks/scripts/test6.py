# A classifier: relu, sigmoid and binary cross entropy.
import torch
from mlp import MLP, bce_loss

torch.manual_seed(6)
net = MLP(6, 8, "relu", 8, 2, "sigmoid")
layer1, layer2 = torch.nn.Linear(6, 8), torch.nn.Linear(8, 2)
layer1.weight.data, layer1.bias.data = net.parameters["W1"], net.parameters["b1"]
layer2.weight.data, layer2.bias.data = net.parameters["W2"], net.parameters["b2"]
activations = {"relu": torch.nn.ReLU(), "sigmoid": torch.nn.Sigmoid(), "identity": torch.nn.Identity()}
autograd_net = torch.nn.Sequential(layer1, activations["relu"], layer2, activations["sigmoid"])

x = torch.randn(10, 6)
y = torch.rand(10, 2).round()
J_autograd = torch.nn.functional.binary_cross_entropy(autograd_net(x), y)
J_autograd.backward()

net.clear_grad_and_cache()
_, dJdy_hat = bce_loss(y, net.forward(x))
net.backward(dJdy_hat)
print((layer1.weight.grad - net.grads["dJdW1"]).norm() < 1e-3)
print((layer2.weight.grad - net.grads["dJdW2"]).norm() < 1e-3)
