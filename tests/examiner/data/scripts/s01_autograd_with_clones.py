import torch
from mlp import MLP, mse_loss

torch.manual_seed(1)
net = MLP(2, 3, "relu", 3, 2, "identity")
x, y = torch.randn(4, 2), torch.randn(4, 2)
p = {k: v.clone().requires_grad_() for k, v in net.parameters.items()}
out = (x @ p["W1"].T + p["b1"]).relu() @ p["W2"].T + p["b2"]
J = torch.nn.functional.mse_loss(out, y)
J.backward()
y_hat = net.forward(x)
loss, grad = mse_loss(y, y_hat)
net.backward(grad)
print((loss - J).norm() < 1e-3)
for name in ("W1", "b1", "W2", "b2"):
    print((p[name].grad - net.grads["dJd" + name]).norm() < 1e-3)
