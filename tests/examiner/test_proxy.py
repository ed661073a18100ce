import gc
import math

import numpy as np
import pytest
import torch

from tests.examiner.conftest import SAMPLE
from worker.examiner.errors import MissingEntry, MissingName, RemoteError, SessionGone
from worker.examiner.proxy import Remote, RemoteDict
from worker.examiner.space import Policy


def test_calls_give_values(mlp):
    y, y_hat = torch.zeros(2, 3), torch.ones(2, 3)
    loss, gradient = mlp.mse_loss(y, y_hat)
    assert loss.shape == ()
    assert loss == 1.0
    assert torch.equal(gradient, torch.full((2, 3), 1 / 3))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        -(2**80),
        2.5,
        "σ",
        b"\0x",
        [1, (2, {"a": {3}})],
        {1: 2},
        1j,
        torch.float64,
        frozenset({1}),
    ],
)
def test_data_goes_both_ways(mlp, value):
    assert mlp.echo(value) == value
    assert type(mlp.echo(value)) is type(value)


def test_nan_is_nan(mlp):
    assert math.isnan(mlp.echo(float("nan")))


def test_attributes_are_places(mlp):
    net = mlp.MLP(3, 5, "relu", 5, 2, "identity")
    weights = torch.randn(5, 3)
    net.parameters["W1"] = weights
    assert torch.equal(net.parameters["W1"], weights)
    net.parameters.update({"b1": torch.ones(5)})
    assert torch.equal(net.parameters["b1"], torch.ones(5))
    net.extra = 7
    assert net.extra == 7
    assert isinstance(net.cache, RemoteDict)
    assert net.cache == {}
    assert len(net.parameters) == 4
    assert list(net.parameters) == ["W1", "b1", "W2", "b2"]
    assert sorted(net.grads.keys()) == ["dJdW1", "dJdW2", "dJdb1", "dJdb2"]
    assert {name: g.shape for name, g in net.grads.items()}["dJdb2"] == (2,)
    del net.parameters["b1"]
    assert "b1" not in net.parameters
    assert mlp.CONSTANT == 3


def test_what_is_read_after_every_call_comes_with_the_call(connect):
    link, space = connect()
    net = space.module.MLP(3, 5, "relu", 5, 2, "identity")
    requests = []
    for _ in range(3):
        net.nudge()
        before = link.request_number()
        assert net.parameters["W1"][0, 0] == 42.0
        requests.append(link.request_number() - before - 1)
        net.parameters["W1"] = torch.zeros(5, 3)
        assert net.parameters["W1"].sum() == 0  # what came along is no longer believed
    assert requests == [1, 0, 0]


def test_objects_keep_their_identity(mlp):
    net = mlp.MLP(3, 5, "relu", 5, 2, "identity")
    assert net.parameters is net.parameters
    assert net.parameters["W1"] is net.parameters["W1"]
    x = torch.ones(2)
    assert mlp.same(x, x)
    assert not mlp.same(x, x.clone())
    assert mlp.same(net.parameters["W1"], net.parameters["W1"])
    assert isinstance(net, mlp.MLP)
    assert not isinstance(x, mlp.MLP)


def test_in_place_change_of_a_fetched_tensor_is_written_back(mlp):
    net = mlp.MLP(3, 5, "relu", 5, 2, "identity")
    fetched = net.parameters["W1"]
    fetched.zero_()
    del fetched
    gc.collect()
    assert torch.equal(net.parameters["W1"], torch.zeros(5, 3))


def test_change_in_the_box_reaches_a_fetched_tensor(mlp):
    net = mlp.MLP(3, 5, "relu", 5, 2, "identity")
    fetched = net.parameters["W1"]
    net.nudge()
    assert fetched[0, 0] == 42


def test_weight_data_and_optimiser_step_write_through(mlp):
    net = mlp.MLP(3, 5, "relu", 5, 2, "identity")
    layer = torch.nn.Linear(3, 5)
    layer.weight.data = net.parameters["W1"]
    before = layer.weight.detach().clone()
    layer(torch.ones(1, 3)).sum().backward()
    torch.optim.SGD(layer.parameters(), lr=0.5).step()
    assert not torch.equal(layer.weight, before)
    assert torch.equal(net.parameters["W1"], layer.weight)


def test_numpy_view_of_a_fetched_tensor_writes_through(mlp):
    net = mlp.MLP(3, 5, "relu", 5, 2, "identity")
    view = net.parameters["b1"].numpy()
    view[:] = 9
    assert torch.equal(net.parameters["b1"], torch.full((5,), 9.0))


def test_data_of_a_fetched_tensor_can_be_replaced(mlp):
    net = mlp.MLP(3, 5, "relu", 5, 2, "identity")
    net.parameters["b1"].data = torch.zeros(7)
    assert net.parameters["b1"].shape == (7,)


def test_arguments_of_a_suite_are_copies(connect):
    _, space = connect()
    mlp = space.module
    net = mlp.MLP(3, 5, "relu", 5, 2, "identity")
    x = torch.zeros(2, 3)
    net.forward(x)
    assert not space.changed(x)
    net.spoil(x)
    assert torch.equal(x, torch.zeros(2, 3))
    assert space.changed(x)
    assert torch.equal(mlp.echo(x), torch.zeros(2, 3)), "the next call gets the value the test has"


