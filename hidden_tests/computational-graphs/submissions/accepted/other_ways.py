import math
from collections import OrderedDict

import numpy as np


def f(w, x, y, z):
    a = x * y
    b = a * z
    c = max(z, w)
    d = b + c
    e = 4 * d
    values = {"a": a, "b": b, "c": c, "d": d, "e": e}
    gradients = {"a": 4 * z, "b": 4.0, "c": 4.0, "d": 4.0, "e": 1.0}
    gradients["w"] = 4.0 if w > z else 0.0
    gradients["x"] = 4 * y * z
    gradients["y"] = 4 * x * z
    gradients["z"] = 4 * a + (4.0 if z >= w else 0.0)
    return values, gradients


def A(a, b, c, d):
    minus_bc = -b * c
    difference = a + minus_bc
    product = difference * d
    values = OrderedDict(minus_bc=minus_bc, difference=difference, product=product)
    gradients = OrderedDict(product=1, difference=d, minus_bc=d, a=d, b=-c * d, c=-b * d, d=difference)
    return values, gradients


def B(a, b, c, d):
    c3 = np.power(c, 3)
    t1 = c3 + b
    t2 = a + t1
    t3 = np.sqrt(t2)
    t4 = np.divide(a, d)
    t5 = np.log(t4)
    t6 = t5 + t3
    root = 1 / (2 * t3)
    values = {"t4": t4, "t5": t5, "c3": c3, "t1": t1, "t2": t2, "t3": t3, "t6": t6}
    gradients = {"c3": root, "t1": root, "t2": root, "t3": 1, "t4": 1 / t4, "t5": 1, "t6": 1}
    return values, gradients | {"a": root + 1 / a, "b": root, "c": 3 * c * c * root, "d": -1 / d}


def C(a, b, c, d):
    u = c * (b + a)
    v = np.exp(u)
    values = {"sum": b + a, "u": u, "v": v, "C": np.array([d - v])}
    gradients = {"sum": -c * v, "u": -v, "v": -1, "C": 1.0, "a": -c * v, "b": -c * v, "c": -(a + b) * v, "d": 1}
    return values, gradients


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def sigmoid_prime_bounds():
    return 0, 1 / 4


def sigmoid_chain(x, w):
    found = []
    for weight in w:
        x = sigmoid(weight * x)
        found.append(x)
    return found


def dy_dx(x, w):
    slope = 1.0
    for weight in w:
        slope *= weight * sigmoid_prime(weight * x)
        x = sigmoid(weight * x)
    return slope
