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
    ad = a * d
    bc = b * c
    bcd = bc * d
    A = ad - bcd
    gradients = {"A": 1.0, "ad": 1.0, "bcd": -1.0, "bc": -d, "a": d, "b": -d * c, "c": -d * b, "d": a - bc}
    return {"ad": ad, "bc": bc, "bcd": bcd, "A": A}, gradients


def B(a, b, c, d):
    v = [c * c]
    v.append(v[0] * c)
    v.append(a + b)
    v.append(v[2] + v[1])
    v.append(math.sqrt(v[3]))
    v.append(a / d)
    v.append(math.log(v[5]))
    v.append(v[4] + v[6])
    g = [0.0] * 8
    g[7] = 1.0
    g[6] = g[4] = g[7]
    g[5] = g[6] / v[5]
    g[3] = g[4] / 2 / v[4]
    g[2] = g[1] = g[3]
    g[0] = g[1] * c
    slopes = {"a": g[2] + g[5] / d, "b": g[2], "c": g[1] * v[0] + g[0] * 2 * c, "d": -g[5] * a / d / d}
    return {f"v{n}": each for n, each in enumerate(v)}, {f"v{n}": each for n, each in enumerate(g)} | slopes


def C(a, b, c, d):
    ac = a * c
    bc = b * c
    s = ac + bc
    e = math.exp(s)
    y = d - e
    values = {"ac": ac, "bc": bc, "s": s, "e": e, "y": y}
    gradients = {"y": 1.0, "e": -1.0, "s": -e, "ac": -e, "bc": -e, "a": -e * c, "b": -e * c, "c": -e * (a + b), "d": 1.0}
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
