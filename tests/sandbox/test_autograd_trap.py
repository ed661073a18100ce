"""The trap's levels; what gets past which is in tests/hostile/test_autograd.py."""

import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hostile.boxed import printed_by
from worker.sandbox import box, machine_code, policy

PROJECT = Path(__file__).resolve().parents[2]


def run_python(source, **environment):
    """Run code in a fresh interpreter: a trap can't be taken back in this one."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        env={**policy.ENVIRONMENT, "PYTHONPATH": str(PROJECT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_every_route_of_the_self_test_is_one_where_nothing_is_trapped():
    source = """
        import torch
        from worker.sandbox import autograd_trap as trap
        torch.set_num_threads(1)
        print(set(trap.self_test()) == set(trap._routes(torch.ones(5, 4), torch.ones(4, 3))))
    """
    assert run_python(source) == ["True"]


def test_the_strongest_level_closes_every_route():
    source = """
        import torch
        from worker.sandbox import autograd_trap as trap
        torch.set_num_threads(1)
        print(trap.install(), len(trap.self_test()))
    """
    assert run_python(source) == ["native", "0"]


def test_where_patches_cannot_be_sealed_a_weaker_level_is_taken_and_told():
    source = """
        import torch
        from worker.sandbox import autograd_trap as trap
        torch.set_num_threads(1)
        print(trap.install(), *sorted(set(trap.self_test()) & set(trap.PLAIN_ROUTES)))
    """
    assert run_python(source, LD_BIND_NOW="") == ["python"]


def test_a_zygote_tells_the_weaker_level():
    spec = replace(box.guest(policy.TRAPPED), environment={"LD_BIND_NOW": ""})
    with box.start(spec) as zygote:
        assert zygote.facts["trap"] == "python"
        source = """
            import torch
            w = torch.ones(3, requires_grad=True)
            try:
                (w * w).sum().backward()
            except RuntimeError as error:
                print(error)
        """
        assert policy.AUTOGRAD_MESSAGE in printed_by(zygote, textwrap.dedent(source))


def test_a_library_that_is_not_loaded_is_not_patched():
    with pytest.raises(machine_code.PatchError, match="is not loaded"):
        machine_code.load("/usr/lib", "libnothing.so")


def test_missing_symbols_stop_before_anything_is_changed():
    library = machine_code.Library({"_ZN5torch8autograd6Engine7executeEv": (4096, 400)}, (0, 0))
    assert library.matching(r"_ZN5torch.*") == [("_ZN5torch8autograd6Engine7executeEv", 4096, 400)]
    with pytest.raises(machine_code.PatchError, match="is_enabled"):
        library.only(machine_code.GRAD_MODE)
