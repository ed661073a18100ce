import math


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
    e = b * c
    g = a - e
    h = g * d
    dh = 1.0
    dg = d * dh
    de = -dg
    gradients = {"h": dh, "g": dg, "e": de, "a": dg, "b": c * de, "c": b * de, "d": g * dh}
    return {"e": e, "g": g, "h": h}, gradients


def B(a, b, c, d):
    pass


def C(a, b, c, d):
    pass


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
