"""Wakes a card in a session. Untested: no machine with a card was at hand.

A process that was forked from one that uses CUDA can't use it. So the checkpoint must not, each
session wakes the card for itself, and policies with a card leave off the walls that forbid it.
"""


def initialise(device: str) -> None:
    """Initialise CUDA and run one matrix product; nothing for another device.

    Raises RuntimeError when there is no card: our fault, not the student's.
    """
    if not device.startswith("cuda"):
        return
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    square = torch.ones(8, 8, device=device)
    if float((square @ square).sum().item()) != 8.0**3:
        raise RuntimeError(f"{device} computes an incorrect product")
