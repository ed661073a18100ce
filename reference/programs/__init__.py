"""The homeworks' calculations, which can be carried out with any of the known mistakes."""

from reference.programs.loss import Loss
from reference.programs.program import Answers, Hypothesis, Place, Program
from reference.programs.two_layer import TwoLayer

__all__ = ["Answers", "Hypothesis", "Loss", "Place", "Program", "TwoLayer"]
