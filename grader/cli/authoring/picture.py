"""``chainrule picture``: the pictures of an assignment's computation graph."""

from collections.abc import Callable
from pathlib import Path

import click

from grader.bootstrap import Services


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
@click.pass_obj
def picture(make_services: Callable[[], Services], /, folder: Path) -> int:
    """Draw the graph.toml of the assignment FOLDER: graph.svg, and graph-narrow.svg for phones.

    Graphviz does the layout (Debian: apt-get install graphviz). It is not needed later: the pictures
    are part of the assignment, and the result page colours them.
    """
    for path in make_services().draw(folder):
        click.echo(path)
    return 0
