"""``chainrule samples``: an assignment's samples as files, and what each must get."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from grader.arithmetic.scoring import points_text
from grader.assignment import assignment_folder
from grader.bootstrap import Services
from grader.errors import UsageError
from grader.model.language import _
from grader.verifying import samples as reading


@click.command()
@click.argument("folder")
@click.option(
    "--write", "target", type=click.Path(path_type=Path), metavar="DIR", help="Write all samples there."
)
@click.option("--force", is_flag=True, help="Overwrite files of DIR that differ.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks of the program itself.")
@click.pass_obj
def samples(make_services: Callable[[], Services], /, folder: str, target: Path | None, force: bool) -> int:
    """List the sample submissions of the assignment FOLDER (or name) with what each must get.

    With --write they become files, each in the folder of its verdict, to read, grade or submit. Many exist
    only as a change to an accepted one, in submissions/expected.toml.
    """
    path = assignment_folder.find(folder, make_services().folders)
    suite, files = assignment_folder.load(path), assignment_folder.read_all(path)
    if target is not None:
        number = _write(reading.as_files(files, str(path)), target, path, force=force)
        click.echo(_("%(number)s files are in %(target)s", number=number, target=target))
        return 0
    for sample in reading.samples(files, suite.assignment, str(path)):
        made = _(" (from %(base)s)", base=sample.made.base) if sample.made else ""
        click.echo(f"{sample.file}{made}")
        for each in _wanted(sample):
            click.echo(f"    {each}")
    return 0


def _wanted(sample: reading.Sample) -> Iterator[str]:
    """Yield in words what a sample must get."""
    if sample.score is not None:
        yield _("%(score)s points", score=points_text(sample.score))
    if sample.scores:
        yield ", ".join(f"{name} {points_text(points)}" for name, points in sample.scores.items())
    if sample.load:
        yield _("does not load: %(load)s", load=sample.load)
    if sample.failed:
        yield _("must not pass: %(failed)s", failed=", ".join(sample.failed))
    if sample.verdicts:
        yield ", ".join(
            _("%(name)s ends with %(value)s", name=name, value=each.value)
            for name, each in sample.verdicts.items()
        )
    if sample.somewhere:
        yield _("at least one function ends with %(value)s", value=sample.somewhere.value)
    for name, codes in (sample.diagnoses or {}).items():
        yield _("%(name)s is diagnosed as %(codes)s", name=name, codes=", ".join(codes))


def _write(files: Mapping[str, bytes], target: Path, assignment: Path, *, force: bool) -> int:
    """Write all files or, where one can't be, as a rule none; returns how many there are."""
    if target.resolve() == (assignment / reading.FOLDER).resolve():
        cure = _("Name another folder: beside the list, a sample is a file or a change, never both.")
        raise UsageError(_("the samples come from there"), where=str(target), cure=cure)
    paths = {target / name: content for name, content in files.items()}
    try:
        taken = [path for path, content in paths.items() if path.exists() and path.read_bytes() != content]
        if taken and not force:
            raise UsageError(
                _(
                    "%(taken)s of the %(paths)s files are there, and otherwise",
                    taken=len(taken),
                    paths=len(paths),
                ),
                where=str(taken[0]),
                cure=_("Nothing was written. Name another folder, or write over them with --force."),
            )
        for path, content in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise UsageError(
            _("it can't be written: %(strerror)s", strerror=error.strerror), where=str(error.filename)
        ) from None
    return len(paths)
