import pytest
import torch

from reference.activations import ACTIVATIONS

MODULES = {"relu": torch.nn.ReLU(), "sigmoid": torch.nn.Sigmoid(), "identity": torch.nn.Identity()}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_agrees_with_torch_nn(name: str) -> None:
    z = torch.linspace(-40, 40, 81, dtype=torch.float64)
    assert torch.equal(ACTIVATIONS[name](z), MODULES[name](z))


def test_every_activation_of_the_homework_is_there() -> None:
    assert set(ACTIVATIONS) == {"relu", "sigmoid", "identity"}
