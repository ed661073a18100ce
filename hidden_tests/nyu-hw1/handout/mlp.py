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
        """
        linear_1_in_features, linear_1_out_features: the first layer takes in1 numbers and gives out1
        f_function: activation after the first layer: "relu", "sigmoid" or "identity"
        linear_2_in_features, linear_2_out_features: the second layer takes in2 (= out1) and gives out2
        g_function: activation after the second layer, one of the same three
        """
        self.f_function = f_function
        self.g_function = g_function

        self.parameters = dict(
            W1=torch.randn(linear_1_out_features, linear_1_in_features),
            b1=torch.randn(linear_1_out_features),
            W2=torch.randn(linear_2_out_features, linear_2_in_features),
            b2=torch.randn(linear_2_out_features),
        )
        self.grads = {"dJd" + name: torch.zeros_like(value) for name, value in self.parameters.items()}

        # Whatever forward wants to keep for backward.
        self.cache = dict()

    def forward(self, x):
        """
        x: (n, in1)
        return y_hat: (n, out2)
        """
        # TODO: your code
        pass

    def backward(self, dJdy_hat):
        """
        dJdy_hat: (n, out2), the gradient of J with respect to what forward returned last
        Fills self.grads; returns nothing.
        """
        # TODO: your code
        pass

    def clear_grad_and_cache(self):
        for name in self.grads:
            self.grads[name] = torch.zeros_like(self.grads[name])
        self.cache = dict()


def mse_loss(y, y_hat):
    """
    y, y_hat: (n, K)
    return J, dJdy_hat: the mean squared error over all n*K elements, and its gradient (n, K)
    """
    # TODO: your code
    pass


def bce_loss(y, y_hat):
    """
    y, y_hat: (n, K), with 0 < y_hat < 1
    return J, dJdy_hat: the mean binary cross-entropy over all n*K elements, and its gradient (n, K)
    """
    # TODO: your code
    pass
