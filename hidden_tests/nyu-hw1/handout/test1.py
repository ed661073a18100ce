# Runs beside mlp.py: python test1.py
# Compares your gradients with torch's, for a ReLU net under the mean squared error.
import torch

from mlp import MLP, mse_loss

torch.manual_seed(1)
net = MLP(4, 6, "relu", 6, 3, "identity")
x, y = torch.randn(8, 4), torch.randn(8, 3)

net.clear_grad_and_cache()
y_hat = net.forward(x)
J, dJdy_hat = mse_loss(y, y_hat)
net.backward(dJdy_hat)

model = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3))
model[0].weight.data = net.parameters["W1"]
model[0].bias.data = net.parameters["b1"]
model[2].weight.data = net.parameters["W2"]
model[2].bias.data = net.parameters["b2"]
loss = torch.nn.functional.mse_loss(model(x), y)
loss.backward()

print((model(x).data - y_hat).norm() < 1e-4)
print(abs(float(J) - loss.item()) < 1e-4)
print((model[0].weight.grad - net.grads["dJdW1"]).norm() < 1e-4)
print((model[0].bias.grad - net.grads["dJdb1"]).norm() < 1e-4)
print((model[2].weight.grad - net.grads["dJdW2"]).norm() < 1e-4)
print((model[2].bias.grad - net.grads["dJdb2"]).norm() < 1e-4)
