import sys
import textwrap

import pytest

from worker.guest.findings import FINDING_LIMIT, find
from worker.guest.parsed import parse
from worker.wire.message import Ban

FORBID = Ban(autograd="forbid", modules=("sklearn", "torch.optim"), names=("eval", "torch.nn.MSELoss"))


def found(source, ban=FORBID, **others):
    sources = {"mlp.py": source, **others}
    files = {name: parse(textwrap.dedent(text), name) for name, text in sources.items()}
    return [(finding.what, finding.line, finding.where) for finding in find(files, ban)]


AUTOGRAD = {
    "backward of a loss": ("def f(loss):\n    loss.backward()", [(".backward()", 2, "f")]),
    "in a method": (
        "class M:\n    def step(self):\n        self.loss.backward()",
        [(".backward()", 3, "M.step")],
    ),
    "beside an own backward": (
        "class M:\n    def backward(self, g): pass\ndef f(loss):\n    loss.backward()",
        [(".backward()", 4, "f")],
    ),
    "within an own backward": (
        "class M:\n    def backward(self, g):\n        self.J.backward(retain_graph=True)",
        [(".backward()", 3, "M.backward")],
    ),
    "by its full name": ("import torch\ntorch.autograd.grad(1, 2)", [("torch.autograd.grad", 2, "")]),
    "by another name": ("from torch import autograd as a\na.grad(1, 2)", [("torch.autograd.grad", 2, "")]),
    "one function": ("from torch.autograd import grad as g\ng(1, 2)", [("torch.autograd.grad", 2, "")]),
    "func": ("import torch as t\nt.func.vjp(f, x)", [("torch.func.vjp", 2, "")]),
    "functorch": ("from functorch import grad\ngrad(f)", [("functorch.grad", 2, "")]),
    "Function": (
        "import torch\nclass F(torch.autograd.Function): pass",
        [("torch.autograd.Function", 2, "F")],
    ),
    "the engine": ("import torch\ntorch._C._ImperativeEngine()", [("torch._C._ImperativeEngine", 2, "")]),
    "a hook": ("x.register_hook(print)", [(".register_hook", 1, "")]),
    "behind getattr": ("getattr(loss, 'backward')()", [('getattr "backward"', 1, "")]),
    "a name in two pieces": ("getattr(loss, 'back' 'ward')()", [('getattr "backward"', 1, "")]),
    "behind a comment": ("(loss.  # why\n  # not\n  backward())", [(".backward()", 1, "")]),
    "on another line": ("loss. \\\n  backward()", [(".backward()", 1, "")]),
    "full-width letters": ("loss.ｂａｃｋｗａｒｄ()", [(".backward()", 1, "")]),
}


@pytest.mark.parametrize("name", AUTOGRAD, ids=list(AUTOGRAD))
def test_finds_autograd(name):
    source, expected = AUTOGRAD[name]
    assert found(source) == expected


HONEST = {
    "an own method": "class M:\n    def backward(self, g): pass\nm = M()\nm.backward(1)\nm.backward()",
    "an own method through self": """
        class Layer:
            def backward(self, g): return g
        class Net:
            def __init__(self):
                self.layers = [Layer(), Layer()]
                self.last = Layer()
            def backward(self, g):
                for layer in self.layers:
                    g = layer.backward(g)
                self.last.backward(g)
                return super().backward(g)
            def step(self): self.backward()
    """,
    "an heir": "class A:\n    def backward(self): pass\nclass B(A): pass\nb = B()\nb.backward()",
    "a function of that name": "def backward(x): pass\nbackward(1)",
    "under main": "if __name__ == '__main__':\n    loss.backward()\n    import torch.autograd",
    "comments and strings": "# loss.backward()\n'loss.backward()'\n",
    "an unused import": "from torch.autograd import grad\nimport torch.autograd",
    "an old wrapper": "import torch\nfrom torch.autograd import Variable\nVariable(torch.autograd.Variable)",
    "a variable called autograd": "autograd = 1\nprint(autograd)\ndJdW_autograd = autograd",
    "recording switched off": """
        import torch
        x = torch.ones(3, requires_grad=False)
        x.requires_grad = False
        x.requires_grad_(False)
        with torch.no_grad(): pass
    """,
    "an attribute called grad": "self.grads['dJdW1'] = 1\nx.grad = None",
    "functional forward": "import torch.nn.functional as F\nF.relu(x)",
}


@pytest.mark.parametrize("name", HONEST, ids=list(HONEST))
def test_lets_pass(name):
    assert found(HONEST[name]) == []


def test_forbidden_modules_are_found_where_they_are_imported():
    source = "import sklearn.svm\nfrom sklearn import tree\nfrom torch import optim\nimport torch.optim as o"
    assert found(source) == [
        ("sklearn", 1, ""),
        ("sklearn", 2, ""),
        ("torch.optim", 3, ""),
        ("torch.optim", 4, ""),
    ]


def test_forbidden_names_are_found_where_they_are_used():
    source = "from torch import nn\ndef f():\n    return nn.MSELoss()(eval('1'), 2)"
    assert found(source) == [("torch.nn.MSELoss", 3, "f"), ("eval", 3, "f")]


