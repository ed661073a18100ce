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
    e = c**3
    g = a + b
    h = g + e
    i = math.sqrt(h)
    j = a / d
    k = math.log(j)
    m = i + k
    dm = 1.0
    di = dk = dm
    dj = dk / j
    dh = di / (2 * i)
    de = dg = dh
    values = {"e": e, "g": g, "h": h, "i": i, "j": j, "k": k, "m": m}
    gradients = {"e": de, "g": dg, "h": dh, "i": di, "j": dj, "k": dk, "m": dm}
    gradients["a"] = dg + dj / d
    gradients["b"] = dg
    gradients["c"] = 3 * c**2 * de
    gradients["d"] = -dj * a / d**2
    return values, gradients


def C(a, b, c, d):
    e = a + b
    g = e * c
    h = math.exp(g)
    i = d - h
    di = 1.0
    dh = -di
    dg = h * dh
    de = c * dg
    gradients = {"i": di, "h": dh, "g": dg, "e": de, "a": de, "b": de, "c": e * dg, "d": di}
    return {"e": e, "g": g, "h": h, "i": i}, gradients


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
