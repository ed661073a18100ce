"""A pytest plugin: the hidden tests against a submission imported into pytest's own process.

``python -m pytest -p benchmarks.in_process --submission mlp.py hidden_tests/nyu-hw1``
"""

from pathlib import Path
from types import ModuleType

import pytest
import torch

from benchmarks import doubles
from worker.examiner.check import Check, Rng

SEED = 20240229


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the submission."""
    parser.addoption("--submission", type=Path, required=True, help="the student's file")


def pytest_configure(config: pytest.Config) -> None:
    """Register the examiner's markers, which here mean nothing."""
    for marker in ("function", "part", "cases", "weight", "visibility"):
        config.addinivalue_line("markers", f"{marker}: read by the examiner")


@pytest.fixture(scope="session")
def submission(request: pytest.FixtureRequest) -> ModuleType:
    """The student's module."""
    return doubles.load(request.config.getoption("--submission"))


@pytest.fixture
def check() -> Check:
    """Comparisons."""
    return doubles.check()


@pytest.fixture
def rng() -> Rng:
    """Random numbers, the same for each test."""
    return Rng(SEED, "")


@pytest.fixture
def device() -> torch.device:
    """Where tensors are made."""
    return torch.device("cpu")
