import sys

import torch
from mlp import MLP

net = MLP(4, 3, "relu", 3, 2, "identity")
print(net.forward(torch.zeros(1, 4)).shape == (1, 2))
sys.exit(0)
