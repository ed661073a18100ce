# The model solution: products of Jacobians as they are derived.
import torch


def slope(z, name):
    if name == "relu":
        return (z > 0).to(z.dtype)
    if name == "sigmoid":
        return torch.sigmoid(z) * (1 - torch.sigmoid(z))
    return torch.ones_like(z)


def activations(task):
    return ("relu", "identity") if task == "regression" else ("sigmoid", "sigmoid")


def activate(z, name):
    if name == "relu":
        return torch.relu(z)
    return torch.sigmoid(z) if name == "sigmoid" else z


def dz2_dz1(z1, task):
    return torch.diag(slope(z1, activations(task)[0])[:, 0])


def dy_hat_dz3(z3, task):
    return torch.diag(slope(z3, activations(task)[1])[:, 0])


def dl_dy_hat(y_hat, y, task):
    return 2 * (y_hat - y).T


def dl_dparameters(x, y, W1, b1, W2, b2, task):
    z1 = W1 @ x + b1
    z2 = activate(z1, activations(task)[0])
    z3 = W2 @ z2 + b2
    y_hat = activate(z3, activations(task)[1])
    dl_dz3 = dl_dy_hat(y_hat, y, task) @ dy_hat_dz3(z3, task)
    dl_dz1 = dl_dz3 @ W2 @ dz2_dz1(z1, task)
    return {"dl_dW1": x @ dl_dz1, "dl_db1": dl_dz1, "dl_dW2": z2 @ dl_dz3, "dl_db2": dl_dz3}
