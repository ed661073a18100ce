"""``chainrule prove``: known mistakes are made on purpose, and the hidden tests must find each of them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import click

from grader.assignment import assignment_folder
from grader.bootstrap import Services
from grader.cli.authoring import proving
from grader.config import DEVICES
from grader.errors import AssignmentError, UsageError
from grader.model.language import _
from grader.model.schema import did_you_mean
from grader.queue.batch import Plan
from grader.render import proof as rendering
from grader.render.console import PlainConsole
from grader.verifying import judging, proof_file, samples

SEED = b"prove"  # the same numbers at every run, so that a survivor can be looked at again


@click.command()
@click.argument("folder")
@click.option(
    "--function", "only", multiple=True, metavar="NAME", help="Only try the mistakes of this function."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--markdown", is_flag=True, help="Print the table of margins as Markdown.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Gradings to run in parallel. Default: cores + 1."
)
@click.option("--device", type=click.Choice(DEVICES), help="Device to compute on.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
@click.pass_obj
def prove(
    make_services: Callable[[], Services],
    /,
    folder: str,
    only: tuple[str, ...],
    as_json: bool,
    markdown: bool,
    jobs: int | None,
    device: str | None,
) -> int:
    """Prove the hidden tests of the assignment FOLDER (or name) with its proof/proof.toml.

    Every known mistake is built into a complete submission and graded. Mistakes that lose no points survive
    and are listed, and so are correct variants and samples in submissions/accepted that lose points. Exit
    code 7 if there are any. Also shows how close the nearest mistake came to passing.
    """
    services = make_services()
    path = assignment_folder.find(folder, services.folders)
    suite, files = assignment_folder.load(path), assignment_folder.read_all(path)
    proof = proof_file.read(files, suite.assignment, str(path))
    if proof is None:
        cure = _("docs/proof.md shows what to put there.")
        raise AssignmentError(_("there is no %(file)s", file=proof_file.FILE), where=str(path), cure=cure)
    _check_names(only, proof, str(path))
    chosen = device or services.settings.device
    plan = Plan(suite, SEED, None, chosen, jobs or services.settings.parallel, measure=True, only=only)
    right = proof_file.right_forms(samples.samples(files, suite.assignment, str(path)), suite.assignment)
    with services.open_grader() as grader, ThreadPoolExecutor(1) as beside:
        # Making them takes as long as starting an engine, so it is done meanwhile.
        making = beside.submit(
            lambda: [*proof_file.hand_ins(proof, suite.assignment, services.make_hand_ins, only)]
        )
        tried = proving.run(grader, right, plan)
        tried += proving.run(grader, making.result(), plan)
    tallies = judging.tally(tried, only or proof.functions)
    if as_json:
        click.echo(rendering.json(suite, tried, tallies))
    elif markdown:
        click.echo(rendering.markdown(tallies))
    else:
        rendering.show(tried, tallies, PlainConsole())
    proving.refuse(tried, str(path))
    return 0


def _check_names(only: Sequence[str], proof: proof_file.Proof, where: str) -> None:
    for name in only:
        if name not in proof.functions:
            cure = did_you_mean(name, proof.functions)
            raise UsageError(
                _("%(file)s breaks no “%(name)s”", file=proof_file.FILE, name=name),
                where=f"{where}: --function",
                cure=cure,
            )
