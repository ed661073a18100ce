# First layer of a relu net with a linear output.
import torch
from mlp import MLP, mse_loss

torch.manual_seed(3)
net = MLP(4, 6, "relu", 6, 3, "identity")
layer1, layer2 = torch.nn.Linear(4, 6), torch.nn.Linear(6, 3)
layer1.weight.data, layer1.bias.data = net.parameters["W1"], net.parameters["b1"]
layer2.weight.data, layer2.bias.data = net.parameters["W2"], net.parameters["b2"]
activations = {"relu": torch.nn.ReLU(), "sigmoid": torch.nn.Sigmoid(), "identity": torch.nn.Identity()}
autograd_net = torch.nn.Sequential(layer1, activations["relu"], layer2, activations["identity"])

x = torch.randn(9, 4)
y = torch.rand(9, 3).round()
J_autograd = torch.nn.functional.mse_loss(autograd_net(x), y)
J_autograd.backward()

net.clear_grad_and_cache()
_, dJdy_hat = mse_loss(y, net.forward(x))
net.backward(dJdy_hat)
print((layer1.weight.grad - net.grads["dJdW1"]).norm() < 1e-3)
print((layer1.bias.grad - net.grads["dJdb1"]).norm() < 1e-3)
