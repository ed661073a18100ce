"""``chainrule worker``: take gradings from the queue, on this machine or one of many."""

from collections.abc import Callable

import click

from grader.bootstrap import Services

SICK = 1


@click.command()
@click.option(
    "--queues",
    metavar="NAMES",
    default="",
    help="Queues to serve, separated by commas: interactive.cpu, regrade.cpu, interactive.gpu, "
    "regrade.gpu. Default: both of the device that is set.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Gradings at a time. Default: cores + 1."
)
@click.option("--name", default="", help="Its name in logs. Default: the machine and the process.")
@click.option("--health", is_flag=True, help="Only say whether the worker on this machine is well.")
@click.option("--debug", is_flag=True, help="Show tracebacks of the program itself.")
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
    """Grade what the queue delivers, until a signal ends it.

    \b
    It refuses to start where a wall of the sandbox is missing (chainrule doctor).
    TERM finishes what runs; QUIT and Ctrl-C wait 20 seconds for it, then hand it back.
    """
    services = make_services()
    if health:
        if services.worker_is_well():
            click.echo("well")
            return 0
        why = services.worker_waits_for()
        click.echo(f"no sign of life: {why}" if why else "no sign of life")
        return SICK
    return services.work(tuple(filter(None, queues.split(","))), jobs or 0, name)
