import torch
from mlp import MLP

torch.manual_seed(22)
model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
net = MLP(2, 3, "relu", 3, 2, "identity")
net.parameters["W1"] = model[0].weight
net.parameters["b1"] = model[0].bias.data
net.parameters["W2"].copy_(model[2].weight.detach())
net.parameters.update({"b2": model[2].bias.detach()})
x = torch.randn(4, 2)
print(torch.allclose(net.forward(x), model(x)))
optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
model(x).sum().backward()
optimiser.step()
print(
    torch.allclose(net.parameters["W1"], model[0].weight), torch.allclose(net.parameters["b2"], model[2].bias)
)
print(torch.allclose(net.parameters["W2"], model[2].weight))
