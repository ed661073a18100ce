from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from reference import losses
from tests.reference.central import central_difference

SHAPES = [(7, 3), (1, 5), (4, 1)]
TWINS: list[tuple[Callable[[Tensor, Tensor], Tensor], torch.nn.Module]] = [
    (losses.mse, torch.nn.MSELoss()),
    (losses.bce, torch.nn.BCELoss()),
]


def draw(shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(5)
    y = torch.randint(0, 2, shape, generator=generator).double()
    return y, 0.1 + 0.8 * torch.rand(shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("loss", "module"), TWINS, ids=["mse", "bce"])
def test_value_agrees_with_torch_nn(
    loss: losses.Loss, module: torch.nn.Module, shape: tuple[int, int]
) -> None:
    y, y_hat = draw(shape)
    value, _ = losses.loss_and_gradient(loss, y, y_hat)
    torch.testing.assert_close(value, module(y_hat, y))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("loss", [losses.mse, losses.bce])
def test_gradient_agrees_with_central_differences(loss: losses.Loss, shape: tuple[int, int]) -> None:
    y, y_hat = draw(shape)
    _, gradient = losses.loss_and_gradient(loss, y, y_hat)
    torch.testing.assert_close(
        gradient, central_difference(lambda point: loss(y, point), y_hat), rtol=1e-8, atol=1e-9
    )


def test_gradient_is_float64_and_leaves_the_question_as_it_was() -> None:
    y, y_hat = (tensor.float() for tensor in draw((7, 3)))
    before = y_hat.clone()
    value, gradient = losses.loss_and_gradient(losses.bce, y, y_hat)
    assert value.dtype == gradient.dtype == torch.float64
    assert value.shape == ()
    assert gradient.shape == y_hat.shape
    assert torch.equal(y_hat, before)
    assert not y_hat.requires_grad


def test_hand_sized_mse_of_the_homework() -> None:
    y_hat = torch.tensor([[-1.15, 3.05], [3.1, -1.7]], dtype=torch.float64)
    value, gradient = losses.loss_and_gradient(losses.mse, torch.eye(2), y_hat)
    assert value.item() == pytest.approx(7.70625)
    torch.testing.assert_close(gradient, (y_hat - torch.eye(2)) / 2)
