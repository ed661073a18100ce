import numpy as np
import torch
from mlp import MLP

torch.manual_seed(4)
net = MLP(2, 3, "relu", 3, 2, "sigmoid")
view = net.parameters["W2"].numpy()
view[:] = np.arange(6).reshape(2, 3)
print(net.parameters["W2"])
x = np.array([[1.0, -1.0]], dtype=np.float32)
y_hat = net.forward(torch.from_numpy(x)).numpy()
print(y_hat.shape, y_hat.dtype)
print(np.allclose(y_hat, net.forward(torch.tensor(x)).numpy()))
print(np.isfinite(y_hat).all())
