# Forward and first layer of a net of sigmoids.
import torch
from mlp import MLP, mse_loss

torch.manual_seed(5)
net = MLP(3, 5, "sigmoid", 5, 4, "sigmoid")
layer1, layer2 = torch.nn.Linear(3, 5), torch.nn.Linear(5, 4)
layer1.weight.data, layer1.bias.data = net.parameters["W1"], net.parameters["b1"]
layer2.weight.data, layer2.bias.data = net.parameters["W2"], net.parameters["b2"]
activations = {"relu": torch.nn.ReLU(), "sigmoid": torch.nn.Sigmoid(), "identity": torch.nn.Identity()}
autograd_net = torch.nn.Sequential(layer1, activations["sigmoid"], layer2, activations["sigmoid"])

x = torch.randn(11, 3)
y = torch.rand(11, 4).round()
J_autograd = torch.nn.functional.mse_loss(autograd_net(x), y)
J_autograd.backward()

net.clear_grad_and_cache()
_, dJdy_hat = mse_loss(y, net.forward(x))
net.backward(dJdy_hat)
print((autograd_net(x).detach() - net.forward(x)).norm() < 1e-4)
print((layer1.weight.grad - net.grads["dJdW1"]).norm() < 1e-3)
