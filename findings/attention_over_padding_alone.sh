#!/usr/bin/env bash
# Whether attention weights are asked for decides between nan and 0
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: `need_weights` of MultiheadAttention says what is returned beside the output; the output is
# the same, and for a sample whose keys are all padding it is nan, the softmax of nothing.
# What is so: with `need_weights=True` (the default) such a sample gives nan, and so are the gradients of a loss
# of the other sample alone; with `need_weights=False` it gives the output bias, here 0, and finite gradients.
# `scaled_dot_product_attention` gives 0 as well, a softmax written out gives nan.
# Why it matters to a grader of gradients: a reference and a submission may differ by an argument that seems
# to be about speed only, and the difference is nan against a number.
#
# Output seen; the script fails if it is no longer this:
#> need_weights=True: second sample [nan, nan, nan, nan]; gradients of the first sample's sum nan
#> need_weights=False: second sample [0.0, 0.0, 0.0, 0.0]; gradients of the first sample's sum finite
#> scaled_dot_product_attention: [0.0, 0.0, 0.0, 0.0]
#> softmax written out:          [nan, nan, nan, nan]
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch

torch.manual_seed(0)
layer = torch.nn.MultiheadAttention(4, 1, batch_first=True)
x = torch.randn(2, 3, 4)
padding = torch.tensor([[False, False, True], [True, True, True]])
for need_weights in (True, False):
    layer.zero_grad()
    out = layer(x, x, x, key_padding_mask=padding, need_weights=need_weights)[0]
    out[0].sum().backward()
    finite = all(parameter.grad.isfinite().all() for parameter in layer.parameters())
    print(f"need_weights={need_weights}: second sample {out[1, 0].tolist()}; "
          f"gradients of the first sample's sum {'finite' if finite else 'nan'}")

query = torch.randn(1, 1, 3, 4)
nothing = torch.zeros(3, 3, dtype=torch.bool)
built_in = torch.nn.functional.scaled_dot_product_attention(query, query, query, attn_mask=nothing)
written_out = (query @ query.mT / 2).masked_fill(~nothing, -torch.inf).softmax(-1) @ query
print("scaled_dot_product_attention:", built_in[0, 0, 0].tolist())
print("softmax written out:         ", written_out[0, 0, 0].tolist())
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
