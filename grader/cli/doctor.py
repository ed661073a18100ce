"""``chainrule doctor``: tests the walls of the sandbox here, and says how to fix those that fail."""

from collections.abc import Callable

import click
from rich.text import Text

from grader.bootstrap import Services
from grader.config import origin
from grader.errors import SandboxUnavailable
from grader.model.language import _
from grader.model.walls import Wall
from grader.render.console import PlainConsole


@click.command()
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_obj
def doctor(make_services: Callable[[], Services], /, debug: bool) -> int:
    """Test each wall of the sandbox: what it protects, what was measured, and how to fix it.

    Exit code 5 if a required wall is missing; nothing can be graded then.
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
            _("nothing can be graded without: %(missing)s", missing=", ".join(missing)),
            where="sandbox",
            cure=_("Follow the advice above, and run chainrule doctor again."),
        )
    weaker = sum(not wall.holds for wall in walls)
    verb = "is" if weaker == 1 else "are"
    end = (
        _("%(weaker)s %(verb)s weaker than possible.", weaker=weaker, verb=verb) if weaker else _("All hold.")
    )
    console.print(
        Text(_("\n%(walls)s walls tested. %(end)s", walls=len(walls), end=end)),
        soft_wrap=True,
        highlight=False,
    )
    return 0


def _line(wall: Wall) -> Text:
    sign, style = ("✓", "green") if wall.holds else ("✕", "red") if wall.needed else ("!", "yellow")
    return Text.assemble((sign, style), " ", (wall.name, "bold"), f": {wall.guards} · {wall.measured}")
