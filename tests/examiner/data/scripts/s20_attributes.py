import torch
from mlp import MLP

torch.manual_seed(20)
net = MLP(2, 3, "relu", 3, 2, "identity")
print(net.f_function, net.g_function)
net.f_function = "identity"
print(net.f_function)
net.note = [1, 2]
net.note.append(3)
print(net.note, len(net.note), net.note[-1])
print(type(net.parameters["W1"]), isinstance(net, MLP))
print({name: tuple(value.shape) for name, value in net.parameters.items()})
print(net.parameters)
