"""What a guest zygote is told when it starts."""

from worker.sandbox.policy import HOME
from worker.wire.message import Message


class Settings(Message, frozen=True):
    """The policy of a guest zygote.

    walls    names of worker.sandbox.policy.Wall
    program  the compiled seccomp filter, empty for none
    packages  whether those of worker.sandbox.extras are imported, too
    warm     whether torch and numpy are imported before boxes are forked
    home     where submissions are written; without walls, the parent of a folder for each
    kept     folders below /tmp that stay visible there: Python may live in one
    probe    a threshold probe that each box runs before it is locked down (doctor only)
    """

    policy: str
    walls: tuple[str, ...]
    card: bool = False
    packages: bool = False
    program: bytes = b""
    warm: bool = True
    probe: str = ""
    home: str = HOME
    kept: tuple[str, ...] = ()
