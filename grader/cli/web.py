"""``chainrule web``: the web server alone, where database, queue and workers run elsewhere."""

from collections.abc import Callable

import click

from grader.bootstrap import Services


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one."
)
@click.option("--debug", is_flag=True, help="Show tracebacks of the program itself.")
@click.pass_obj
def web(make_services: Callable[[], Services], /, host: str, port: int, debug: bool) -> int:
    """Run the web pages alone, until a signal ends it.

    Database and queue are those of the settings; chainrule worker grades. For everything at once on one
    machine there is chainrule serve.
    """
    return make_services().web(host, port)
