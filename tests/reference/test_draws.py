from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import torch

from reference import draws
from reference.network import pre_activations, two_layer_gradients

SEEDS = range(25)


@dataclass(frozen=True)
class Rng:
    """A generator of one seed, as the hidden tests' `rng` has."""

    torch: torch.Generator


def rng(seed: int) -> Rng:
    return Rng(torch.Generator().manual_seed(seed))


def networks(f: str) -> Iterator[draws.Network]:
    for seed in SEEDS:
        source = rng(seed)
        batch, in1, out1, out2 = draws.sizes(source)
        yield draws.network(source, in1, out1, out2, batch=batch, f=f)
        yield draws.network(source, in1, out1, 1, batch=batch, f=f)


def test_sizes_are_in_random_order_and_share_no_relation() -> None:
    drawn = {draws.sizes(rng(seed)) for seed in SEEDS}
    assert len(drawn) > 10
    for sizes in drawn:
        relations = {a * b for a in sizes for b in sizes} | {2 * a for a in sizes} | {a * a for a in sizes}
        assert len(set(sizes)) == 4
        assert not relations & set(sizes)


@pytest.mark.parametrize("f", ["relu", "sigmoid", "identity"])
def test_pre_activations_are_away_from_kinks_and_saturation(f: str) -> None:
    for net in networks(f):
        z = torch.cat(pre_activations(net.parameters, net.x, f), 1)
        assert z.abs().min() > draws.KINK_DISTANCE
        assert z.abs().max() < draws.LARGEST


@pytest.mark.parametrize("f", ["relu", "sigmoid", "identity"])
def test_each_layer_sees_both_signs_and_is_in_float32(f: str) -> None:
    for net in networks(f):
        for z in pre_activations(net.parameters, net.x, f):
            assert z.min() < 0 < z.max()
            assert z.dtype == torch.float32


@pytest.mark.parametrize("f", ["relu", "sigmoid", "identity"])
@pytest.mark.parametrize("width", [1, 5])
def test_a_row_that_is_asked_alone_and_the_rows_without_it_see_both_signs(f: str, width: int) -> None:
    for seed in SEEDS:
        net = draws.network(rng(seed), 3, 7, width, batch=4, f=f)
        z1, z2 = pre_activations(net.parameters, net.x, f)
        assert all(row.min() < 0 < row.max() for row in (*z1, *(z2 if width > 1 else ())))
        assert z2[:-1].min() < 0 < z2[:-1].max()


def test_numbers_apart_are_each_greater_somewhere() -> None:
    for seed in SEEDS:
        one, other = draws.apart(rng(seed), 2)
        assert (one - other).min() < 0 < (one - other).max()


def test_no_row_of_a_wide_net_has_a_zero_gradient() -> None:
    for net in networks("relu"):
        if len(net.parameters["b2"]) > 1:
            for row in net.x:
                upstream = torch.ones(1, len(net.parameters["b2"]))
                gradients = two_layer_gradients(net.parameters, row[None], upstream, "relu", "relu")
                assert all(gradient.any() for gradient in gradients.values())


def test_labels_have_zeros_and_ones() -> None:
    for seed in SEEDS:
        assert set(draws.labels(rng(seed), 1, 3).flatten().tolist()) == {0.0, 1.0}
    assert draws.labels(rng(0), 1, 1).item() in (0.0, 1.0)


def test_probabilities_keep_their_margin() -> None:
    drawn = draws.probabilities(rng(0), 40, 50)
    assert drawn.min() >= draws.PROBABILITY_MARGIN
    assert drawn.max() <= 1 - draws.PROBABILITY_MARGIN


@pytest.mark.parametrize("f", ["relu", "sigmoid", "identity"])
def test_upstream_gradients_do_not_cancel(f: str) -> None:
    for seed, net in enumerate(networks(f)):
        outputs = len(net.parameters["b2"])
        x = net.x[:1] if outputs > 1 else net.x  # no net with one output is asked with a single row
        upstream, gradients = draws.upstream(rng(seed), net.parameters, x, f, "sigmoid")
        assert upstream.shape == (len(x), outputs)
        assert min(float(gradient.abs().max()) for gradient in gradients.values()) > draws.LEAST_GRADIENT
