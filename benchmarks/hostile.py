"""Submissions that try to be costly, by their names: what stands below a right solution."""

from collections.abc import Mapping
from types import MappingProxyType

_FRAME = """
import sys

def _frame(name):
    frame = sys._getframe()
    while name not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals[name]
"""

HOSTILE: Mapping[str, str] = MappingProxyType(
    {
        "nothing": "",
        "exception class named by 1 MB": """
def mse_loss(y, y_hat):
    raise type("Z" * 1_000_000, (Exception,), {})("w" * 1_000_000)
bce_loss = MLP.forward = MLP.backward = mse_loss
""",
        "30,000 notes of the import": """
from worker.guest import loading
from worker.wire.message import Imported, Note
loading.imported = lambda entry: Imported(notes=(
    Note(code="import_missing", values={"module": "q" * 90, "line": 3}),) * 30_000)
""",
        "as many values as fit into a word": """
from worker.guest import loading
from worker.wire.message import ImportFailed
loading.imported = lambda entry: ImportFailed(code="import_raised", values={
    "type": "Z" * 1_900_000, "text": "w" * 1_900_000})
""",
        "40 MB of small numbers": _FRAME
        + """
def bce_loss(y, y_hat):
    connection, count = _frame("channel").socket, 40_000_000
    payload = b"\\xdd" + count.to_bytes(4, "big") + b"\\x01" * count
    connection.setblocking(True)
    connection.sendall(b"CRW1" + len(payload).to_bytes(4, "little") + payload)
    while True:
        pass
""",
        "160 MB of arrays": """
def bce_loss(y, y_hat):
    return [torch.zeros(5_000_000, dtype=torch.float64) for _ in range(4)]
""",
        "prints up to its limit in each function": """
_forward = MLP.forward
def forward(self, x):
    print("\\U0001f525" * 15_000)
    return _forward(self, x)
MLP.forward = forward
""",
        "ends the process": """
def mse_loss(y, y_hat):
    import os
    os._exit(3)
""",
        "takes all memory": """
def mse_loss(y, y_hat):
    return [torch.ones(50_000_000) for _ in range(100)]
""",
    }
)
