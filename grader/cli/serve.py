"""``chainrule serve``: the whole service on this machine, with nothing to set up."""

from collections.abc import Callable

import click

from grader.bootstrap import Services


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 picks a free port."
)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Gradings to run in parallel. Default: cores + 1."
)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_obj
def serve(
    make_services: Callable[[], Services], /, host: str, port: int, jobs: int | None, debug: bool
) -> int:
    """Run the service on this machine: web pages, queue and worker, until Ctrl-C.

    All data is in the data folder (CHAINRULE_DATA) and is still there after a restart.
    """
    return make_services().serve(host, port, jobs or 0, click.echo)