def test_what_is_allowed_is_not_looked_for():
    assert found("loss.backward()", Ban(autograd="allow")) == []
    assert found("loss.backward()", Ban(autograd="report")) == [(".backward()", 1, "")]


def test_own_classes_may_stand_in_another_file():
    layers = "class Layer:\n    def backward(self, g): pass"
    assert found("from layers import Layer\nlayer = Layer()\nlayer.backward()", **{"layers.py": layers}) == []


def test_columns_count_from_one():
    (finding,) = find({"mlp.py": parse("x = 1; loss.backward()", "mlp.py")}, FORBID)
    assert (finding.file, finding.column) == ("mlp.py", 8)


def test_their_number_is_bounded():
    assert len(found("loss.backward()\n" * 2 * FINDING_LIMIT)) == FINDING_LIMIT


SCOPED = Ban(autograd="report", names=("eval", "torch.nn.MSELoss"))
# Line numbers of what counts as a use; all else is the student's own.
SCOPES = {
    "a parameter": ("def f(eval): return eval(1)\neval('1')", [2]),
    "a lambda's parameter": ("f = lambda eval: eval(1)", []),
    "a loop's variable": ("for eval in (abs,):\n    eval(1)", []),
    "a comprehension's variable": ("[eval for eval in (1,)]\neval('1')", [2]),
    "a comprehension's variable in a function": ("def f():\n    [eval for eval in (1,)]\n    eval('1')", [3]),
    "a comprehension's variable before a class": (
        "def f():\n    [eval for eval in (1,)]\n    class C:\n        x = eval('1')", [4]
    ),
    "a comprehension's variable in a class": ("class C:\n    [eval for eval in ()]\n    x = eval", [3]),
    "comprehensions in one another": ("[[eval(x) for x in eval] for eval in (1,)]\n{eval for x in ()}", [2]),
    "a lambda in a comprehension": ("[lambda eval: eval(1) for x in ()]\n[lambda: eval for eval in ()]", []),
    "a walrus in a comprehension": ("[eval := x for x in ()]\neval(1)", []),
    "an own function": ("def eval(x): return x\neval(1)\ndef g(): return eval(2)", []),
    "an own class": ("class eval: pass\neval()", []),
    "a method": ("class M:\n    def eval(self): return self.eval()\n    def f(self): return eval('1')", [3]),
    "a name of the class": ("class M:\n    eval = 1\n    x = eval\n    def f(self): return eval('1')", [4]),
    "global": ("def f():\n    global eval\n    eval = 1\nf()\ndef g(): return eval", []),
    "nonlocal": (
        "def f():\n    eval = 1\n    def g():\n        nonlocal eval\n        eval = 2\n    return eval", []
    ),
    "a walrus": ("if (eval := abs): eval(1)", []),
    "a match": ("match 1:\n    case eval: eval", []),
    "an exception": ("try: pass\nexcept ValueError as eval: print(eval)", []),
    "an import under another name": ("from torch.nn import MSELoss as L\ndef f(): return L()", [2]),
    "an import in a function": (
        "def f():\n    from torch import nn\n    return nn.MSELoss()\nnn = 1\nnn.MSELoss", [3]
    ),
    "a star": ("from torch.nn import *\nMSELoss()", [2]),
    "an import with a way to do without": (
        "try: from torch import nn\nexcept ImportError: nn = None\ndef f(): return nn.MSELoss()", [3]
    ),
    "a shadow after the use": ("from torch import nn\nnn.MSELoss()\nnn = 1\nnn.MSELoss", [2]),
    "full-width letters": ("ｅｖａｌ('1')\nｅｖａｌ = 1\neval", [1]),
}  # fmt: skip


# What Python 3.11 can't read.
GENERIC = {
    "a parameter beside a type's": ("def f[T](eval): return eval(1)\neval('1')", [2]),
    "a name of a generic function": ("def f[T]():\n    eval = 1\neval('1')", [3]),
    "a name of a generic class": ("class C[T]:\n    eval = 1\n    x = eval\neval('1')", [4]),
}
ALL_SCOPES = SCOPES | (GENERIC if sys.version_info >= (3, 12) else {})


@pytest.mark.parametrize("name", ALL_SCOPES)
def test_names_are_what_pythons_scopes_make_of_them(name):
    source, lines = ALL_SCOPES[name]
    assert [line for _, line, _ in found(source, SCOPED)] == lines


def test_cells_of_a_notebook_share_their_names():
    cells = {
        "a.ipynb[1]": "from torch import nn",
        "a.ipynb[2]": "nn.MSELoss()",
        "a.ipynb[3]": "nn = 1\nnn.MSELoss",
    }
    files = {name: parse(text, name) for name, text in cells.items()}
    assert [(one.file, one.line) for one in find(files, SCOPED)] == [("a.ipynb[2]", 1)]


def test_a_file_of_the_students_own_is_not_the_module_of_that_name():
    source = "import autograd, sklearn\nautograd.grad(1)\nsklearn.fit()"
    assert found(source, **{"autograd.py": "", "sklearn.py": ""}) == []
    assert len(found(source)) == 2
