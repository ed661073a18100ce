"""Switches torch's autograd off for good in this process and all its forks.

Theory of operation
-------------------
Everything in Python can be put back by Python, so the trap is set in torch's machine code, in the
warm process before any submission is there. The libraries' symbol tables tell where the entry points
are; their first bytes are overwritten:

    engine and forward-mode entries, symbolic differentiation  a call that raises RuntimeError
    c10::GradMode::is_enabled                                  always false: no thread records a graph
    run_backward and the call of a graph node, as seen by Python   set RuntimeError, return NULL
    at::native::…backward… kernels                             jump to the raising call

Whatever raises tells a witness first, through a callback of ctypes, from which line it was called.

Then the jump tables (GOT) are made read-only, which needs LD_BIND_NOW, and text and tables are sealed
(mseal, Linux 6.10). The rest of the seal is the box's: no new executable memory, no exec, no /proc.
No operation of a forward pass gets slower or different, but for oneDNN, which compiles at run time
and is switched off. torch.func.grad gives zeros rather than an error, so its functions are replaced
by ones that raise, for the message only.

Levels, strongest first; the weaker one is taken when symbols are missing or a self-test route leads
to a gradient, and doctor says which is on:

    native   as above; on x86-64 with the CPU build of a version whose self-test passes
    python   Python-level entry points raise; a determined student can put them back

If not even the routes of a plain submission are closed, TrapError is raised and no box is made.
Tried with the versions of TRIED; what counts is the self-test.
"""

import ctypes
import os
import platform
import signal
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NoReturn

import torch
from torch.utils.hooks import RemovableHandle

from worker.sandbox import machine_code
from worker.sandbox.errors import SandboxError
from worker.sandbox.policy import AUTOGRAD_MESSAGE
from worker.sandbox.witness import Witness

TRIED = ("2.13.0",)
NATIVE = "native"
PYTHON = "python"
SELF_TEST_SECONDS = 60
# Routes that a page of honest-looking Python takes; the weaker level must close these at least.
PLAIN_ROUTES = ("backward", "autograd_grad", "func_grad")

_TRANSFORMS = ("grad", "grad_and_value", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "linearize")
# Where functorch's own wrappers look for them, too.
_FUNCTIONS = {
    "torch.func": _TRANSFORMS,
    "torch._functorch.apis": _TRANSFORMS,
    "torch._functorch.eager_transforms": _TRANSFORMS,
    "torch.autograd.functional": ("vjp", "jvp", "jacobian", "hessian", "vhp", "hvp"),
    "torch.autograd": ("backward", "grad"),
}


class TrapError(SandboxError):
    """Autograd can't be switched off here, so nothing that forbids it can be graded."""


def install(witness: Witness | None = None) -> str:
    """Set the strongest trap whose self-test passes; returns its level. Raises TrapError for none.

    witness  is told of every call of what was closed, in this process and its forks; nobody without one
    """
    witness = witness or Witness()
    torch._C._set_mkldnn_enabled(False)
    why = _install_native(witness)
    if not why:
        leaks = self_test()
        if not leaks:
            _replace_functions(witness)
            return NATIVE
        why = f"self-test of the native trap: {', '.join(leaks)}"
    _replace_functions(witness)
    leaks = sorted(set(self_test()) & set(PLAIN_ROUTES))
    if leaks:
        raise TrapError(
            f"autograd can't be switched off in torch {torch.__version__}: {', '.join(leaks)} ({why})",
            f"Install a tested version: {', '.join(TRIED)}.",
        )
    return PYTHON


def _install_native(witness: Witness) -> str:
    """Patch torch's libraries; returns why that is not possible, or nothing."""
    if platform.machine() != "x86_64":
        return f"no patches for {platform.machine()}"
    if not os.environ.get("LD_BIND_NOW"):
        return "LD_BIND_NOW is not set"
    try:
        libraries = os.path.join(torch.__path__[0], "lib")
        machine_code.patch(libraries, AUTOGRAD_MESSAGE, _python_entries(), witness.note)
    except machine_code.PatchError as error:
        return str(error)
    return ""


def _python_entries() -> tuple[int, ...]:
    """Return the addresses of the C functions behind run_backward and the call of a graph node."""
    # A method descriptor holds its PyMethodDef at 40, whose second word is the function.
    descriptor = torch._C._ImperativeEngine.__dict__["run_backward"]
    definition = ctypes.c_void_p.from_address(id(descriptor) + 40).value or 0
    run_backward = ctypes.c_void_p.from_address(definition + 8).value or 0
    functions: Any = torch._C._functions
    # tp_call of a type object stands at 128.
    call_node = ctypes.c_void_p.from_address(id(functions.AccumulateGrad) + 128).value or 0
    return run_backward, call_node


