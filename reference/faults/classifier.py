"""A classifier of one output with a softplus loss, one entry of a gradient, and one step of descent."""

from reference.faults.fault import Fault

CLASSIFIER = (
    Fault(
        "labels_of_both_signs",
        "a loss for other labels",
        "{where}: −y·ŷ stands where (1 − 2y)·ŷ is asked.",
        "−y·ŷ is for labels −1 and 1; keep the factor of the sheet's formula.",
        "loss",
    ),
    Fault(
        "margin_reversed",
        "factor of the label reversed",
        "{where}: the factor is 2y − 1, the opposite of what is asked.",
        "The exponent is (1 − 2y)·ŷ: with y = 0 a large ŷ costs much.",
        "loss",
    ),
    Fault(
        "label_left_out",
        "inner derivative left out",
        "{where}: the factor 1 − 2y is missing on the way back.",
        "L depends on ŷ through (1 − 2y)·ŷ: multiply by the derivative of that, too.",
        "loss",
    ),
    Fault(
        "softplus_left_out",
        "log(1 + exp(t)) taken for t",
        "{where}: (1 − 2y)·ŷ itself stands where log(1 + exp(…)) of it is asked.",
        "log and exp don't cancel while 1 is added between them; they nearly do for large t only.",
        "loss",
    ),
    Fault(
        "log_left_out",
        "logarithm left out",
        "{where}: 1 + exp(…), without the logarithm.",
        "Take the natural logarithm of the sum.",
        "loss",
    ),
    Fault(
        "chain_left_out",
        "the chain ends too early",
        "{where}: this is dL/dŷ alone; the rest of the chain is missing.",
        "Go on from ŷ to h₁, to z₁ and to the weight: the factors are Wᵒ₁, ReLU′(z₁) and x₂.",
        "layer",
    ),
    Fault(
        "input_left_out",
        "input left out",
        "{where}: the factor x₂ is missing.",
        "z₁ = w₁₁·x₁ + w₁₂·x₂ + b₁, so its derivative with respect to w₁₂ is x₂.",
        "layer",
    ),
    Fault(
        "neighbouring_input",
        "derivative by the neighbouring weight",
        "{where}: x₁ stands where x₂ belongs.",
        "The second index of a weight is that of the input it multiplies.",
        "layer",
    ),
    Fault(
        "rate_left_out",
        "learning rate left out",
        "{where}: the whole gradient is subtracted.",
        "w ← w − η · dL/dw.",
        "bookkeeping",
    ),
    Fault(
        "step_alone",
        "the step in the place of the new weight",
        "{where}: −η · dL/dw alone, without the weight that the step starts from.",
        "w ← w − η · dL/dw.",
        "bookkeeping",
    ),
)
