"""Submissions for an assignment that forbids autograd: right ones in many styles, and ones that use it.

The assignment asks for a net of one layer: ``Net(kind).forward(x)`` is tanh(x) or relu(x), ``backward(g)``
the gradient by x for the gradient g by what forward returned, and ``mse(y, t)`` the mean squared error.
"""

ASSIGNMENT = """
title = "One layer"
entry = "net.py"
files = ["net.py", "tape.py"]

[[functions]]
name = "Net.forward"
points = 2

[[functions]]
name = "Net.backward"
points = 3

[[functions]]
name = "mse"
points = 1

[forbid]
autograd = "{autograd}"
breach = "{breach}"
"""

TESTS = '''
import pytest
import torch


@pytest.mark.function("Net.forward")
@pytest.mark.parametrize("kind", ["tanh", "relu"])
def test_forward(submission, check, rng, kind):
    """Values."""
    x = rng.normal(4, 3).float()
    check.close(submission.Net(kind).forward(x), getattr(x.double(), kind)(), name="y")


@pytest.mark.function("Net.backward")
@pytest.mark.parametrize("kind", ["tanh", "relu"])
def test_backward(submission, check, rng, kind):
    """Gradients."""
    x, g = rng.normal(4, 3).float(), rng.normal(4, 3).float()
    net = submission.Net(kind)
    net.forward(x)
    slope = 1 - x.double().tanh() ** 2 if kind == "tanh" else (x > 0).double()
    check.close(net.backward(g), g.double() * slope, name="gradient")


@pytest.mark.function("mse")
def test_mse(submission, check, rng):
    """The loss."""
    y, t = rng.normal(5).float(), rng.normal(5).float()
    check.scalar(submission.mse(y, t), ((y - t) ** 2).mean(), name="J")
'''

LAYERS = """
class Tanh:
    def forward(self, x):
        self.y = torch.tanh(x)
        return self.y

    def backward(self):
        return 1 - self.y * self.y


class Relu:
    def forward(self, x):
        self.x = x
        return x.clamp(min=0)

    def backward(self):
        return (self.x > 0).float()


TABLE = {"tanh": Tanh, "relu": Relu}
"""

NET = """
class Net:
    def __init__(self, kind):
        self.f = TABLE[kind]()

    def forward(self, x):
        return self.f.forward(x)

    def backward(self, g):
        return g * self.f.backward()
"""

MSE = """
def mse(y, t):
    return ((y - t) ** 2).mean()
"""

PLAIN = "import torch\n" + LAYERS + NET + MSE


def net(
    init="self.f = TABLE[kind]()", forward="return self.f.forward(x)", backward="return g * self.f.backward()"
):
    """Return the class with other bodies, of one line or more."""
    bodies = {"__init__(self, kind)": init, "forward(self, x)": forward, "backward(self, g)": backward}
    lines = ["class Net:"]
    for head, body in bodies.items():
        lines += [f"    def {head}:", *(f"        {line}" for line in body.splitlines())]
    return "\n".join(lines) + "\n"


def file(head="", init=None, forward=None, backward=None, tail="", mse=MSE):
    """Return a whole submission with parts of it written otherwise."""
    given = {
        name: body for name, body in (("init", init), ("forward", forward), ("backward", backward)) if body
    }
    return "\n".join([head, "import torch", LAYERS, net(**given), mse, tail])


TRIED = "try:\n    {}\nexcept Exception:\n    pass\n"
BY_HAND = "\nreturn g * self.f.backward()"
DIFFERENTIATED = """x = torch.zeros_like(g).add(self.f.x if isinstance(self.f, Relu) else self.f.y.atanh())
x.requires_grad_()
self.f.forward(x).backward(gradient=g)
return x.grad"""

