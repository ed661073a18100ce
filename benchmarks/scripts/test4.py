# Second layer of a relu net with a linear output.
import torch
from mlp import MLP, mse_loss

torch.manual_seed(4)
net = MLP(5, 7, "relu", 7, 2, "identity")
layer1, layer2 = torch.nn.Linear(5, 7), torch.nn.Linear(7, 2)
layer1.weight.data, layer1.bias.data = net.parameters["W1"], net.parameters["b1"]
layer2.weight.data, layer2.bias.data = net.parameters["W2"], net.parameters["b2"]
activations = {"relu": torch.nn.ReLU(), "sigmoid": torch.nn.Sigmoid(), "identity": torch.nn.Identity()}
autograd_net = torch.nn.Sequential(layer1, activations["relu"], layer2, activations["identity"])

x = torch.randn(8, 5)
y = torch.rand(8, 2).round()
J_autograd = torch.nn.functional.mse_loss(autograd_net(x), y)
J_autograd.backward()

net.clear_grad_and_cache()
_, dJdy_hat = mse_loss(y, net.forward(x))
net.backward(dJdy_hat)
print((layer2.weight.grad - net.grads["dJdW2"]).norm() < 1e-3)
print((layer2.bias.grad - net.grads["dJdb2"]).norm() < 1e-3)
