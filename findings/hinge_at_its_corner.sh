#!/usr/bin/env bash
# Torch's hinge losses disagree about the gradient at the corner, and relu agrees with only one of them
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: all losses of the form max(0, margin − z) use the gradient of relu at the corner, 0. Two
# equal scores under `margin_ranking_loss` (margin 0 by default) have loss 0 and are left alone.
# What is so: `margin_ranking_loss`, `hinge_embedding_loss` and `cosine_embedding_loss` take the full slope at
# the corner, since they are made of clamp_min; `multi_margin_loss` takes 0, but run through torch's own
# decompositions, as compilers do, it takes the full slope, too.
# Why it matters to a grader of gradients: equal scores are what an untrained network gives, so the first
# gradient of a hinge loss is a matter of convention and not of mathematics.
#
# Output seen; the script fails if it is no longer this:
#> relu(1 - z) at 1:            [0.0]
#> clamp(1 - z, min=0) at 1:    [-1.0]
#> margin_ranking, equal:       [-1.0, 1.0]
#> hinge_embedding at 1:        [-1.0]
#> multi_margin at its corner:  [0.0, 0.0]
#> multi_margin, decomposed:    [-0.5, 0.5]
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
one = torch.ones(1)


def gradient(loss, *values):
    scores = torch.tensor(values, requires_grad=True)
    return [entry + 0.0 for entry in torch.autograd.grad(loss(scores).sum(), scores)[0].tolist()]


def multi_margin(scores):
    return F.multi_margin_loss(scores[None], torch.tensor([0]))


decomposed = torch.compile(multi_margin, backend="aot_eager_decomp_partition")
print("relu(1 - z) at 1:           ", gradient(lambda z: F.relu(1 - z), 1.0))
print("clamp(1 - z, min=0) at 1:   ", gradient(lambda z: (1 - z).clamp(min=0), 1.0))
print("margin_ranking, equal:      ", gradient(lambda s: F.margin_ranking_loss(s[:1], s[1:], one), 0.0, 0.0))
print("hinge_embedding at 1:       ", gradient(lambda s: F.hinge_embedding_loss(s, -one), 1.0))
print("multi_margin at its corner: ", gradient(multi_margin, 1.0, 0.0))
print("multi_margin, decomposed:   ", gradient(decomposed, 1.0, 0.0))
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
