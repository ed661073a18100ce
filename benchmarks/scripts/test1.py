# Loss of a random batch against torch: mean squared error.
import torch
from mlp import mse_loss

torch.manual_seed(1)
y = torch.randn(7, 3)
y_hat = torch.randn(7, 3, requires_grad=True)
J_autograd = torch.nn.functional.mse_loss(y_hat, y)
J_autograd.backward()

J, dJdy_hat = mse_loss(y, y_hat.detach())
print((torch.as_tensor(J) - J_autograd.detach()).abs() < 1e-4)
print((dJdy_hat - y_hat.grad).norm() < 1e-4)
