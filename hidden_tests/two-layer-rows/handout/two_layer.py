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
        """
        x: (n, in1)
        return y_hat: (n, out2)
        """
        # TODO: your code
        pass

    def backward(self, dLdy_hat):
        """
        dLdy_hat: (n, out2), the gradient that a loss returned, without 1/n
        Fills self.gradients, divided by n; returns nothing.
        """
        # TODO: your code
        pass

    def reset(self):
        for name in self.gradients:
            self.gradients[name] = torch.zeros_like(self.gradients[name])
        self.memory = dict()


def squared_error(y, y_hat):
    """
    y, y_hat: (n, K)
    return L, dLdy_hat: the sum of squared errors over n, and the gradient of the sum alone, (n, K)
    """
    # TODO: your code
    pass


def cross_entropy(y, y_hat):
    """
    y, y_hat: (n, K), with 0 < y_hat < 1
    return L, dLdy_hat: the sum of cross-entropies over n, and the gradient of the sum alone, (n, K)
    """
    # TODO: your code
    pass
