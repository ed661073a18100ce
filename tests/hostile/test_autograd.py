"""Submissions that want torch to differentiate where it is forbidden, or want the trap undone."""

import textwrap

import pytest

from tests.hostile.boxed import boxed, printed_by
from worker.sandbox.policy import AUTOGRAD_MESSAGE
from worker.wire.message import Ban, Loaded

PRELUDE = """
import torch
torch.manual_seed(0)
x, W = torch.randn(5, 4), torch.randn(4, 3)
f = lambda w: torch.tanh(x @ w).sum()
h = torch.tanh(x @ W)
truth = x.T @ (1 - h * h)
leaf = lambda: W.clone().requires_grad_(True)
def judge(route):
    try:
        g = route()
    except BaseException as error:
        print("stopped", type(error).__name__, error)
        return
    print("GOT IT" if isinstance(g, torch.Tensor) and g.shape == truth.shape
          and torch.allclose(g, truth, atol=1e-4) else "wrong")
"""

ROUTES = {
    "backward": "w = leaf(); f(w).backward(); return w.grad",
    "torch.autograd.backward": "w = leaf(); torch.autograd.backward(f(w)); return w.grad",
    "torch.autograd.grad": "w = leaf(); return torch.autograd.grad(f(w), w)[0]",
    "a saved reference of Tensor.backward": "w = leaf(); torch._tensor.Tensor.backward(f(w)); return w.grad",
    "func.grad": "return torch.func.grad(f)(W)",
    "func.vjp": "return torch.func.vjp(f, W)[1](torch.ones(()))[0]",
    "func.jacrev": "return torch.func.jacrev(f)(W)",
    "func.jacfwd": "return torch.func.jacfwd(f)(W)",
    "private functorch": "from torch._functorch.eager_transforms import grad_impl; "
    "return grad_impl(f, 0, False, (W,), {})",
    "functional.jacobian": "from torch.autograd.functional import jacobian; return jacobian(f, W)",
    "forward mode": """
        import torch.autograd.forward_ad as fw
        with fw.dual_level():
            rows = []
            for i in range(12):
                t = torch.zeros(12); t[i] = 1
                rows.append(fw.unpack_dual(f(fw.make_dual(W, t.reshape(4, 3)))).tangent)
            return torch.stack(rows).reshape(4, 3)
    """,
    "raw dual level": """
        torch._VF._enter_dual_level()
        t = torch.zeros(4, 3); t[0, 0] = 1
        return torch._VF._unpack_dual(f(torch._VF._make_dual(W, t, level=0)), level=0)[1]
    """,
    "the engine": """
        w = leaf(); loss = f(w)
        torch._C._ImperativeEngine().run_backward((loss,), (torch.ones(()),), False, False, (),
            allow_unreachable=True, accumulate_grad=True)
        return w.grad
    """,
    "a subclass of the engine": """
        class Mine(torch._C._EngineBase): pass
        w = leaf(); loss = f(w)
        Mine().run_backward((loss,), (torch.ones(()),), False, False, (),
            allow_unreachable=True, accumulate_grad=True)
        return w.grad
    """,
    "aten::_backward": "w = leaf(); torch.ops.aten._backward(f(w), [w]); return w.grad",
    "walking nodes": """
        with torch.enable_grad():
            loss = f(leaf())
        n, g = loss.grad_fn, torch.ones(())
        while not hasattr(n, "variable"):
            o = n(g); o = o if isinstance(o, tuple) else (o,)
            n, g = n.next_functions[-1][0], o[-1]
        return g
    """,
    "a hook": """
        seen = []
        w = leaf(); loss = f(w); loss.register_hook(seen.append) if loss.requires_grad else None
        loss.sum().backward(); return w.grad
    """,
    "Function": """
        class F(torch.autograd.Function):
            @staticmethod
            def forward(c, w): c.save_for_backward(w); return torch.tanh(x @ w).sum()
            @staticmethod
            def backward(c, g): return x.T @ (1 - h * h)
        w = leaf(); F.apply(w).backward(); return w.grad
    """,
    "a thread": """
        import threading
        out = []
        def run():
            w = torch.from_numpy(W.numpy().copy()).requires_grad_(True); f(w).backward(); out.append(w.grad)
        t = threading.Thread(target=run); t.start(); t.join(); return out[0]
    """,
    "inference mode off": """
        with torch.inference_mode(False), torch.enable_grad():
            w = leaf(); f(w).backward(); return w.grad
    """,
    "set_grad_enabled": "torch.set_grad_enabled(True); torch._C._set_grad_enabled(True); w = leaf(); "
    "f(w).backward(); return w.grad",
    "TorchScript": """
        import tempfile, importlib.util
        open("/tmp/m.py", "w").write("\\n".join([
            "import torch", "@torch.jit.script", "def g(x, w):", "    y = torch.tanh(x @ w).sum()",
            "    r = torch.autograd.grad([y], [w])[0]", "    assert r is not None", "    return r"]))
        spec = importlib.util.spec_from_file_location("m", "/tmp/m.py")
        m = importlib.util.module_from_spec(spec); spec.loader.exec_module(m)
        return m.g(x, leaf())
    """,
    "derivative kernels": "return x.T @ torch.ops.aten.tanh_backward(torch.ones_like(h), h)",
    "reloaded modules": """
        import importlib, sys
        for name in ("torch._tensor", "torch.autograd", "torch.autograd.graph"):
            importlib.reload(sys.modules[name])
        w = leaf(); sys.modules["torch._tensor"].Tensor.backward(f(w)); return w.grad
    """,
    "an optimiser's step": """
        layer = torch.nn.Linear(4, 3, bias=False); layer.weight.data = W.T.clone()
        torch.tanh(layer(x)).sum().backward(); return layer.weight.grad.T
    """,
    "numerical jit": "return torch._C._jit_differentiate(torch.jit.trace(f, W).graph) and None",
}