# Every one is right, and gets all points without a word of something forbidden.
RIGHT = {
    "objects from a table": PLAIN,
    "a comment banner": "# Homework 1.\n" + "#" * 70 + "\n" + PLAIN + "\n# The end.\n" + "#" * 4000,
    "a banner behind a trailing stop": "x = 1.  " + "#" * 3000 + "\n" + PLAIN,
    "a condition": file(init='self.f = Tanh() if kind == "tanh" else Relu()'),
    "a function that makes": file("def make(kind):\n    return TABLE[kind]()\n", init="self.f = make(kind)"),
    "a loop over layers": file(
        init="self.layers = [TABLE[kind]()]",
        forward="for layer in self.layers:\n    x = layer.forward(x)\nreturn x",
        backward="for layer in reversed(self.layers):\n    g = g * layer.backward()\nreturn g",
    ),
    "a comprehension of slopes": file(
        init="self.layers = [TABLE[kind]()]",
        forward="return [layer.forward(x) for layer in self.layers][-1]",
        backward="return g * [layer.backward() for layer in self.layers][0]",
    ),
    "a walrus": file(backward="if (f := self.f) is not None:\n    return g * f.backward()"),
    "a match": file(
        init='match kind:\n    case "tanh":\n        self.f = Tanh()\n'
        "    case other:\n        self.f = TABLE[other]()"
    ),
    "a tape of nodes": """
import torch
class Node:
    def __init__(self, value, parents=(), pull=None):
        self.value, self.parents, self.pull, self.grad = value, parents, pull, 0
    def backward(self):
        for parent, pulled in zip(self.parents, self.pull(self.grad)):
            parent.grad = parent.grad + pulled
def topological(last):
    order = []
    def visit(node):
        for each in node.parents:
            visit(each)
        order.append(node)
    visit(last)
    return order
class Net:
    def __init__(self, kind):
        self.kind = kind
    def forward(self, x):
        self.x = Node(x)
        y = torch.tanh(x) if self.kind == "tanh" else x.clamp(min=0)
        slope = 1 - y * y if self.kind == "tanh" else (x > 0).float()
        self.y = Node(y, (self.x,), lambda g: (g * slope,))
        return y
    def backward(self, g):
        self.y.grad = g
        for node in reversed(topological(self.y)):
            if node.pull:
                node.backward()
        return self.x.grad
""" + MSE,
    "an unused import beside a local variable": file(
        "from torch.autograd import grad", backward="grad = self.f.backward()\nreturn g * grad"
    ),
    "an unused import beside a loop variable": file(
        "from torch.autograd import grad",
        backward="for grad in (g,):\n    pass\nreturn grad * self.f.backward()",
    ),
    "an unused import beside a function": file(
        "from torch.autograd import grad",
        backward="return grad(g, self.f)",
        tail="def grad(g, f):\n    return g * f.backward()",
    ),
    "an unused import beside a parameter": file(
        "from torch.func import grad, vjp",
        backward="def pull(grad):\n    return grad * self.f.backward()\nreturn pull(g)",
    ),
    "an unused import beside an attribute": file(
        "from torch.func import grad", backward="self.grad = g * self.f.backward()\nreturn self.grad"
    ),
    "an unused import under another name": file(
        "from torch import autograd as ag\nimport torch.autograd as a"
    ),
    "a star import": file("from torch.autograd.functional import *\nfrom torch.autograd import *"),
    "an unused tensor that records": file("import torch\nw = torch.ones(2, requires_grad=True)"),
    "an unused tensor that is set to record": file("import torch\nw = torch.ones(2)\nw.requires_grad = True"),
    "what forward returns records": file(forward="return self.f.forward(x).requires_grad_()"),
    "recording in init": file(init="self.w = torch.ones(2).requires_grad_(True)\nself.f = TABLE[kind]()"),
    "parameters of torch.nn": file(
        init="self.w = torch.nn.Parameter(torch.ones(3))\nself.f = TABLE[kind]()",
        forward="return self.f.forward(x * self.w.detach())",
    ),
    "a module of torch.nn": file().replace("class Net:", "class Net(torch.nn.Module):").replace(
        "self.f = TABLE", "super().__init__()\n        self.f = TABLE"
    ),
    "gradients kept and hooked": file(
        forward="y = self.f.forward(x)\ny.retain_grad()\ny.register_hook(print).remove()\nreturn y"
    ),
    "without recording": file(
        forward="with torch.no_grad():\n    return self.f.forward(x.detach())",
        backward="with torch.enable_grad():\n    return g * self.f.backward()",
    ),
    "an old wrapper": file(
        "from torch.autograd import Variable", forward="return self.f.forward(Variable(x)).data"
    ),
    "a method called grad": file("from torch.func import grad", backward="return self.grad(g)").replace(
        "class Net:\n", "class Net:\n    grad = lambda self, g: g * self.f.backward()\n\n"
    ),
    "a class called autograd": file("class autograd:\n    grad = 1\nprint(autograd.grad)"),
    "a variable called jax": file("jax = functorch = [1]\njax.append(functorch.count(1))"),
    "tests under main": file(
        tail='if __name__ == "__main__":\n    w = torch.ones(2, requires_grad=True)\n    w.sum().backward()'
    ),
    "a test that nobody calls": file(
        tail="def check():\n    w = torch.ones(2, requires_grad=True)\n    w.sum().backward()\n"
        "    return w.grad"
    ),
    "comments and strings": file(
        "# loss.backward()\n'''torch.autograd.grad(loss, w)'''", backward="'loss.backward()'" + BY_HAND
    ),
    "full-width letters": file(
        "from torch.autograd import grad", backward="ｇｒａｄ = self.f.backward()\nreturn g * grad"
    ),
    "a helper file": {
        "net.py": "import torch\nfrom tape import TABLE\n" + NET + MSE,
        "tape.py": "import torch\nfrom torch.autograd import grad\n" + LAYERS,
    },
}  # fmt: skip

