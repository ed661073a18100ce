"""Where commands print: rich's console without its guesses about what text means."""

from typing import NoReturn

from rich.console import Console


class PlainConsole(Console):
    """A console on standard output that takes text as it is."""

    def __init__(self) -> None:
        super().__init__(markup=False, emoji=False, highlight=False)

    def on_broken_pipe(self) -> NoReturn:
        """Tell the program that its reader has gone; rich would end it as if something were wrong."""
        raise BrokenPipeError
