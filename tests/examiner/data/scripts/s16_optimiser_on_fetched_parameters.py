import torch
from mlp import MLP, mse_loss

torch.manual_seed(16)
net = MLP(2, 8, "sigmoid", 8, 1, "identity")
x = torch.randn(20, 2)
y = (x[:, :1] * x[:, 1:]).clone()
first = last = None
for epoch in range(30):
    net.clear_grad_and_cache()
    J, dJdy_hat = mse_loss(y, net.forward(x))
    net.backward(dJdy_hat)
    for name, value in net.parameters.items():
        value -= 0.1 * net.grads["dJd" + name]
    first = J if first is None else first
    last = J
print("%.5f -> %.5f" % (first, last))
print(last < first)
