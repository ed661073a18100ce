#!/usr/bin/env bash
# With class weights a one-hot target gives another loss than its index, and nothing to learn gives nan
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: `cross_entropy(x, y, weight)` equals `cross_entropy(x, one_hot(y), weight)` as it does
# without weights; a batch whose targets are all ignored has loss nan and makes the gradients nan, too.
# What is so: the mean over indices divides by the weights of the targets, the mean over probabilities by the
# number of rows, so the losses and gradients differ by a factor that changes with the batch. The all-ignored
# batch has loss nan and gradient 0.
# Why it matters to a grader of gradients: a submission that one-hot encodes the labels is off by a factor
# that depends on the batch, which looks like a random mistake; and a check for nan in the loss does not tell
# what happens to the weights.
#
# Output seen; the script fails if it is no longer this:
#> labels [0, 1, 1]: one-hot / index 1.000; with class weights 2.333, gradients 2.333
#> labels [0, 0, 1]: one-hot / index 1.000; with class weights 1.667, gradients 1.667
#> labels [0, 0, 0]: one-hot / index 1.000; with class weights 1.000, gradients 1.000
#> all ignored: loss nan greatest gradient 0.0
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch
from torch.nn.functional import cross_entropy, one_hot

weight = torch.tensor([1.0, 3.0], dtype=torch.float64)
scores = torch.tensor([[0.0, 1.0], [2.0, 0.0], [1.0, 1.0]], dtype=torch.float64, requires_grad=True)
for labels in ([0, 1, 1], [0, 0, 1], [0, 0, 0]):
    index = torch.tensor(labels)
    shares = one_hot(index, 2).double()
    plain = cross_entropy(scores, shares) / cross_entropy(scores, index)
    weighted = [cross_entropy(scores, target, weight) for target in (shares, index)]
    slopes = [torch.autograd.grad(loss, scores)[0][0, 0] for loss in weighted]
    print(f"labels {labels}: one-hot / index {plain.item():.3f}; with class weights "
          f"{(weighted[0] / weighted[1]).item():.3f}, gradients {(slopes[0] / slopes[1]).item():.3f}")

nothing = cross_entropy(scores, torch.full((3,), -100))
gradient = torch.autograd.grad(nothing, scores)[0]
print("all ignored: loss", nothing.item(), "greatest gradient", gradient.abs().max().item())
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
