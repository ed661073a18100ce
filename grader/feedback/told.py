"""Sentences that were kept before there were codes and values, and which rows of the catalogue they are of.

A row of today is spoken of only where that is certain: title, sentence and advice are, letter for letter,
those that the code had in the catalogue of then. So a corrected sentence reaches old results as well, and
whatever was made otherwise (names of an assignment's own, several mistakes, numbers) stays as it was.
"""

import hashlib
from collections.abc import Iterator
from types import MappingProxyType

from grader.feedback.mistakes import ROWS, Row
from grader.model import Sentences

_DIGITS = 10
_DIGESTS = MappingProxyType(
    dict(
        each.split(":")
        for each in """
    slope_of_identity:05059351f6 slope_at_output:31ca77dac1 input_as_output:51d47c8eaa
    value_for_slope:e9c8998a0f slope_squared:1c73f05e3c slope_of_relu:5650821e09
    slope_of_sigmoid:cb7e4ac980 slope_of_tanh:81f997d73b other_layers_slope:93a7775d38
    upstream_left_out:9d71863e13 batch_product:57899fa47b mask_inverted:b79023b167
    sign_for_mask:6bbab75f8a one_minus_alone:0898838fe0 one_plus:d4e2824890 square_left_out:2ba3d8fe6d
    computed_as_identity:2c4739a2b3 computed_as_relu:97aadc9693 computed_as_sigmoid:a548a82680
    computed_as_tanh:67fbbc2a98 other_layers_activation:03d39108d7 applied_twice:e67dcc86f3
    sigmoid_added:b1dc8e5cfb sign_reversed:f5741027f8 absolute:de9a5c910d leaky:8b10573ec0
    bias_left_out:036b493eaf bias_subtracted:e30b535022 bias_as_factor:0fcdc20858
    pre_activation_as_input:332dc9bd19 first_sample_only:5b974a66dd last_sample_only:f87bcbf052
    bias_of_first_sample:18d805741a bias_of_last_sample:b3ce6a67e7 bias_summed_over_all:c9126af266
    weight_from_sums:4502a86121 elementwise_product:2aed1979c7 weight_left_out:fa62afa6f5
    first_column_dropped:536939acb4 not_divided:053796f322 over_batch_only:8a101133d7
    over_width_only:ef34e02c3e divided_twice:b86752eb97 not_reduced:46ddf4705d per_sample:4994c99997
    sum_per_sample:d3da8a4c7f per_output:e260d91e49 root_of_mean:b6fecd2ab0 root_of_sum:ea560751d7
    root_of_sum_divided:def4bb2041 norm_of_terms:d6c0e26572 norm_of_terms_divided:5db00b7230
    half:699ae5b2b2 factor_lost:cd9b96924d sign:13980611c2 minus_on_first_term_only:b43b03f012
    minus_on_second_term_only:b962e94a4a first_term_only:9ddb07b70f second_term_only:19b2d11b3c
    labels_reversed:66d37987d3 log_base_2:b6e4dd2262 log_base_10:1fa1828fa5 clamped:f2df21b47e
    of_logits:5679b3f6f3 not_squared:0ce9701bdb sum_for_difference:d248c0b08b
    rows_not_divided:15bd186279 rows_and_outputs:7d613a4f1f rows_divided_twice:0125a445cc
    sum_averaged:b5bc3bf5d0 sum_over_rows:c212cd2df5 sum_over_outputs:7b04b98578
    denominator_layout:a8cc9bef35 diagonal_alone:035123fbb1 labels_of_both_signs:579e182add
    margin_reversed:4178f91583 label_left_out:59f68b89d6 softplus_left_out:a7670b2f39
    log_left_out:7e8d2115a9 chain_left_out:5f24a4ac2e input_left_out:3788eddfd1
    neighbouring_input:81e3fb0866 rate_left_out:eaef99f6c5 step_alone:d11ecaf7ec stopped:ce216dec00
    stopped_first:6e96f9fcb3 stopped_second:38150fc813 upstream_left_out_first:9d71863e13
    upstream_left_out_second:9d71863e13 other_factor_left_out:a5600dde17
    other_factor_left_out_first:a5600dde17 other_factor_left_out_second:a5600dde17 own_factor:65b3fcb46c
    own_factor_first:65b3fcb46c own_factor_second:65b3fcb46c minus_lost:80722667b1
    divisor_left_out:d302d4251d square_of_divisor_lost:3fb76ade14 derivative_left_out:945cd464e4
    exponent_kept:9479f73b04 half_lost:659867c5fb root_not_below:d55e39e8f5
    argument_not_below:d25be9b85e slope_of_other_base:2a96633ae5 not_applied:866696d3c0
    computed_as_sum:7d48fcd9f5 computed_as_difference:c7add692ed computed_as_product:18610da833
    operands_exchanged:099d2bc16c factor_left_out_first:3e724d3bce factor_left_out_second:0cf930417f
    exponent_lowered:39a2cb4ec1 exponent_as_factor:a158701037 exponent_turned:3b76469ee9
    bias_row_kept:ca35ca2f41 other_row_dropped:039b610851 ones_added:60076303b3
    bias_not_summed:92b94d969a updated_too_early:683504b58b step_broadcast:ca322c69be
    gradients_kept:29d122afd6 never_stepped:fa9df0a52f doubled:e5765e73e0 uphill:f6312eff55
    batch_mean:bbf2492b81 batch_sum:67cd547a62 halved:ce277d93e4 never_written:19462219eb
    transposed:d7ed286861 extra_axis:498007f1b4 flattened:57a6a01d8a squeezed:78b45a40c9
    column_squeezed:d39ff8d5ec summed_away:dabf22f405 rounded:1af0e07dcf wrong_dtype:6b8b8141ce
    not_finite:e9fb3d3037 not_a_number:ed5d03a448 swapped:c5b5a967ad parameters_changed:d397c0d47e
    input_changed:230e06c355 size_fixed:cd65c0ca95 not_written:bb5b464476
    """.split()
    )
)
"""Code → the beginning of the digest of what the catalogue of then said, ``{where}`` not yet filled in."""


def row_of(code: str, said: Sentences) -> Row | None:
    """Return the row of today that the sentences are surely of, None if that is not certain."""
    known = _DIGESTS.get(code)
    return ROWS.get(code) if known in {_digest(said, what) for what in _unfilled(said)} else None


def _unfilled(said: Sentences) -> Iterator[str]:
    """Yield the sentence as it may have stood in the catalogue: it begins with the place, or has none."""
    for place in (said.where, said.where[:1].upper() + said.where[1:]):
        if place and said.what.startswith(f"{place}: "):
            yield "{where}" + said.what[len(place) :]
    yield said.what


def _digest(said: Sentences, what: str) -> str:
    return hashlib.sha256("\0".join((said.title, what, said.help)).encode()).hexdigest()[:_DIGITS]
