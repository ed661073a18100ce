import torch


def reference(net, f, g):
    layers = {"relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid, "identity": torch.nn.Identity}
    W1, W2 = net.parameters["W1"], net.parameters["W2"]
    model = torch.nn.Sequential(
        torch.nn.Linear(W1.shape[1], W1.shape[0]),
        layers[f](),
        torch.nn.Linear(W2.shape[1], W2.shape[0]),
        layers[g](),
    )
    model[0].weight.data, model[0].bias.data = W1, net.parameters["b1"]
    model[2].weight.data, model[2].bias.data = W2, net.parameters["b2"]
    return model


def close(a, b):
    return (a - b).norm() < 1e-3
