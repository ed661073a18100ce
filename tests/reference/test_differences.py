import pytest
import torch

from reference.differences import is_gradient
from tests.reference.central import central_difference


def test_gradient_of_a_cubic() -> None:
    point = torch.tensor([[1.0, -2.0, 3.0]], dtype=torch.float64)
    gradient = central_difference(lambda x: (x**3).sum(), point)
    torch.testing.assert_close(gradient, 3 * point**2, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_gradient_is_told_from_any_other(dtype) -> None:
    point = torch.linspace(-1, 1, 12).reshape(3, 4).to(dtype)
    gradient = 3 * point.double() ** 2
    generator = torch.Generator().manual_seed(1)

    def value(x: torch.Tensor) -> float:
        return float((x**3).sum())

    assert is_gradient(value, point, gradient, generator)
    for wrong in (gradient / 3, -gradient, gradient + 0.3, torch.zeros_like(gradient), gradient * torch.nan):
        assert not is_gradient(value, point, wrong, generator)
