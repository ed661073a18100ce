#!/usr/bin/env bash
# optax and torch take different first steps under the same name
#
# Versions: optax 0.2.8, jax 0.10.2, torch 2.13.0 (CPU), numpy 2.4.6, Python 3.11.
# One would guess: with the same learning rate and every other number left out or set alike, `rprop` and
# `nadam` of both libraries take the same steps, as `sgd` with momentum, `adam` and `adadelta` do.
# What is so: optax's rprop does not move in its first step. torch's nadam starts its momentum at half of
# beta1 and lets it grow (momentum_decay); with momentum_decay=0 it stays at half, so no argument turns one
# into the other. (That the two start adagrad's sum at 0.1 and at 0 is at least an argument of both.)
# Why it matters to a grader of gradients: `implement NAdam` has at least two right answers; numbers from
# either library refuse the other.
#
# Output seen; the script fails if it is no longer this:
#> sgd, momentum    torch [0.8, 0.42, 0.178], optax [0.8, 0.42, 0.178]
#> adam             torch [0.9, 0.8, 0.7484], optax [0.9, 0.8, 0.7484]
#> rprop            torch [0.9, 0.78, 0.78], optax [1.0, 0.9, 0.9]
#> nadam            torch [0.8944, 0.816, 0.8444], optax [0.8526, 0.7369, 0.7216]
#> nadam, no decay  torch [0.8944, 0.816, 0.8444], optax [0.8526, 0.7369, 0.7216]
#> adagrad          torch [0.9, 0.8293, 0.8626], optax [0.9012, 0.831, 0.8641]
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check optax==0.2.8 jax==0.10.2 numpy==2.4.6 torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import jax
import jax.numpy as jnp
import optax
import torch

jax.config.update("jax_enable_x64", True)
GRADIENTS = (2.0, 2.0, -1.0)


def in_torch(kind, **options):
    weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer, seen = kind([weight], **options), []
    for gradient in GRADIENTS:
        weight.grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step()
        seen.append(round(weight.item(), 4))
    return seen


def in_optax(optimizer):
    weight, seen = jnp.ones(1), []
    state = optimizer.init(weight)
    for gradient in GRADIENTS:
        step, state = optimizer.update(jnp.array([gradient]), state, weight)
        weight = optax.apply_updates(weight, step)
        seen.append(round(float(weight[0]), 4))
    return seen


for name, theirs, ours in (
    ("sgd, momentum", in_torch(torch.optim.SGD, lr=0.1, momentum=0.9), in_optax(optax.sgd(0.1, 0.9))),
    ("adam", in_torch(torch.optim.Adam, lr=0.1), in_optax(optax.adam(0.1))),
    ("rprop", in_torch(torch.optim.Rprop, lr=0.1), in_optax(optax.rprop(0.1))),
    ("nadam", in_torch(torch.optim.NAdam, lr=0.1), in_optax(optax.nadam(0.1))),
    ("nadam, no decay", in_torch(torch.optim.NAdam, lr=0.1, momentum_decay=0), in_optax(optax.nadam(0.1))),
    ("adagrad", in_torch(torch.optim.Adagrad, lr=0.1), in_optax(optax.adagrad(0.1))),
):
    print(f"{name:16} torch {theirs}, optax {ours}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
