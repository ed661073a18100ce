"""The homeworks' calculations, which can be carried out with any of the known mistakes."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from reference.programs.chain import MISTAKES as OF_CHAINS
from reference.programs.chain import Chain, SigmoidSlope
from reference.programs.classifier import MISTAKES as OF_CLASSIFIERS
from reference.programs.classifier import Classifier, DescentStep, SoftplusLoss
from reference.programs.expression import MISTAKES as OF_EXPRESSIONS
from reference.programs.expression import Written
from reference.programs.hidden_layer import HiddenLayer
from reference.programs.hidden_layer_mistakes import MISTAKES as OF_HIDDEN_LAYERS
from reference.programs.loss import MISTAKES as OF_LOSSES
from reference.programs.loss import Loss
from reference.programs.program import Answers, Hypothesis, Place, Program
from reference.programs.theory import MISTAKES as OF_THEORY
from reference.programs.theory import Derivatives, Jacobian, LossRow
from reference.programs.two_layer import GRADIENTS, PARAMETERS, TwoLayer
from reference.programs.two_layer import MISTAKES as OF_NETS

__all__ = [
    "GRADIENTS",
    "PARAMETERS",
    "MISTAKES",
    "Answers",
    "Chain",
    "Classifier",
    "Derivatives",
    "DescentStep",
    "HiddenLayer",
    "Hypothesis",
    "Jacobian",
    "Loss",
    "LossRow",
    "Place",
    "Program",
    "SigmoidSlope",
    "SoftplusLoss",
    "TwoLayer",
    "Written",
]

MISTAKES: Mapping[str, Callable[[], Sequence[Hypothesis]]] = MappingProxyType(
    {**OF_LOSSES, **OF_NETS, **OF_CLASSIFIERS, **OF_EXPRESSIONS, **OF_CHAINS, **OF_HIDDEN_LAYERS, **OF_THEORY}
)
"""What can go wrong, by the kind of calculation (``Program.kind``)."""
