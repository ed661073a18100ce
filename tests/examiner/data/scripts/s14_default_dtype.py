import torch
from mlp import MLP

torch.set_default_dtype(torch.float64)
torch.manual_seed(14)
net = MLP(2, 3, "sigmoid", 3, 1, "identity")
y_hat = net.forward(torch.rand(2, 2))
print(y_hat.dtype, net.parameters["b2"].dtype == torch.float64)
print(y_hat)
