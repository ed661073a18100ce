from itertools import product

import pytest
import torch
from torch import Tensor

from reference.activations import ACTIVATIONS
from reference.losses import loss_and_gradient, mse
from reference.network import two_layer, two_layer_gradients
from reference.programs import GRADIENTS, PARAMETERS
from tests.reference.central import central_difference

PAIRS = list(product(ACTIVATIONS, ACTIVATIONS))


def draw(batch: int, out2: int) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    shapes = {"W1": (4, 6), "b1": (4,), "W2": (out2, 4), "b2": (out2,)}

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    return {name: normal(*shape) for name, shape in shapes.items()}, normal(batch, 6), normal(batch, out2)


@pytest.mark.parametrize(("f", "g"), PAIRS)
def test_forward_agrees_with_a_sequential_of_torch_nn(f: str, g: str) -> None:
    parameters, x, _ = draw(5, 3)
    layers = {"relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid, "identity": torch.nn.Identity}
    net = torch.nn.Sequential(torch.nn.Linear(6, 4), layers[f](), torch.nn.Linear(4, 3), layers[g]()).double()
    net.load_state_dict(
        {"0.weight": parameters["W1"], "0.bias": parameters["b1"]}
        | {"2.weight": parameters["W2"], "2.bias": parameters["b2"]}
    )
    torch.testing.assert_close(two_layer(parameters, x, f, g), net(x).detach())


@pytest.mark.parametrize(("batch", "out2"), [(5, 3), (1, 3), (5, 1)])
@pytest.mark.parametrize(("f", "g"), PAIRS)
def test_gradients_agree_with_central_differences(f: str, g: str, batch: int, out2: int) -> None:
    parameters, x, upstream = draw(batch, out2)
    gradients = two_layer_gradients(parameters, x, upstream, f, g)
    for name, gradient in zip(PARAMETERS, GRADIENTS, strict=True):

        def objective(point: Tensor, name: str = name) -> Tensor:
            return (two_layer(parameters | {name: point}, x, f, g) * upstream).sum()

        expected = central_difference(objective, parameters[name])
        torch.testing.assert_close(gradients[gradient], expected, rtol=1e-7, atol=1e-8)


def test_gradients_have_their_parameters_shapes_and_leave_them_alone() -> None:
    parameters, x, upstream = draw(5, 1)
    before = {name: value.clone() for name, value in parameters.items()}
    gradients = two_layer_gradients(parameters, x, upstream, "relu", "sigmoid")
    assert [gradients[name].shape for name in GRADIENTS] == [parameters[name].shape for name in PARAMETERS]
    assert all(torch.equal(parameters[name], before[name]) for name in PARAMETERS)
    assert not any(value.requires_grad for value in parameters.values())


def test_hand_sized_net_of_the_homework() -> None:
    parameters = {
        "W1": torch.tensor([[1, -1], [0.5, 2], [-1, 0.5]]),
        "b1": torch.tensor([0.5, -1, 0.25]),
        "W2": torch.tensor([[1, -0.5, 2], [0.5, 1, -1]]),
        "b2": torch.tensor([0.1, -0.2]),
    }
    x = torch.tensor([[1, 2], [-1, 0.5]])
    y_hat = two_layer(parameters, x, "relu", "identity")
    _, upstream = loss_and_gradient(mse, torch.eye(2), y_hat)
    gradients = two_layer_gradients(parameters, x, upstream, "relu", "identity")
    expected = {
        "dJdW1": torch.tensor([[0, 0], [2.0625, 4.125], [-8.125, -5.125]]).double(),
        "dJdb2": torch.tensor([0.475, 0.175]).double(),
    }
    for name, value in expected.items():
        torch.testing.assert_close(gradients[name], value, rtol=1e-6, atol=1e-6)
