# Wrong in three functions, each for a reason of its own.
import torch


class MLP:
    def __init__(
        self,
        linear_1_in_features,
        linear_1_out_features,
        f_function,
        linear_2_in_features,
        linear_2_out_features,
        g_function,
    ):
        self.f_function = f_function
        self.g_function = g_function
        self.parameters = dict(
            W1=torch.randn(linear_1_out_features, linear_1_in_features),
            b1=torch.randn(linear_1_out_features),
            W2=torch.randn(linear_2_out_features, linear_2_in_features),
            b2=torch.randn(linear_2_out_features),
        )
        self.grads = dict(
            dJdW1=torch.zeros(linear_1_out_features, linear_1_in_features),
            dJdb1=torch.zeros(linear_1_out_features),
            dJdW2=torch.zeros(linear_2_out_features, linear_2_in_features),
            dJdb2=torch.zeros(linear_2_out_features),
        )
        self.cache = dict()

    def forward(self, x):
        z1 = x @ self.parameters["W1"].T + self.parameters["b1"]
        a1 = activate(z1, self.f_function)
        z2 = a1 @ self.parameters["W2"].T + self.parameters["b2"]
        y_hat = activate(z2, self.g_function)
        self.cache = dict(x=x, z1=z1, a1=a1, z2=z2)
        return y_hat

    def backward(self, dJdy_hat):
        x, z1, a1, z2 = (self.cache[name] for name in ("x", "z1", "a1", "z2"))
        dJdz2 = dJdy_hat * slope(z2, self.g_function)
        self.grads["dJdW2"] = dJdz2.T @ a1
        self.grads["dJdb2"] = dJdz2[0]
        dJdz1 = dJdz2 @ self.parameters["W2"] * slope(z1, self.f_function)
        self.grads["dJdW1"] = dJdz1.T @ x
        self.grads["dJdb1"] = dJdz1[0]

    def clear_grad_and_cache(self):
        for name in self.grads:
            self.grads[name] = torch.zeros_like(self.grads[name])
        self.cache = dict()


def activate(z, name):
    if name == "relu":
        return z.clamp(min=0)
    if name == "sigmoid":
        return 1 / (1 + torch.exp(-z))
    return z


def slope(z, name):
    if name == "relu":
        return (z > 0).float()
    if name == "sigmoid":
        s = activate(z, "sigmoid")
        return s * (1 - s)
    return torch.ones_like(z)


def mse_loss(y, y_hat):
    difference = y_hat - y
    return difference.abs().mean(), 2 * difference / difference.numel()


def bce_loss(y, y_hat):
    J = (y * y_hat.log() + (1 - y) * (1 - y_hat).log()).mean()
    dJdy_hat = (y_hat - y) / (y_hat * (1 - y_hat)) / y.numel()
    return J, dJdy_hat
