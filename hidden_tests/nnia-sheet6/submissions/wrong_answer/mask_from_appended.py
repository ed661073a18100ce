import numpy as np


def with_ones(M):
    return np.hstack([M, np.ones((len(M), 1))])


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        generator = np.random.default_rng(6)
        self.parameters = {
            "W1": generator.normal(size=(n_in + 1, n_hidden)) / np.sqrt(n_in + 1),
            "W2": generator.normal(size=(n_hidden + 1, n_out)) / np.sqrt(n_hidden + 1),
        }
        self.grads = {}
        self.cache = {}

    def forward(self, X):
        c = self.cache
        c["A"] = with_ones(X)
        c["B"] = c["A"] @ self.parameters["W1"]
        c["C"] = np.maximum(c["B"], 0)
        c["D"] = with_ones(c["C"])
        c["E"] = c["D"] @ self.parameters["W2"]
        return c["E"]

    def loss(self, y):
        c = self.cache
        c["F"] = c["E"] - y
        c["G"] = c["F"] ** 2
        c["H"] = np.sum(c["G"])
        c["L"] = c["H"] / len(y)
        return c["L"]

    def backward(self):
        A, B, D, F = (self.cache[letter] for letter in "ABDF")
        n = len(F)
        relu_slope = np.where(D > 0, 1.0, 0.0)
        self.grads["dW2"] = 2 / n * D.T @ F
        back = F @ self.parameters["W2"].T
        self.grads["dW1"] = 2 / n * A.T @ (back * relu_slope)

    def train(self, X, y, lr, epochs):
        losses = []
        for _ in range(epochs):
            self.forward(X)
            losses.append(self.loss(y))
            self.backward()
            for name in ("W1", "W2"):
                self.parameters[name] = self.parameters[name] - lr * self.grads["d" + name]
        return losses