QUIETLY = (
    "def quietly(g):\n    try:\n        g.sum().backward()  # HERE\n    except RuntimeError:\n        pass"
)
LEAF = "x = torch.ones(2, requires_grad=True).sum()\n"

# Each uses autograd: in which functions it is forbidden, and the line that says so, by the text of that line.
USED = {
    "backward of a tensor": (
        file(backward=LEAF + "x.retain_grad()\nx.backward()  # HERE\nreturn g"),
        {"Net.backward"},
    ),
    "and it is caught": (
        file(backward=LEAF + TRIED.format("x.backward()  # HERE") + BY_HAND.strip()),
        {"Net.backward"},
    ),
    "caught however wide": (
        file(backward=LEAF + "try:\n    x.backward()  # HERE\nexcept BaseException:\n    pass" + BY_HAND),
        {"Net.backward"},
    ),
    "behind getattr": (
        file(backward=LEAF + TRIED.format('getattr(x, "back" + "ward")()  # HERE') + BY_HAND.strip()),
        {"Net.backward"},
    ),
    "behind an own name": (
        file(backward=LEAF + "class Own:\n    backward = x.backward\n"
             + TRIED.format("Own.backward()  # HERE") + BY_HAND.strip()),
        {"Net.backward"},
    ),
    "torch.autograd.grad": (
        file("from torch.autograd import grad as loop",
             backward=LEAF + TRIED.format("loop(x, x)  # HERE") + BY_HAND.strip()),
        {"Net.backward"},
    ),
    "torch.func.grad": (
        file(backward=TRIED.format("torch.func.grad(torch.sum)(g)  # HERE") + BY_HAND.strip()),
        {"Net.backward"},
    ),
    "torch.func.jvp": (
        file(backward=TRIED.format("torch.func.jvp(torch.tanh, (g,), (g,))  # HERE") + BY_HAND.strip()),
        {"Net.backward"},
    ),
    "functorch": (
        file("import functorch",
             backward=TRIED.format("functorch.vjp(torch.sum, g)  # HERE") + BY_HAND.strip()),
        {"Net.backward"},
    ),
    "forward mode": (
        file("import torch.autograd.forward_ad as fw",
             backward="try:\n    with fw.dual_level():  # HERE\n"
             "        fw.make_dual(g, g)\nexcept Exception:\n    pass"
             + BY_HAND),
        {"Net.backward"},
    ),
    "the engine itself": (
        file(backward=LEAF + TRIED.format(
            "torch._C._ImperativeEngine().run_backward((x,), (x,), False, False, (),"
            " allow_unreachable=True, accumulate_grad=True)  # HERE") + BY_HAND.strip()),
        {"Net.backward"},
    ),
    "an operator of aten": (
        file(backward=LEAF + TRIED.format("torch.ops.aten._backward(x, [x])  # HERE") + BY_HAND.strip()),
        {"Net.backward"},
    ),
    "a derivative kernel": (
        file(backward=TRIED.format("torch.ops.aten.tanh_backward(g, g)  # HERE") + BY_HAND.strip()),
        {"Net.backward"},
    ),
    "a thread": (
        file("import threading",
             backward=LEAF + "thread = threading.Thread(target=lambda: x.backward())  # HERE\n"
             "thread.start()\nthread.join()" + BY_HAND),
        {"Net.backward"},
    ),
    "a helper function": (
        file(backward="quietly(g)" + BY_HAND,
             tail=QUIETLY),
        {"Net.backward"},
    ),
    "a helper file": (
        {
            "net.py": file("import tape", backward="tape.quietly(g)" + BY_HAND),
            "tape.py": QUIETLY,
        },
        {"Net.backward"},
    ),
    "once in forward": (
        file(forward=TRIED.format("x.sum().backward()  # HERE") + "return self.f.forward(x)"),
        {"Net.forward"},
    ),
    "in one of two cases": (
        file(backward='if isinstance(self.f, Relu):\n    try:\n        g.sum().backward()  # HERE\n'
             "    except RuntimeError:\n        pass" + BY_HAND),
        {"Net.backward"},
    ),
    "in init": (
        file(init="self.f = TABLE[kind]()\n" + TRIED.format("torch.ones(1).sum().backward()  # HERE")),
        {"Net.forward", "Net.backward"},
    ),
    "at the top": (
        file(tail=TRIED.format("torch.ones(1).sum().backward()  # HERE")),
        {"Net.forward", "Net.backward", "mse"},
    ),
    "at the top, and nothing is left": (
        file(tail="torch.ones(1).sum().backward()  # HERE"), {"Net.forward", "Net.backward", "mse"}
    ),
    "in a check at the top": (
        file(tail="def check():\n    try:\n        mse(torch.ones(1), 0).backward()  # HERE\n"
             "    except RuntimeError:\n        pass\ncheck()"),
        {"Net.forward", "Net.backward", "mse"},
    ),
}  # fmt: skip
