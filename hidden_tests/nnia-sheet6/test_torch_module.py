"""Hidden tests of torch_module.py, for the bonus: the same net as a module of PyTorch, and its training."""

import pytest
import torch
from questions import EPOCHS, HIDDEN, INPUTS, RATE, drawn_rows
from training import judge, losses, noted_after

from reference import hidden_layer_draws as draws
from reference.layouts import Layout
from reference.network import two_layer
from reference.programs import HiddenLayer

AS_TORCH_KEEPS_IT = Layout(folded=False, by_unit=True)


def build(submission, check, parameters):
    """Return a module of the student's with these parameters, which are found by their shapes."""
    net = submission.TicketNet()
    state = dict(net.state_dict().items())
    shapes = {tuple(value.shape): name for name, value in state.items() if isinstance(value, torch.Tensor)}
    wanted = {tuple(value.shape): value.float() for value in parameters.values()}
    check.true(shapes.keys() == wanted.keys() and len(state) == len(wanted), "module_unknown")
    net.load_state_dict({name: wanted[shape] for shape, name in shapes.items()})
    return net


def single(drawn):
    """Return a question in float32, torch's own precision."""
    parameters = {name: value.float().double() for name, value in drawn.parameters.items()}
    return draws.Question(parameters, drawn.x.float().double(), drawn.y.float().double())


@pytest.mark.function("TicketNet")
@pytest.mark.cases("y_hat", "losses")
def test_module(submission, check, rng):
    """What the module makes of a batch, and the ten losses of ten epochs from given weights."""
    with check.case("y_hat"):
        drawn = single(draws.question(rng, draws.batches(rng)[1], INPUTS, HIDDEN))
        kept = AS_TORCH_KEEPS_IT.pack(drawn.parameters)
        asked = check.ask(HiddenLayer(AS_TORCH_KEEPS_IT, kept, drawn.x, drawn.y, "output"))
        net = build(submission, check, drawn.parameters)
        net(drawn.x[:3].float())  # Other rows first: it is asked about those that it sees last.
        y_hat = net(drawn.x.float())
        asked.answer(y_hat=y_hat)
        check.close(y_hat, two_layer(drawn.parameters, drawn.x, "relu", "identity"), name="y_hat")
    with check.case("losses"):
        judge_training(submission, check, single(drawn_rows(rng)))


def judge_training(submission, check, drawn):
    """Compare the losses that train returns."""
    net = build(submission, check, drawn.parameters)
    value = submission.train(net, drawn.x.float(), drawn.y.float(), RATE, EPOCHS)
    noted = losses(value)
    truth = draws.losses(drawn.parameters, drawn.x, drawn.y, rate=RATE, epochs=EPOCHS)
    is_after = noted is not None and noted_after(noted, truth)
    if noted is not None and len(noted) == EPOCHS:
        kept = AS_TORCH_KEEPS_IT.pack(drawn.parameters)
        descent = {"rate": RATE, "epochs": EPOCHS, "after": is_after}
        program = HiddenLayer(AS_TORCH_KEEPS_IT, kept, drawn.x, drawn.y, "losses", **descent)
        check.ask(program).answer(losses=noted)
    judge(check, value, noted, truth, is_after)
