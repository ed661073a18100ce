"""What a guest zygote is told when it starts."""

from worker.wire.message import Message


class Settings(Message, frozen=True):
    """The policy of a guest zygote.

    walls    names of worker.sandbox.policy.Wall
    program  the compiled seccomp filter, empty for none
    warm     whether torch and numpy are imported before boxes are forked
    probe    a threshold probe that each box runs before it is locked down (doctor only)
    """

    policy: str
    walls: tuple[str, ...]
    card: bool = False
    program: bytes = b""
    warm: bool = True
    probe: str = ""
