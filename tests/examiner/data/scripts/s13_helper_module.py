import torch
from helpers_beside import close, reference
from mlp import MLP

torch.manual_seed(13)
for f in ("relu", "sigmoid", "identity"):
    for g in ("relu", "sigmoid", "identity"):
        net = MLP(3, 4, f, 4, 2, g)
        x = torch.randn(5, 3)
        model = reference(net, f, g)
        out = model(x)
        out.backward(torch.ones(5, 2))
        net.forward(x)
        net.backward(torch.ones(5, 2))
        print(close(out, net.forward(x)), close(model[0].weight.grad, net.grads["dJdW1"]))
