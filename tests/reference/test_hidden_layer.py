"""A net of one hidden layer in any layout: the sheet's numbers, autograd's gradients, mistakes told apart."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from reference import hidden_layer_draws as draws
from reference.diagnosis import search
from reference.diagnosis.matching import Evidence
from reference.layouts import FIRST, LAST, SHAPES, Layout, by_shapes
from reference.programs import HiddenLayer
from reference.programs.hidden_layer_mistakes import MISTAKES

FOLDED = Layout(folded=True, by_unit=False)
SEPARATE = Layout(folded=False, by_unit=False)
LAYOUTS = (
    *SHAPES,
    *(FOLDED.with_ones(*ends) for ends in ((FIRST, FIRST), (FIRST, LAST), (LAST, FIRST))),
)
NAMED = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda each: f"{each.shape} {each.place_of_ones}")

X = torch.tensor([[3, 2, 0], [1, 4, 1], [2, 1, 1]], dtype=torch.float64)
Y = torch.tensor([[1], [5], [2]], dtype=torch.float64)
BY_HAND = {
    "W1": torch.tensor(
        [[0.1, 0.2, -0.1, 0.3], [0.2, -0.1, 0.1, 0.1], [0.3, 0.1, 0.2, -0.4], [0.1, 0.3, -0.2, -0.5]],
        dtype=torch.float64,
    ),
    "W2": torch.tensor([[0.5], [0.4], [0.3], [0.2], [0.6]], dtype=torch.float64),
}


def seeded(seed: int) -> SimpleNamespace:
    return SimpleNamespace(torch=torch.Generator().manual_seed(seed))


def asking(asks: str, layout: Layout, seed: int, rows: int = 7) -> HiddenLayer:
    rng = seeded(seed)
    drawn = draws.question(rng, rows, 3, 4)
    parameters = drawn.parameters
    if asks == "losses":
        parameters = draws.trainable(rng, drawn.x, drawn.y, 4, rate=0.05, epochs=10)
    return HiddenLayer(layout, layout.pack(parameters), drawn.x, drawn.y, asks, rate=0.05, epochs=10)


def gradients_by_autograd(
    layout: Layout, parameters: dict[str, Tensor], x: Tensor, y: Tensor
) -> dict[str, Tensor]:
    leaves = {name: value.clone().requires_grad_() for name, value in parameters.items()}
    own = layout.unpack(leaves)
    hidden = torch.relu(x @ own["W1"].T + own["b1"])
    loss = ((hidden @ own["W2"].T + own["b2"] - y) ** 2).mean()
    return dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))


def test_the_sheets_numbers_by_hand() -> None:
    found = {
        asks: HiddenLayer(FOLDED, BY_HAND, X, Y, asks, rate=0.01, epochs=10, after=True).answers()
        for asks in ("loss", "gradients", "losses")
    }
    assert found["loss"]["value"].item() == pytest.approx(4.498267, abs=5e-7)
    second = [-3.273333, -0.626667, -0.716, 0.16, -2.6]
    assert found["gradients"]["dW2"].flatten().tolist() == pytest.approx(second, abs=5e-7)
    first = [-1.273333, -1.018667, -0.716, 0.16]
    assert found["gradients"]["dW1"][0].tolist() == pytest.approx(first, abs=5e-7)
    noted = found["losses"]["losses"].tolist()
    assert [*noted[:3], noted[-1]] == pytest.approx([3.785267, 3.175091, 2.663868, 1.244808], abs=5e-7)


def test_the_intermediates_have_the_sheets_shapes() -> None:
    answers = HiddenLayer(FOLDED, BY_HAND, X, Y, "intermediates").answers()
    shapes = ((3, 4), (3, 4), (3, 4), (3, 5), (3, 1), (3, 1), (3, 1), (), ())
    assert {name: tuple(value.shape) for name, value in answers.items()} == dict(
        zip("ABCDEFGHL", shapes, strict=True)
    )


@NAMED
def test_gradients_are_those_of_autograd_in_every_layout(layout: Layout) -> None:
    for seed in range(2):
        asked = asking("gradients", layout, seed)
        found = asked.answers()
        wanted = gradients_by_autograd(layout, dict(asked.parameters), asked.x, asked.y)
        for name, value in wanted.items():
            torch.testing.assert_close(found[f"d{name}"], value)


@NAMED
def test_losses_are_the_same_in_every_layout_and_shifted_by_one_when_noted_after(layout: Layout) -> None:
    asked = asking("losses", layout, 3)
    wanted = draws.losses(layout.unpack(asked.parameters), asked.x, asked.y, rate=0.05, epochs=10)
    torch.testing.assert_close(asked.answers()["losses"], wanted[:-1])
    after = HiddenLayer(layout, asked.parameters, asked.x, asked.y, "losses", 0.05, 10, after=True)
    torch.testing.assert_close(after.answers()["losses"], wanted[1:])


@NAMED
def test_a_layout_keeps_and_gives_back(layout: Layout) -> None:
    parameters = draws.start(seeded(1), 3, 4)
    kept = layout.pack(parameters)
    back = layout.unpack(kept)
    assert all(torch.equal(back[name], parameters[name]) for name in parameters)
    found = by_shapes({name: tuple(value.shape) for name, value in kept.items()}, 3, 4, 1)
    assert found == layout.with_ones(LAST, LAST)


def test_biases_may_be_rows_or_columns_and_other_shapes_are_no_layout() -> None:
    shapes = {"W1": (3, 4), "b1": (1, 4), "W2": (4, 1), "b2": ()}
    assert by_shapes(shapes, 3, 4, 1) == SEPARATE
    assert by_shapes(shapes | {"b1": (4, 1), "b2": (1, 1)}, 3, 4, 1) == SEPARATE
    assert by_shapes(shapes | {"b1": (3,)}, 3, 4, 1) is None
    assert by_shapes({"W1": (3, 4), "W2": (4, 1)}, 3, 4, 1) is None


@given(seed=st.integers(0, 10_000), rows=st.sampled_from((*draws.ROWS, draws.MANY)))
@settings(max_examples=10, deadline=None)
def test_questions_tell(seed: int, rows: int) -> None:
    drawn = draws.question(seeded(seed), rows, 3, 4)
    z = drawn.x @ drawn.parameters["W1"].T + drawn.parameters["b1"]
    assert z.shape == (rows, 4)
    assert (z > 0).any(0).all()
    assert (z < 0).any(0).all()
    assert z.abs().min() >= 0.05


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_no_unit_dies_in_training(seed: int) -> None:
    rng = seeded(seed)
    x, y = (torch.randn(30, size, generator=rng.torch, dtype=torch.float64) for size in (3, 1))
    parameters = draws.trainable(rng, x, y, 4, rate=0.05, epochs=10)
    for _ in range(10):
        _, parameters = draws.descend(parameters, x, y, 0.05)
        alive = x @ parameters["W1"].T + parameters["b1"] > 0
        assert alive.any(0).all()
        assert not alive.all(0).any()


def test_rows_on_which_no_unit_stays_alive_are_refused() -> None:
    rows = torch.ones(5, 3, dtype=torch.float64)
    with pytest.raises(ValueError, match="keep 4 units alive on these 5 rows"):
        draws.trainable(seeded(0), rows, rows[:, :1], 4, rate=0.05, epochs=10)


def test_batches_are_none_of_the_parameters_sizes() -> None:
    found = [draws.batches(seeded(seed)) for seed in range(50)]
    assert {few for few, _ in found} == set(draws.ROWS)
    assert {many for _, many in found} == {draws.MANY}
    assert draws.MANY >= 64
    assert not {rows for pair in found for rows in pair} & {1, 3, 4, 5}


@pytest.mark.parametrize("layout", [SEPARATE, FOLDED.with_ones(FIRST, LAST)], ids=["separate", "folded"])
@pytest.mark.parametrize("asks", ["gradients", "losses", "output", "loss"])
def test_every_mistake_is_told_from_every_other(asks: str, layout: Layout) -> None:
    questions = [asking(asks, layout, seed, rows) for seed, rows in ((11, 7), (12, 11))]
    tried = 0
    for one in questions[0].hypotheses:
        faults = questions[0].broken(one)
        if not faults or any(label not in possible(questions[0]) for label in faults):
            continue
        evidence = [Evidence(each, each.answers(faults)) for each in questions]
        assert any(each.wrong for each in evidence), (one.code, one.where)
        assert [each.code for each in search.diagnose(evidence)] == [one.code], one.where
        tried += 1
    assert tried > 8


def possible(asked: HiddenLayer) -> frozenset[str]:
    """Return the labels of mistakes that these answers show: those of letters are shown by letters only."""
    every = {place.label for one in MISTAKES[asked.kind]() for place in one.places}
    hidden = set("ABCDEFGHL") - {"L"} if asked.asks == "output" else set()
    return frozenset(every - hidden)
