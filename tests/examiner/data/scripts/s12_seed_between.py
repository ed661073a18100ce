import random

import numpy as np
import torch
from mlp import MLP

torch.manual_seed(12)
first = MLP(2, 3, "relu", 3, 2, "identity")
middle = torch.randn(2)
torch.manual_seed(12)
second = MLP(2, 3, "relu", 3, 2, "identity")
print(torch.equal(first.parameters["W1"], second.parameters["W1"]))
print(torch.equal(middle, torch.randn(2)))
np.random.seed(1)
random.seed(1)
print(np.random.rand(2), random.random(), torch.rand(1))