def _replace_functions(witness: Witness) -> None:
    """Have the functions that a submission would name raise the message."""
    torch.Tensor.backward = _refusal("backward", witness)  # type: ignore[method-assign]
    # Without a graph these would raise errors of their own, which say nothing of what is forbidden.
    torch.Tensor.retain_grad = _retain_nothing  # type: ignore[method-assign,assignment]
    torch.Tensor.register_hook = _hook_nothing  # type: ignore[method-assign]
    for module_name, names in _FUNCTIONS.items():
        module = __import__(module_name, fromlist=["*"])
        for name in names:
            if hasattr(module, name):
                setattr(module, name, _refusal(name, witness))


def _retain_nothing(tensor: torch.Tensor) -> None:
    """Stand in for keeping a gradient: there will be none."""


def _hook_nothing(tensor: torch.Tensor, hook: Callable[[torch.Tensor], object]) -> RemovableHandle:
    """Stand in for a hook on a gradient: it will never be called."""
    return RemovableHandle(OrderedDict())


def _refusal(name: str, witness: Witness) -> Callable[..., NoReturn]:
    """Return a function of its own for each name: torch keeps tables by identity."""

    def refuse(*_: object, **__: object) -> NoReturn:
        witness.note()
        raise RuntimeError(AUTOGRAD_MESSAGE)

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


def self_test() -> list[str]:
    """Try the routes to a gradient in a fork; returns those that lead there, or the test's own failure."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(SELF_TEST_SECONDS)
        os.close(reading)
        status = 1
        try:
            os.write(writing, " ".join(_leaks()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        leaks = file.read().decode().split()
    _, status = os.waitpid(pid, 0)
    if status:
        return [*leaks, f"ended with {os.waitstatus_to_exitcode(status)}", *PLAIN_ROUTES]
    return leaks


def _leaks() -> list[str]:
    x, weight = torch.randn(5, 4), torch.randn(4, 3)
    hidden = torch.tanh(x @ weight)
    truth = x.T @ (1 - hidden * hidden)
    found = []
    for name, route in _routes(x, weight).items():
        try:
            gradient = route()
        except Exception:  # whatever stops it stops it
            continue
        if isinstance(gradient, torch.Tensor) and _same(gradient, truth):
            found.append(name)
    manual = x.T @ (1 - torch.tanh(x @ weight) ** 2)
    return found if _same(manual, truth) else [*found, "manual", *PLAIN_ROUTES]


def _same(gradient: torch.Tensor, truth: torch.Tensor) -> bool:
    return gradient.shape == truth.shape and torch.allclose(gradient, truth, atol=1e-5)


def _routes(x: torch.Tensor, weight: torch.Tensor) -> dict[str, Callable[[], Any]]:
    """Return ways to the gradient of sum(tanh(x @ weight)) by the weight."""

    def function(w: torch.Tensor) -> torch.Tensor:
        return torch.tanh(x @ w).sum()

    def leaf() -> torch.Tensor:
        return weight.clone().requires_grad_(True)

    def backward() -> Any:
        with torch.enable_grad():
            w = leaf()
            function(w).backward()
        return w.grad

    def autograd_grad() -> Any:
        with torch.enable_grad():
            w = leaf()
            return torch.autograd.grad(function(w), w)[0]

    def engine() -> Any:
        with torch.enable_grad():
            w = leaf()
            loss = function(w)
            run: Any = torch._C._ImperativeEngine().run_backward
            run((loss,), (torch.ones(()),), False, False, (), allow_unreachable=True, accumulate_grad=True)
        return w.grad

    def aten() -> Any:
        with torch.enable_grad():
            w = leaf()
            torch.ops.aten._backward(function(w), [w])
        return w.grad

    def walk() -> Any:
        with torch.enable_grad():
            loss = function(leaf())
        node: Any = loss.grad_fn
        gradient: Any = torch.ones(())
        while not hasattr(node, "variable"):
            out = node(gradient)
            out = out if isinstance(out, tuple) else (out,)
            node, gradient = node.next_functions[-1][0], out[-1]
        return gradient

    def dual() -> Any:
        with torch.autograd.forward_ad.dual_level():
            columns = []
            for index in range(weight.numel()):
                tangent = torch.zeros(weight.numel())
                tangent[index] = 1
                pair = torch.autograd.forward_ad.make_dual(weight, tangent.reshape(weight.shape))
                columns.append(torch.autograd.forward_ad.unpack_dual(function(pair)).tangent)
        return torch.stack(columns).reshape(weight.shape)

    def kernel() -> Any:
        hidden = torch.tanh(x @ weight)
        return x.T @ torch.ops.aten.tanh_backward(torch.ones_like(hidden), hidden)

    return {
        "backward": backward,
        "autograd_grad": autograd_grad,
        "func_grad": lambda: torch.func.grad(function)(weight),
        "func_vjp": lambda: torch.func.vjp(function, weight)[1](torch.ones(()))[0],
        "func_jacfwd": lambda: torch.func.jacfwd(function)(weight),
        "engine": engine,
        "aten_backward": aten,
        "node_walk": walk,
        "forward_ad": dual,
        "kernel": kernel,
    }
