# The hidden layer's derivative is left out.
import torch


class TwoLayerNet:
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
        self.weights = dict(
            A1=torch.randn(linear_1_in_features, linear_1_out_features),
            c1=torch.randn(linear_1_out_features),
            A2=torch.randn(linear_2_in_features, linear_2_out_features),
            c2=torch.randn(linear_2_out_features),
        )
        self.gradients = {"dLd" + name: torch.zeros_like(value) for name, value in self.weights.items()}
        self.memory = dict()

    def predict(self, x):
        z1 = x @ self.weights["A1"] + self.weights["c1"]
        a1 = activate(z1, self.f_function)
        z2 = a1 @ self.weights["A2"] + self.weights["c2"]
        self.memory = dict(x=x, z1=z1, a1=a1, z2=z2)
        return activate(z2, self.g_function)

    def backward(self, dLdy_hat):
        x, z1, a1, z2 = (self.memory[name] for name in ("x", "z1", "a1", "z2"))
        dLdz2 = dLdy_hat / len(dLdy_hat) * slope(z2, self.g_function)
        self.gradients["dLdA2"] = a1.T @ dLdz2
        self.gradients["dLdc2"] = dLdz2.sum(0)
        dLdz1 = dLdz2 @ self.weights["A2"].T
        self.gradients["dLdA1"] = x.T @ dLdz1
        self.gradients["dLdc1"] = dLdz1.sum(0)

    def reset(self):
        for name in self.gradients:
            self.gradients[name] = torch.zeros_like(self.gradients[name])
        self.memory = dict()


def activate(z, name):
    if name == "relu":
        return z.clamp(min=0)
    return torch.sigmoid(z) if name == "sigmoid" else z


def slope(z, name):
    if name == "relu":
        return (z > 0).float()
    return torch.sigmoid(z) * torch.sigmoid(-z) if name == "sigmoid" else torch.ones_like(z)


def squared_error(y, y_hat):
    return ((y_hat - y) ** 2).sum() / len(y), 2 * (y_hat - y)


def cross_entropy(y, y_hat):
    L = -(y * y_hat.log() + (1 - y) * (1 - y_hat).log()).sum() / len(y)
    return L, (y_hat - y) / (y_hat * (1 - y_hat))
