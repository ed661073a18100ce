"""The submission that the scripts are tried on: right, with the habits of a student."""

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
        a1 = self.act(self.f_function, z1)
        z2 = a1 @ self.parameters["W2"].T + self.parameters["b2"]
        y_hat = self.act(self.g_function, z2)
        self.cache.update(x=x, z1=z1, a1=a1, z2=z2, y_hat=y_hat)
        return y_hat

    def act(self, name, z):
        if name == "relu":
            return z.clamp(min=0)
        return 1 / (1 + torch.exp(-z)) if name == "sigmoid" else z

    def slope(self, name, z):
        if name == "relu":
            return (z > 0).to(z.dtype)
        s = self.act("sigmoid", z)
        return s * (1 - s) if name == "sigmoid" else torch.ones_like(z)

    def backward(self, dJdy_hat):
        d2 = dJdy_hat * self.slope(self.g_function, self.cache["z2"])
        self.grads["dJdW2"] += d2.T @ self.cache["a1"]
        self.grads["dJdb2"] += d2.sum(0)
        d1 = d2 @ self.parameters["W2"] * self.slope(self.f_function, self.cache["z1"])
        self.grads["dJdW1"] += d1.T @ self.cache["x"]
        self.grads["dJdb1"] += d1.sum(0)

    def clear_grad_and_cache(self):
        for grad in self.grads:
            self.grads[grad].zero_()
        self.cache = dict()


def mse_loss(y, y_hat):
    return ((y_hat - y) ** 2).mean(), 2 * (y_hat - y) / y.numel()


def bce_loss(y, y_hat):
    loss = -(y * torch.log(y_hat) + (1 - y) * torch.log(1 - y_hat)).mean()
    return loss, (y_hat - y) / (y_hat * (1 - y_hat)) / y.numel()
