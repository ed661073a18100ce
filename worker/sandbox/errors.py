"""What can go wrong while boxes are made, all of it our fault and never a student's."""


class SandboxError(Exception):
    """No box can be had. ``cure`` says what the operator can do about it."""

    def __init__(self, problem: str, cure: str = "") -> None:
        super().__init__(f"{problem}\n{cure}" if cure else problem)
        self.problem = problem
        self.cure = cure


class ZygoteGone(SandboxError):
    """A warm process has ended, or can't be reached any more: another has to be started."""


class KernelError(SandboxError):
    """The kernel refused a system call that a wall is built with."""
