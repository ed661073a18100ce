"""Wakes a card in a box, before the lock-down forbids what the driver needs for it."""


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
        raise RuntimeError(f"{device} computes a wrong product")
