"""``chainrule new``: the folder of a new assignment, with guidance in it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from grader.assignment import assignment_folder, starter
from grader.bootstrap import Services
from grader.errors import UsageError
from grader.model.language import _


@click.command()
@click.argument("slug")
@click.option("--from", "source", metavar="NAME", help="A shipped assignment, or your own folder or zip.")
@click.option("--title", help="Title for students. Default: the source's, or the SLUG.")
@click.option(
    "--in",
    "folder",
    type=click.Path(path_type=Path),
    default=".",
    help="Folder to create it in. Default: this folder.",
)
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks.")
@click.pass_obj
def new(
    make_services: Callable[[], Services],
    /,
    slug: str,
    source: str | None,
    title: str | None,
    folder: Path,
) -> int:
    """Create a folder SLUG with a new assignment: a small example, or a copy of another.

    It works as it is: verify it, then change it file by file. Its README.md explains each file.
    """
    target = folder / assignment_folder.slug_of(Path(slug))
    if target.exists():
        raise UsageError(_("this folder already exists"), where=str(target), cure=_("Choose another name."))
    if source is None:
        files = starter.files(title or slug)
    else:
        path = assignment_folder.find(source, make_services().folders)
        files = starter.titled(assignment_folder.read_all(path), title or "")
    _write(target, {starter.GUIDE: starter.guide(slug, files), **files})
    click.echo(
        _(
            "%(target)s has %(files)s files; start with %(target2)s",
            target=target,
            files=len(files) + 1,
            target2=target / starter.GUIDE,
        )
    )
    click.echo(_("Try it: chainrule verify %(target)s", target=target))
    return 0


def _write(target: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
