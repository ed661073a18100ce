"""Values and gradients of expressions, and a chain of sigmoids.

A, B and C each return two dicts:

    values     every intermediate, in the order in which it is calculated, one operation each;
               call them as you like; the last one is the value of the expression
    gradients  the derivative of the expression with respect to every intermediate, under the names
               they have in `values`, and with respect to a, b, c and d

`f` shows how that looks.
"""


def f(w, x, y, z):
    """f = 4 (x y z + max(z, w))"""
    a = x * y
    b = a * z
    c = max(z, w)
    d = b + c
    e = 4 * d
    values = {"a": a, "b": b, "c": c, "d": d, "e": e}

    de = 1.0
    dd = 4 * de
    db = dd
    dc = dd
    da = z * db
    dw = dc if w > z else 0.0
    dx = y * da
    dy = x * da
    dz = a * db + (dc if z >= w else 0.0)
    gradients = {"a": da, "b": db, "c": dc, "d": dd, "e": de, "w": dw, "x": dx, "y": dy, "z": dz}
    return values, gradients


def A(a, b, c, d):
    """A = (a - b c) d"""
    # TODO: your code
    pass


def B(a, b, c, d):
    """B = sqrt(a + b + c^3) + log(a / d), with the natural logarithm"""
    # TODO: your code
    pass


def C(a, b, c, d):
    """C = d - exp((a + b) c)"""
    # TODO: your code
    pass


def sigmoid_prime(z):
    """The derivative of the sigmoid at a number z."""
    # TODO: your code
    pass


def sigmoid_prime_bounds():
    """Two numbers: the infimum and the maximum of the sigmoid's derivative."""
    # TODO: your code
    pass


def sigmoid_chain(x, w):
    """a_0 = x, a_i = sigmoid(w_i a_(i-1)): the list [a_1, ..., a_5] for a number x and a list of five weights."""
    # TODO: your code
    pass


def dy_dx(x, w):
    """The derivative of y = a_5 with respect to x, by the chain rule."""
    # TODO: your code
    pass
