# Runs beside mlp.py: python test2.py
# Compares your gradients with torch's, for a sigmoid net under the binary cross-entropy.
import torch

from mlp import MLP, bce_loss

torch.manual_seed(2)
net = MLP(3, 5, "sigmoid", 5, 2, "sigmoid")
x, y = torch.randn(7, 3), (torch.rand(7, 2) > 0.5).float()

net.clear_grad_and_cache()
y_hat = net.forward(x)
J, dJdy_hat = bce_loss(y, y_hat)
net.backward(dJdy_hat)

model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Sigmoid(), torch.nn.Linear(5, 2), torch.nn.Sigmoid())
for module, layer in ((model[0], "1"), (model[2], "2")):
    module.weight.data = net.parameters["W" + layer]
    module.bias.data = net.parameters["b" + layer]
output = model(x)
output.retain_grad()
loss = torch.nn.functional.binary_cross_entropy(output, y)
loss.backward()

print(abs(float(J) - loss.item()) < 1e-4)
print((output.grad - dJdy_hat).norm() < 1e-4)
for name, truth in (
    ("dJdW1", model[0].weight.grad),
    ("dJdb1", model[0].bias.grad),
    ("dJdW2", model[2].weight.grad),
    ("dJdb2", model[2].bias.grad),
):
    print(net.grads[name].shape == truth.shape and (net.grads[name] - truth).norm() < 1e-4)
