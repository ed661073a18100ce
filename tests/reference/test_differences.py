import torch

from reference.differences import central_difference


def test_gradient_of_a_cubic() -> None:
    point = torch.tensor([[1.0, -2.0, 3.0]], dtype=torch.float64)
    gradient = central_difference(lambda x: (x**3).sum(), point)
    torch.testing.assert_close(gradient, 3 * point**2, rtol=1e-9, atol=1e-9)