UNDO = {
    "a second python": """
        import subprocess, sys
        subprocess.run([sys.executable, "-c", "1"], check=True); return truth
    """,
    "exec": "import os; os.execv('/usr/bin/true', ['true']); return truth",
    "posix_spawn": "import os; os.posix_spawn('/usr/bin/true', ['true'], {}); return truth",
    "executable memory": """
        import mmap
        mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC); return truth
    """,
    "making memory executable": """
        import ctypes
        c = ctypes.CDLL(None, use_errno=True)
        b = ctypes.create_string_buffer(8192)
        if c.mprotect(ctypes.c_void_p(ctypes.addressof(b) & ~4095), ctypes.c_size_t(4096), 5):
            raise OSError(ctypes.get_errno(), "mprotect")
        return truth
    """,
    "making torch's text writable": """
        import ctypes
        c = ctypes.CDLL(None, use_errno=True)
        a = ctypes.cast(c.strlen, ctypes.c_void_p).value & ~4095
        if c.mprotect(ctypes.c_void_p(a), ctypes.c_size_t(4096), 7):
            raise OSError(ctypes.get_errno(), "mprotect")
        return truth
    """,
    "/proc/self/mem": "open('/proc/self/mem', 'r+b', 0); return truth",
    "loading a library of one's own": """
        import ctypes, shutil, glob
        shutil.copy(glob.glob('/usr/lib/x86_64-linux-gnu/libm.so.6')[0], '/tmp/own.so')
        ctypes.CDLL('/tmp/own.so'); return truth
    """,
    "ptrace": """
        import ctypes
        if ctypes.CDLL(None).ptrace(0, 0, 0, 0) < 0: raise OSError("ptrace")
        return truth
    """,
    "a user namespace": """
        import ctypes
        if ctypes.CDLL(None).unshare(0x10000000) < 0: raise OSError("unshare")
        return truth
    """,
    "a clone into namespaces": """
        import ctypes
        if ctypes.CDLL(None).syscall(56, 0x10000011, 0, 0, 0, 0) < 0: raise OSError("clone")
        return truth
    """,
    "io_uring": """
        import ctypes
        b = ctypes.create_string_buffer(256)
        if ctypes.CDLL(None).syscall(425, 4, b) < 0: raise OSError("io_uring")
        return truth
    """,
    "a 32-bit call": "import ctypes; ctypes.CDLL(None).syscall(0x40000000 + 39); return None",
}


