# Right: a torch.nn.Module as base class, helper classes per layer.
import torch


class Linear:
    def forward(self, x, weight, bias):
        self.x = x
        return x.matmul(weight.t()) + bias

    def backward(self, upstream, weight):
        return upstream.t().matmul(self.x), upstream.sum(dim=0), upstream.matmul(weight)


class MLP(torch.nn.Module):
    def __init__(
        self,
        linear_1_in_features,
        linear_1_out_features,
        f_function,
        linear_2_in_features,
        linear_2_out_features,
        g_function,
    ):
        super().__init__()
        self.layers = [Linear(), Linear()]
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
        first, second = self.layers
        z1 = first.forward(x, self.parameters["W1"], self.parameters["b1"])
        z2 = second.forward(activate(z1, self.f_function), self.parameters["W2"], self.parameters["b2"])
        self.cache["z"] = [z1, z2]
        return activate(z2, self.g_function)

    def backward(self, dJdy_hat):
        first, second = self.layers
        z1, z2 = self.cache["z"]
        upstream = dJdy_hat * slope(z2, self.g_function)
        dW2, db2, upstream = second.backward(upstream, self.parameters["W2"])
        dW1, db1, _ = first.backward(upstream * slope(z1, self.f_function), self.parameters["W1"])
        self.grads.update(dJdW1=dW1, dJdb1=db1, dJdW2=dW2, dJdb2=db2)

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
    return (difference**2).mean(), 2 * difference / difference.numel()


def bce_loss(y, y_hat):
    J = -(y * y_hat.log() + (1 - y) * (1 - y_hat).log()).mean()
    dJdy_hat = (y_hat - y) / (y_hat * (1 - y_hat)) / y.numel()
    return J, dJdy_hat