def test_a_suites_weights_are_not_the_boxs(connect):
    _, space = connect()
    net = space.module.MLP(3, 5, "relu", 5, 2, "identity")
    weights = torch.zeros(5, 3)
    net.parameters["W1"] = weights
    net.nudge()
    assert weights[0, 0] == 0
    assert space.changed(weights)
    assert net.parameters["W1"][0, 0] == 42
    net.parameters["W1"].fill_(3)
    assert weights.sum() == 0
    assert net.parameters["W1"].sum() == 45


def test_arguments_of_a_script_are_aliases(aliased):
    net = aliased.MLP(3, 5, "relu", 5, 2, "identity")
    x = torch.zeros(2, 3)
    net.spoil(x)
    assert torch.equal(x, torch.ones(2, 3))
    weights = torch.zeros(5, 3)
    net.parameters["W1"] = weights
    assert net.parameters["W1"] is weights
    net.nudge()
    assert weights[0, 0] == 42
    weights.fill_(2)
    assert net.parameters["W1"].sum() == 30


def test_a_parameter_given_to_the_net_stays_shared(aliased):
    net = aliased.MLP(3, 5, "relu", 5, 2, "identity")
    layer = torch.nn.Linear(3, 5)
    net.parameters["W1"] = layer.weight.data
    layer(torch.ones(1, 3)).sum().backward()
    torch.optim.SGD(layer.parameters(), lr=0.5).step()
    assert torch.equal(net.parameters["W1"], layer.weight)


def test_numpy_arrays_alias_in_scripts(aliased):
    values = np.zeros(3)
    net = aliased.MLP(3, 5, "relu", 5, 2, "identity")
    net.spoil(values)
    assert values.tolist() == [1, 1, 1]
    assert aliased.echo(values) is values


def test_random_state_travels_with_a_script(aliased):
    torch.manual_seed(5)
    net = aliased.MLP(3, 5, "relu", 5, 2, "identity")
    after = torch.randn(2)
    torch.manual_seed(5)
    expected = torch.randn(5, 3)
    for shape in ((5,), (2, 5), (2,)):
        torch.randn(*shape)
    assert torch.equal(net.parameters["W1"], expected)
    assert torch.equal(after, torch.randn(2))


def test_default_dtype_travels_with_a_script(aliased):
    torch.set_default_dtype(torch.float64)
    try:
        assert aliased.MLP(3, 5, "relu", 5, 2, "identity").parameters["W1"].dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("policy", list(Policy))
def test_a_training_loop_does_not_grow(connect, policy):
    _, space = connect(policy=policy)
    net = space.module.MLP(3, 5, "relu", 5, 2, "identity")
    sizes = []
    x = torch.randn(2, 3)
    for _ in range(60):
        y_hat = net.forward(x)
        space.module.mse_loss(torch.zeros(2, 2), y_hat)
        weight = net.parameters["W1"]
        weight -= 0.1 * torch.randn(5, 3)
        net.cache["z1"]
        sizes.append(len(space._shared))
    assert max(sizes) <= 12
    assert len(space._remotes) < 8


def test_the_students_exception_has_type_text_and_line(mlp):
    with pytest.raises(ValueError, match="on purpose") as caught:
        mlp.broken()
    assert isinstance(caught.value, RemoteError)
    raised = caught.value.raised
    assert raised.type == "ValueError"
    assert [line.source for line in raised.lines] == ['raise ValueError("on purpose")']
    assert raised.lines[0].function == "broken"
    assert raised.lines[0].file == "mlp.py"


def test_missing_names_are_told_apart(mlp):
    net = mlp.MLP(3, 5, "relu", 5, 2, "identity")
    with pytest.raises(MissingName) as caught:
        mlp.bce_loss(1, 2)
    assert (caught.value.missing, caught.value.owner) == ("bce_loss", "")
    with pytest.raises(AttributeError) as other:
        net.backward(1)
    assert (other.value.missing, other.value.owner) == ("backward", "MLP")
    with pytest.raises(MissingEntry) as entry:
        net.grads["dLdW1"]
    assert entry.value.missing == "dLdW1"


def test_system_exit_is_an_exception_of_the_student(mlp):
    with pytest.raises(RemoteError) as caught:
        mlp.leave()
    assert caught.value.raised.type == "SystemExit"


def test_hostile_objects_run_nothing_here(mlp):
    thing = mlp.hostile()
    assert isinstance(thing, Remote)
    assert thing == thing
    assert thing != 3
    with pytest.raises(RemoteError):
        _ = thing.anything
    with pytest.raises(ValueError, match="should return"):
        len(thing)


def test_generators_are_drawn_from_one_by_one(mlp):
    drawn = iter(mlp.endless())
    assert [next(drawn), next(drawn)] == [1, 1]


def test_what_cannot_cross_is_the_tests_error_and_breaks_nothing(mlp):
    x = torch.ones(2)
    with pytest.raises(TypeError, match="can't be given"):
        mlp.echo([x, object()])
    assert torch.equal(mlp.echo(x), x)


def test_objects_of_an_ended_session_say_so(connect):
    link, space = connect()
    net = space.module.MLP(3, 5, "relu", 5, 2, "identity")
    link.end_session()
    with pytest.raises(SessionGone):
        net.forward(torch.ones(2, 3))
    assert "ended" in repr(net)


def test_lists_are_places_too(mlp):
    net = mlp.MLP(3, 5, "relu", 5, 2, "identity")
    net.log.append(torch.ones(2))
    net.log.append("two")
    assert len(net.log) == 2
    assert net.log[1] == "two"
    assert [type(entry) for entry in net.log] == [torch.Tensor, str]


def test_sample_names(mlp):
    assert "mse_loss" in dir(mlp)
    assert SAMPLE
