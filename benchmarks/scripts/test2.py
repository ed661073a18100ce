# Loss of a random batch against torch: binary cross entropy.
import torch
from mlp import bce_loss

torch.manual_seed(2)
y = torch.randint(0, 2, (7, 3)).float()
y_hat = torch.rand(7, 3).mul(0.9).add(0.05).requires_grad_()
J_autograd = torch.nn.functional.binary_cross_entropy(y_hat, y)
J_autograd.backward()

J, dJdy_hat = bce_loss(y, y_hat.detach())
print((torch.as_tensor(J) - J_autograd.detach()).abs() < 1e-4)
print((dJdy_hat - y_hat.grad).norm() < 1e-3)