def attack(zygote, body):
    lines = textwrap.dedent(body).strip()
    return printed_by(
        zygote, f"{PRELUDE}\ndef route():\n{textwrap.indent(lines, '    ')}\njudge(route)\n"
    ).strip()


@pytest.mark.parametrize("route", ROUTES, ids=list(ROUTES))
def test_no_route_leads_to_a_gradient(trapped, route):
    assert attack(trapped, ROUTES[route]).splitlines()[-1] != "GOT IT"


@pytest.mark.parametrize("route", [name for name in UNDO if "32-bit" not in name])
def test_the_trap_is_not_undone(trapped, route):
    assert attack(trapped, UNDO[route]).splitlines()[-1].startswith("stopped")


@pytest.mark.parametrize("route", ["backward", "torch.autograd.grad", "func.grad", "an optimiser's step"])
def test_the_routes_work_where_autograd_is_allowed(plain, route):
    assert attack(plain, ROUTES[route]).splitlines()[-1] == "GOT IT"


@pytest.mark.parametrize("route", ["backward", "torch.autograd.grad", "func.grad", "torch.autograd.backward"])
def test_plain_attempts_are_told_why(trapped, route):
    assert AUTOGRAD_MESSAGE in attack(trapped, ROUTES[route])


def test_the_other_abi_ends_the_process(trapped):
    with boxed(trapped, "import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 39)\nprint('alive')") as box:
        assert "alive" not in box.loaded.output or isinstance(box.loaded, Loaded)


def test_forward_work_is_as_ever(trapped):
    source = """
        import torch, numpy as np
        import torch.nn.functional as F
        x = torch.randn(6, 4)
        nn = torch.nn
        net = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2), nn.Sigmoid())
        y = net(x)
        with torch.no_grad():
            z = net(x)
        p = torch.nn.Parameter(torch.ones(3))
        F.mse_loss(y, z), F.binary_cross_entropy(y, torch.rand(6, 2)), F.relu(x), torch.conv1d(
            torch.randn(1, 1, 8), torch.randn(1, 1, 3)), torch.einsum("ij,kj->ik", x, x), torch.linalg.svd(x)
        (x.double() @ x.double().T).exp(), x.half().float(), x.bfloat16() @ x.bfloat16().T, torch.conv2d(
            torch.randn(1, 1, 8, 8), torch.randn(1, 1, 3, 3))
        np.linalg.inv(np.eye(3)), np.random.default_rng(0).normal(size=3), torch.vmap(torch.sum)(x)
        p.data -= 0.1; p.grad = torch.ones(3); torch.optim.SGD([p], lr=0.1).step()
        print(torch.equal(y, z), round(p[0].item(), 3))
    """
    assert printed_by(trapped, textwrap.dedent(source)).startswith("True 0.8")


def test_findings_come_before_any_of_the_code_runs(trapped):
    source = "import os\ndef f(loss):\n    loss.backward()\nos._exit(0)\n"
    with boxed(trapped, source, ban=Ban(autograd="forbid")) as box:
        assert [(one.what, one.line, one.where) for one in box.loaded.findings] == [(".backward()", 3, "f")]


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "bfloat16", "float16", "float64", "complex64"])
def test_products_of_every_dtype_work_without_new_machine_code(trapped, dtype):
    source = f"""
        import torch
        left = (torch.arange(15) % 3).reshape(3, 5)
        right = (torch.arange(20) % 4).reshape(5, 4)
        expected = (left[:, :, None] * right[None]).sum(1)
        print(torch.equal(left.to(torch.{dtype}) @ right.to(torch.{dtype}), expected.to(torch.{dtype})))
    """
    assert printed_by(trapped, textwrap.dedent(source)).strip() == "True"
