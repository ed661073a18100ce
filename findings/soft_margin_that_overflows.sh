#!/usr/bin/env bash
# soft_margin_loss is infinite from a score of −89 on, and its gradient nan
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: log(1 + exp(−y·x)) is calculated as `binary_cross_entropy_with_logits` and
# `multilabel_soft_margin_loss` do it, so a score of −100 with label 1 has loss 100 and gradient −1.
# What is so: `soft_margin_loss` takes exp first: in float32 the loss is inf and the gradient nan (in float64
# from −710 on). Run through torch's own decompositions, as compilers do, the gradient is −1 again.
# Why it matters to a grader of gradients: a hand-written stable form is right where the library is not, and a
# reference made with the library has nan in it.
#
# Output seen; the script fails if it is no longer this:
#> soft_margin_loss                   at -88: loss 88, gradient -1
#> soft_margin_loss                   at -100: loss inf, gradient nan
#> soft_margin_loss, decomposed       at -100: loss inf, gradient -1
#> soft_margin_loss, float64          at -800: loss inf, gradient nan
#> multilabel_soft_margin_loss        at -100: loss 100, gradient -1
#> binary_cross_entropy_with_logits   at -100: loss 100, gradient -1
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import warnings

import torch
import torch.nn.functional as F

warnings.simplefilter("ignore")


def told(name, loss, value, dtype=torch.float32):
    score = torch.tensor([[value]], dtype=dtype, requires_grad=True)
    found = loss(score)
    gradient = torch.autograd.grad(found, score)[0].item()
    print(f"{name:34} at {value:g}: loss {found.item():.4g}, gradient {gradient:.4g}")


def soft_margin(score):
    return F.soft_margin_loss(score, torch.ones_like(score))


told("soft_margin_loss", soft_margin, -88.0)
told("soft_margin_loss", soft_margin, -100.0)
told("soft_margin_loss, decomposed", torch.compile(soft_margin, backend="aot_eager_decomp_partition"), -100.0)
told("soft_margin_loss, float64", soft_margin, -800.0, torch.float64)
told("multilabel_soft_margin_loss", lambda x: F.multilabel_soft_margin_loss(x, torch.ones_like(x)), -100.0)
told("binary_cross_entropy_with_logits", lambda x: F.binary_cross_entropy_with_logits(x, torch.ones_like(x)), -100.0)
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
