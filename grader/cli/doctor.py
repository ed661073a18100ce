"""``chainrule doctor``: which walls of the sandbox hold on this machine, and what to do about the others."""

from collections.abc import Callable

import click
from rich.text import Text

from grader.bootstrap import Services
from grader.config import origin
from grader.errors import SandboxUnavailable
from grader.model.walls import Wall
from grader.render.console import PlainConsole


@click.command()
@click.option("--debug", is_flag=True, help="Show tracebacks of the program itself.")
@click.pass_obj
def doctor(make_services: Callable[[], Services], /, debug: bool) -> int:
    """Try each wall of the sandbox and say what it guards against, what was measured, and the cure.

    Exit code 5 when a wall is missing without which nothing is graded.
    """
    console = PlainConsole()
    console.print(Text(f"chainrule {origin.release()}\n"), highlight=False)
    walls = make_services().walls()
    for wall in walls:
        console.print(_line(wall), soft_wrap=True, highlight=False)
        for told in (wall.lost, wall.cure):
            if told and not wall.holds:
                console.print(Text(f"    {told}"), soft_wrap=True, highlight=False)
    missing = [wall.name for wall in walls if wall.needed and not wall.holds]
    if missing:
        raise SandboxUnavailable(
            f"without this nothing is graded: {', '.join(missing)}",
            where="sandbox",
            cure="Do what stands beside it above, and run chainrule doctor again.",
        )
    weaker = sum(not wall.holds for wall in walls)
    verb = "is" if weaker == 1 else "are"
    end = f"{weaker} {verb} weaker than could be." if weaker else "All hold."
    console.print(Text(f"\n{len(walls)} walls tried. {end}"), soft_wrap=True, highlight=False)
    return 0


def _line(wall: Wall) -> Text:
    sign, style = ("✓", "green") if wall.holds else ("✕", "red") if wall.needed else ("!", "yellow")
    return Text.assemble((sign, style), " ", (wall.name, "bold"), f": {wall.guards} · {wall.measured}")
