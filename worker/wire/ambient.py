"""State that one process would share without saying so: random generators and the default dtype.

Scripts of the old kind seed and draw on both sides of the trust line, so each call carries what has
changed of it. What arrives is judged before it is set: sizes, ranges and names.
"""

import array
import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from worker.wire.errors import WireError
from worker.wire.value import Packed, no_foreign, pack, unpack

State: TypeAlias = dict[str, Any]
TORCH_STATE_BYTES = 5056
TWISTER_WORDS = 624
PYTHON_STATE_VERSION = 3
DEFAULT_DTYPES = ("float16", "bfloat16", "float32", "float64")


class Ambient:
    """One side's view of the shared state: what the other side was last known to have."""

    def __init__(self) -> None:
        self._known: State = {}

    def changes(self) -> Packed:
        """Return what differs from what the other side has; from now on it is known there."""
        now = {part: read() for part, (read, _) in PARTS.items()}
        changed = {part: state for part, state in now.items() if self._known.get(part) != state}
        self._known = now
        return pack(changed, no_foreign)

    def apply(self, packed: Packed) -> None:
        """Take over what the other side has changed; raises WireError for what is no state."""
        changed = unpack(packed, _no_foreign)
        if not isinstance(changed, dict) or not changed.keys() <= PARTS.keys():
            raise WireError("shared state must be a dict of known parts")
        for part, state in changed.items():
            try:
                PARTS[part][1](state)
            except (TypeError, ValueError, RuntimeError, OverflowError, KeyError):
                raise WireError(f"not a state of {part}") from None
            self._known[part] = state


def _no_foreign(foreign: object) -> object:
    raise WireError("shared state is built-in data only")


def _read_torch() -> bytes:
    import torch

    return bytes(torch.get_rng_state().numpy())


def _write_torch(state: bytes) -> None:
    import torch

    if type(state) is not bytes or len(state) != TORCH_STATE_BYTES:
        raise ValueError("wrong size")
    torch.set_rng_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))


def _read_numpy() -> tuple[bytes, int, int, float]:
    import numpy as np

    state: Any = np.random.get_state(legacy=False)
    twister = state["state"]
    return bytes(twister["key"]), int(twister["pos"]), int(state["has_gauss"]), float(state["gauss"])


def _write_numpy(state: tuple[bytes, int, int, float]) -> None:
    import numpy as np

    key, position, has_gauss, gauss = state
    words = np.frombuffer(key, dtype=np.uint32)
    if words.shape != (TWISTER_WORDS,) or not 0 <= position <= TWISTER_WORDS or type(position) is not int:
        raise ValueError("wrong size")
    np.random.set_state(("MT19937", words, position, int(has_gauss == 1), float(gauss)))


def _read_python() -> tuple[bytes, float | None]:
    _, words, gauss = random.getstate()
    return array.array("I", words).tobytes(), gauss


def _write_python(state: tuple[bytes, float | None]) -> None:
    data, gauss = state
    words = array.array("I", data)
    if len(words) != TWISTER_WORDS + 1 or not (gauss is None or type(gauss) is float):
        raise ValueError("wrong size")
    random.setstate((PYTHON_STATE_VERSION, tuple(words), gauss))


def _read_dtype() -> str:
    import torch

    return str(torch.get_default_dtype()).removeprefix("torch.")


def _write_dtype(name: str) -> None:
    import torch

    if name not in DEFAULT_DTYPES:
        raise ValueError("not a dtype of floats")
    torch.set_default_dtype(getattr(torch, name))


PARTS: Mapping[str, tuple[Callable[[], Any], Callable[[Any], None]]] = MappingProxyType(
    {
        "torch": (_read_torch, _write_torch),
        "numpy": (_read_numpy, _write_numpy),
        "random": (_read_python, _write_python),
        "dtype": (_read_dtype, _write_dtype),
    }
)
