"""``chainrule worker``: take gradings from the queue, on this machine or one of many."""

from collections.abc import Callable

import click

from grader.bootstrap import Services
from grader.model.language import _

SICK = 1


@click.command()
@click.option(
    "--queues",
    metavar="NAMES",
    default="",
    help="Queues to serve, separated by commas: interactive.cpu, regrade.cpu, interactive.gpu, "
    "regrade.gpu. Default: both queues of the configured device.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Gradings to run in parallel. Default: cores + 1."
)
@click.option("--name", default="", help="Name in the logs. Default: host and process.")
@click.option("--health", is_flag=True, help="Only check whether the worker on this machine is healthy.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_obj
def worker(
    make_services: Callable[[], Services],
    /,
    queues: str,
    jobs: int | None,
    name: str,
    health: bool,
    debug: bool,
) -> int:
    """Grade submissions from the queue until stopped by a signal.

    \b
    It does not start where a required wall of the sandbox is missing (see chainrule doctor).
    TERM finishes running gradings; QUIT and Ctrl-C wait 20 seconds, then return them to the queue.
    """
    services = make_services()
    if health:
        if services.worker_is_well():
            click.echo(_("well"))
            return 0
        why = services.worker_waits_for()
        click.echo(_("no sign of life: %(why)s", why=why) if why else _("no sign of life"))
        return SICK
    return services.work(tuple(filter(None, queues.split(","))), jobs or 0, name)
