"""The ``chainrule`` program: parses the command line, runs one command, and turns errors into words.

An error says what is wrong, where, and what to do; a traceback is shown with ``--debug`` only. Exit codes
stand in ``grader.errors`` and in docs/operator.md.
"""

import os
import sys
import traceback
from collections.abc import Callable, Sequence

import click

from grader import bootstrap
from grader.bootstrap import Services
from grader.cli.admin import admin
from grader.cli.authoring.new import new
from grader.cli.authoring.picture import picture
from grader.cli.authoring.prove import prove
from grader.cli.authoring.samples import samples
from grader.cli.authoring.verify import verify
from grader.cli.database import backup, migrate, replay, restore
from grader.cli.doctor import doctor
from grader.cli.export import export
from grader.cli.forget import data, expire, forget, keep
from grader.cli.grade import grade
from grader.cli.regrade import regrade
from grader.cli.roster import roster, unenrol
from grader.cli.serve import serve
from grader.cli.submit import submit
from grader.cli.web import web
from grader.cli.worker import worker
from grader.config import languages
from grader.errors import ChainruleError
from grader.feedback.text import block
from grader.model.language import _, speaking

INTERRUPTED = 130
BROKEN_PIPE = 141


def _show_versions(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        known = dict(bootstrap.versions())
        click.echo(f"chainrule {known.pop('chainrule')}")
        click.echo(" · ".join(f"{name} {version}" for name, version in known.items()))
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_versions,
    help="Show the versions that a grading depends on.",
)
def program() -> None:
    """Grade backpropagation homework.

    \b
    Exit codes: 0 done · 1 a bug in Chainrule · 2 wrong usage or settings
    · 3 the assignment is not valid · 4 a submission can't be read
    · 5 no sandbox on this machine · 6 we could not grade a submission
    · 7 verify, prove or replay found a difference · 8 the database can't be used
    · 9 the server can't be reached · 130 interrupted
    """


program.add_command(grade)
program.add_command(verify)
program.add_command(prove)
program.add_command(samples)
program.add_command(new)
program.add_command(picture)
program.add_command(doctor)
program.add_command(serve)
program.add_command(submit)
for each in (admin, migrate, backup, restore, replay, regrade, export, forget):
    program.add_command(each)
for each in (roster, unenrol, keep, expire, data):
    admin.add_command(each)
program.add_command(worker)
program.add_command(web)


def main() -> None:
    """Run the program with the arguments it was started with."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show σ or ✓ gets a question mark and no exception.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    with speaking(languages.of_terminal(os.environ)):
        code = run(sys.argv[1:], bootstrap.services)
    sys.exit(code)


def run(arguments: Sequence[str], make_services: Callable[[], Services]) -> int:
    """Run one command and return its exit code."""
    debug = "--debug" in arguments
    try:
        code = program.main(list(arguments), prog_name="chainrule", standalone_mode=False, obj=make_services)
    except ChainruleError as error:
        return _explain(error, debug)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(_("chainrule: interrupted"), err=True)
        return INTERRUPTED
    except BrokenPipeError:
        return _leave_pipe()
    except Exception:
        return _admit(debug)
    return code if isinstance(code, int) else 0


def _leave_pipe() -> int:
    """Say nothing more to a reader that has gone; Python would flush, and complain, once more at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return BROKEN_PIPE


def _explain(error: ChainruleError, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    # Names of files and entries may be a student's.
    click.echo(f"chainrule: {block(str(error))}", err=True)
    return error.exit_code


def _admit(debug: bool) -> int:
    """Say that this was a bug, with the traceback when asked for."""
    if debug:
        traceback.print_exc()
    else:
        kind, error = sys.exc_info()[:2]
        name = kind.__name__ if kind else "error"
        click.echo(
            _("chainrule: this is a bug in Chainrule (%(name)s: %(error)s)", name=name, error=error), err=True
        )
        click.echo(_("Run the command again with --debug and report its output."), err=True)
    return ChainruleError.exit_code
