#!/usr/bin/env bash
# gradcheck says that ctc_loss has a wrong gradient
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: the gradient of `ctc_loss` by its input, the log-probabilities, is what central differences
# of the loss show, so gradcheck passes.
# What is so: what its backward returns is the gradient for scores in front of a log-softmax. gradcheck fails
# by the log-probabilities and passes by the scores; the two differ by exp(log-probability) in every entry,
# and the rows of the returned one sum to 0 where those of the true one sum to −1.
# Why it matters to a grader of gradients: a right gradient by hand fails against this reference unless the
# question asks for the gradient of the scores.
#
# Output seen; the script fails if it is no longer this:
#> gradcheck by log-probabilities: False
#> gradcheck by scores:            True
#> rows of the returned gradient sum to [0.0, 0.0, 0.0, 0.0, 0.0]
#> rows by differences sum to           [-1.0, -1.0, -1.0, -1.0, -1.0]
#> returned - by differences = probability: True
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch
from torch.autograd import gradcheck
from torch.nn.functional import ctc_loss

torch.manual_seed(0)
scores = torch.randn(5, 1, 3, dtype=torch.float64, requires_grad=True)
logs = scores.detach().log_softmax(-1).requires_grad_()


def loss(log_probabilities):
    return ctc_loss(log_probabilities, torch.tensor([[1, 2]]), torch.tensor([5]), torch.tensor([2]), reduction="sum")


def by_differences(x, step=1e-6):
    units = torch.eye(x.numel(), dtype=x.dtype).view(-1, *x.shape)
    return torch.stack([(loss(x + step * unit) - loss(x - step * unit)) / (2 * step) for unit in units]).view_as(x)


print("gradcheck by log-probabilities:", gradcheck(loss, logs, raise_exception=False))
print("gradcheck by scores:           ", gradcheck(lambda x: loss(x.log_softmax(-1)), scores, raise_exception=False))
returned = torch.autograd.grad(loss(logs), logs)[0]
numeric = by_differences(logs.detach())
print("rows of the returned gradient sum to", [round(total, 6) + 0.0 for total in returned.sum(-1).flatten().tolist()])
print("rows by differences sum to          ", [round(total, 6) + 0.0 for total in numeric.sum(-1).flatten().tolist()])
print("returned - by differences = probability:", torch.allclose(returned - numeric, logs.detach().exp(), atol=1e-6))
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
