"""The known ways of being wrong, by their codes. What is said of each is the matter of ``grader.feedback``.

A fault breaks a rule of a derivative, a step of the forward pass, or the bookkeeping around them. How it
calculates stands beside the rule it breaks (reference.operations).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Fault:
    """One mistake.

    seen    how many submissions made it or its like, among 56 finished public ones of the two-layer net
            (2020–2026); 0 stands for once at most. Of several that give the same numbers the commoner one
            is named.
    factor  by what power of n (rows) and k (outputs) and by which number it is off, if by such a factor
    """

    code: str
    seen: int = 0
    factor: tuple[int, int, float] | None = None


_CODES = tuple(
    """
    slope_of_identity slope_at_output input_as_output value_for_slope slope_squared slope_of_relu
    slope_of_sigmoid slope_of_tanh other_layers_slope upstream_left_out batch_product mask_inverted
    sign_for_mask one_minus_alone one_plus square_left_out
    computed_as_identity computed_as_relu computed_as_sigmoid computed_as_tanh other_layers_activation
    applied_twice sigmoid_added sign_reversed absolute leaky bias_left_out bias_subtracted
    bias_as_factor pre_activation_as_input first_sample_only last_sample_only bias_of_first_sample
    bias_of_last_sample bias_summed_over_all weight_from_sums elementwise_product weight_left_out
    first_column_dropped
    not_divided over_batch_only over_width_only divided_twice not_reduced per_sample sum_per_sample
    per_output root_of_mean root_of_sum root_of_sum_divided norm_of_terms norm_of_terms_divided half
    factor_lost sign minus_on_first_term_only minus_on_second_term_only first_term_only second_term_only
    labels_reversed log_base_2 log_base_10 clamped of_logits not_squared sum_for_difference
    rows_not_divided rows_and_outputs rows_divided_twice sum_averaged sum_over_rows sum_over_outputs
    denominator_layout diagonal_alone
    labels_of_both_signs margin_reversed label_left_out softplus_left_out log_left_out chain_left_out
    input_left_out neighbouring_input rate_left_out step_alone
    stopped stopped_first stopped_second upstream_left_out_first upstream_left_out_second
    other_factor_left_out other_factor_left_out_first other_factor_left_out_second own_factor
    own_factor_first own_factor_second minus_lost divisor_left_out square_of_divisor_lost
    derivative_left_out exponent_kept half_lost root_not_below argument_not_below slope_of_other_base
    not_applied computed_as_sum computed_as_difference computed_as_product operands_exchanged
    factor_left_out_first factor_left_out_second exponent_lowered exponent_as_factor exponent_turned
    bias_row_kept other_row_dropped ones_added bias_not_summed updated_too_early step_broadcast
    gradients_kept never_stepped
    doubled uphill batch_mean batch_sum halved never_written transposed extra_axis flattened squeezed
    column_squeezed summed_away rounded wrong_dtype not_finite not_a_number swapped parameters_changed
    input_changed not_handled size_fixed not_written
    constant_factor convention consequential carried_on unknown
""".split()
)

_SEEN = MappingProxyType(
    {
        "slope_of_identity": 2,
        "batch_product": 3,
        "elementwise_product": 3,
        "not_divided": 5,
        "over_batch_only": 7,
        "over_width_only": 7,
        "not_reduced": 2,
        "root_of_sum": 3,
        "root_of_sum_divided": 3,
        "norm_of_terms": 3,
        "half": 5,
        "sign": 3,
        "minus_on_first_term_only": 2,
        "batch_mean": 4,
        "extra_axis": 2,
        "squeezed": 2,
        "column_squeezed": 2,
        "parameters_changed": 2,
        "not_handled": 2,
        "convention": 7,
    }
)

_FACTORS: Mapping[str, tuple[int, int, float]] = MappingProxyType(
    {
        "not_divided": (1, 1, 1.0),
        "over_batch_only": (0, 1, 1.0),
        "over_width_only": (1, 0, 1.0),
        "divided_twice": (-1, -1, 1.0),
        "half": (0, 0, 0.5),
        "factor_lost": (0, 0, 0.5),
        "sign": (0, 0, -1.0),
        "rows_not_divided": (1, 0, 1.0),
        "rows_and_outputs": (0, -1, 1.0),
        "rows_divided_twice": (-1, 0, 1.0),
        "sum_averaged": (-1, -1, 1.0),
        "sum_over_rows": (-1, 0, 1.0),
        "sum_over_outputs": (0, -1, 1.0),
        "half_lost": (0, 0, 2.0),
        "doubled": (0, 0, 2.0),
        "batch_mean": (-1, 0, 1.0),
        "batch_sum": (1, 0, 1.0),
        "halved": (0, 0, 0.5),
    }
)

CATALOGUE: Mapping[str, Fault] = MappingProxyType(
    {code: Fault(code, _SEEN.get(code, 0), _FACTORS.get(code)) for code in _CODES}
)
"""All faults by code."""
