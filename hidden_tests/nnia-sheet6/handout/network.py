"""A net of one hidden layer that predicts the price of a ticket. NumPy only: torch is forbidden here."""

import csv

import numpy as np

COLUMNS = ("Pclass", "Age", "Survived")
TARGET = "Fare"
MISSING = {"", "NA", "NaN", "nan"}


def read_passengers(path):
    """
    Given. Returns X (n, 3) and y (n, 1) of the rows in which nothing is missing, and says how many lack something.
    """
    with open(path, newline="") as file:
        rows = [[row[name].strip() for name in (*COLUMNS, TARGET)] for row in csv.DictReader(file)]
    complete = [[float(cell) for cell in row] for row in rows if not MISSING & set(row)]
    if len(complete) < len(rows):
        print(f"{path}: {len(rows) - len(complete)} of {len(rows)} rows lack a value and are left out")
    if not complete:
        raise ValueError(f"{path}: there is no row without a missing value")
    numbers = np.array(complete)
    return numbers[:, :3], numbers[:, 3:]


def standardised(columns):
    """Given. Returns columns of mean 0 and deviation 1."""
    return (columns - columns.mean(axis=0)) / columns.std(axis=0)


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        """
        n_in, n_hidden, n_out: how many inputs, hidden units and outputs there are
        """
        # TODO: start weights. W1, b1, W2, b2, or W1 and W2 with the biases folded in
        self.parameters = {}
        self.grads = {}
        self.cache = {}

    def forward(self, X):
        """
        X: (n, n_in)
        return y_hat: (n, n_out). Keeps the intermediates A, B, C, D, E in self.cache.
        """
        # TODO: your code
        pass

    def loss(self, y):
        """
        y: (n, n_out)
        return L, the mean of squared errors of what forward returned last. Keeps F, G, H, L in self.cache.
        """
        # TODO: your code
        pass

    def backward(self):
        """
        Fills self.grads with the gradients of L: dW1, db1, dW2, db2 as far as there are such parameters.
        """
        # TODO: your code
        pass

    def train(self, X, y, lr, epochs):
        """
        Gradient descent with the whole batch: w <- w - lr * dL/dw in each epoch
        return the list of the losses, one for each epoch
        """
        # TODO: your code
        pass


if __name__ == "__main__":
    X, y = read_passengers("passengers.csv")
    network = Network(3, 4, 1)
    print(network.train(standardised(X), standardised(y), 0.05, 10))
