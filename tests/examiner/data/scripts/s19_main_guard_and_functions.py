import torch
from mlp import MLP, bce_loss


def run(n):
    torch.manual_seed(n)
    net = MLP(2, 3, "relu", 3, 1, "sigmoid")
    y_hat = net.forward(torch.randn(n, 2))
    y = torch.ones(n, 1)
    return bce_loss(y, y_hat)[0], torch.nn.functional.binary_cross_entropy(y_hat, y)


if __name__ == "__main__":
    for n in (1, 3):
        ours, theirs = run(n)
        print("bce %d:" % n, torch.isclose(ours, theirs))
        print(ours.item() - theirs.item() < 1e-5)
