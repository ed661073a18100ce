import mlp
import torch

torch.manual_seed(2)
net = mlp.MLP(3, 4, "sigmoid", 4, 2, "relu")
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sigmoid(), torch.nn.Linear(4, 2), torch.nn.ReLU())
model[0].weight.data = net.parameters["W1"]
model[0].bias.data = net.parameters["b1"]
model[2].weight.data = net.parameters["W2"]
model[2].bias.data = net.parameters["b2"]
x = torch.randn(5, 3)
y = torch.randn(5, 2)
optimiser = torch.optim.SGD(model.parameters(), lr=0.5)
for step in range(4):
    optimiser.zero_grad()
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    optimiser.step()
    print(step, (net.forward(x) - model(x)).abs().max() < 1e-5)
print(net.parameters["W1"])
print(net.parameters["W1"].data_ptr() == model[0].weight.data_ptr())
