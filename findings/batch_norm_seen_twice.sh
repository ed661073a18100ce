#!/usr/bin/env bash
# Checkpointing a batch norm updates its running statistics twice, gradcheck some twenty times
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: `checkpoint` trades time for memory and changes no result; gradcheck asks questions and
# changes nothing.
# What is so: the second forward of a checkpoint updates the running statistics again, so the same training
# step gives the same gradients and another network in eval mode. gradcheck of a layer in training mode calls
# it some twenty times and leaves what it saw in the statistics.
# Why it matters to a grader of gradients: a network whose gradients were checked answers differently in eval
# mode afterwards, and a right submission that was checked first is marked down.
#
# Output seen; the script fails if it is no longer this:
#> plain step         forwards 1, |gradient| 14.0915, eval at (1, 1): [0.956, 1.006]
#> checkpointed step  forwards 2, |gradient| 14.0915, eval at (1, 1): [0.926, 1.012]
#> gradcheck          forwards 18, |gradient| 0.0000, eval at (1, 1): [0.822, 1.054]
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
from torch.utils.checkpoint import checkpoint


def stepped(use):
    torch.manual_seed(0)
    layer = torch.nn.BatchNorm1d(2).double()
    x = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    use(layer, x)
    looked = layer.num_batches_tracked.item()
    gradient = x.grad.abs().sum().item() if x.grad is not None else 0.0
    return looked, gradient, layer.eval()(torch.ones(1, 2, dtype=torch.float64)).flatten().tolist()


for name, use in (
    ("plain step", lambda layer, x: layer(x).pow(3).sum().backward()),
    ("checkpointed step", lambda layer, x: checkpoint(layer, x, use_reentrant=False).pow(3).sum().backward()),
    ("gradcheck", lambda layer, x: gradcheck(layer, x)),
):
    looked, gradient, answer = stepped(use)
    print(f"{name:18} forwards {looked}, |gradient| {gradient:.4f}, eval at (1, 1): {[round(v, 3) for v in answer]}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
