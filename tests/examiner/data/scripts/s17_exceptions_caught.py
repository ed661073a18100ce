import torch
from mlp import MLP, mse_loss

net = MLP(2, 3, "relu", 3, 2, "identity")
try:
    net.forward(torch.ones(2, 7))
except RuntimeError as error:
    print("refused", type(error).__name__ == "RuntimeError")
try:
    net.grads["nothing"]
except KeyError:
    print("no such gradient")
try:
    net.update()
except AttributeError as error:
    print(error)
try:
    mse_loss(1)
except TypeError as error:
    print(error)
print(hasattr(net, "forward"), hasattr(net, "fit"))
