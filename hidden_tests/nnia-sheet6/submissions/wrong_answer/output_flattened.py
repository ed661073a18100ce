import numpy as np


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        generator = np.random.default_rng(6)
        self.parameters = {
            "W1": generator.normal(size=(n_in, n_hidden)) / np.sqrt(n_in),
            "b1": np.zeros(n_hidden),
            "W2": generator.normal(size=(n_hidden, n_out)) / np.sqrt(n_hidden),
            "b2": np.zeros(n_out),
        }
        self.grads = {}
        self.cache = {}

    def forward(self, X):
        p, c = self.parameters, self.cache
        self.X = X
        c["A"] = X @ p["W1"]
        c["B"] = c["A"] + p["b1"]
        c["C"] = np.maximum(c["B"], 0)
        c["D"] = c["C"] @ p["W2"]
        c["E"] = (c["D"] + p["b2"]).ravel()
        return c["E"]

    def loss(self, y):
        c = self.cache
        c["F"] = c["E"] - y
        c["G"] = c["F"] ** 2
        c["H"] = c["G"].sum()
        c["L"] = c["H"] / len(y)
        return c["L"]

    def backward(self):
        p, c = self.parameters, self.cache
        dE = 2 * c["F"] / len(c["F"])
        dB = dE @ p["W2"].T * (c["B"] > 0)
        self.grads = {
            "dW1": self.X.T @ dB,
            "db1": dB.sum(axis=0),
            "dW2": c["C"].T @ dE,
            "db2": dE.sum(axis=0),
        }

    def train(self, X, y, lr, epochs):
        losses = []
        for _ in range(epochs):
            self.forward(X)
            losses.append(self.loss(y))
            self.backward()
            for name in self.parameters:
                self.parameters[name] = self.parameters[name] - lr * self.grads["d" + name]
        return losses
