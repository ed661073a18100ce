"""``chainrule web``: the web server alone, where database, queue and workers run elsewhere."""

from collections.abc import Callable

import click

from grader.bootstrap import Services


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 picks a free port."
)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_obj
def web(make_services: Callable[[], Services], /, host: str, port: int, debug: bool) -> int:
    """Run only the web pages, until stopped by a signal.

    It uses the configured database and queue; chainrule worker grades. To run everything on one machine, use
    chainrule serve.
    """
    return make_services().web(host, port)
