"""From the table of assignment.toml to what is asked. docs/instructor.md explains every key."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType

from grader.model import (
    LONGEST_SECONDS,
    LONGEST_TOGETHER_SECONDS,
    MOST_FILES,
    SEEDS,
    Assignment,
    Autograd,
    BonusCap,
    Breach,
    Choice,
    Credit,
    Device,
    Entry,
    Forbidden,
    Function,
    Isolation,
    Limits,
    Manual,
    Script,
    Shown,
    Visibility,
    schema,
)
from grader.model.language import _

# As much as the service keeps of a manual part's name.
PART_CHARACTERS = 200
LOADABLE = (".py", ".ipynb")


def parse(table: schema.Table, slug: str) -> Assignment:
    """Return the assignment that a document describes. Unknown keys are refused."""
    limits = _limits(table.table("limits"), Limits())
    entry = _loadable(table, "entry")
    entries = _entries(table, entry, limits)
    functions = _functions(table, entries)
    assignment = Assignment(
        slug=slug,
        title=table.text("title"),
        entry=entry,
        functions=functions,
        files=table.texts("files"),
        parts=_names(table, "parts"),
        limits=limits,
        forbidden=_forbidden(table.table("forbid")),
        shown=_shown(table.table("visibility")),
        credit=_credit(table.table("credit")),
        device=table.choice("device", Device.ANY),
        isolation=table.choice("isolation", Isolation.SUBMISSION),
        scripts=_scripts(table.table("scripts"), functions),
        text=table.text("text", ""),
        manual=_manual(table, functions),
        bonus_cap=table.choice("bonus_cap", BonusCap.NONE),
        entries=entries,
        choices=_choices(table, functions),
        interface=_interface(table.table("interface")),
        seeds=_seeds(table.table("seeds")),
        team_least=table.whole("team_least", 1, least=1),
        single=table.texts("single"),
    )
    table.done()
    _bound_together(table, assignment)
    return assignment


def _bound_together(table: schema.Table, assignment: Assignment) -> None:
    """Refuse what would take longer than anything waits for."""
    limits = [each.limits for each in assignment.loaded]
    together = sum(each.import_seconds + each.total_seconds for each in limits)
    if len(limits) > MOST_FILES:
        raise table.refuse(
            "entries",
            _("%(limits)s files would be loaded", limits=len(limits)),
            _("Ask for %(most_files)s at most.", most_files=MOST_FILES),
        )
    if together > LONGEST_TOGETHER_SECONDS:
        raise table.refuse(
            "limits",
            _(
                "imports and tests of all files would take %(together)s seconds together",
                together=f"{together:g}",
            ),
            _(
                "Lower import_seconds and total_seconds: %(longest_together_seconds)s together at most.",
                longest_together_seconds=LONGEST_TOGETHER_SECONDS,
            ),
        )


def _loadable(table: schema.Table, key: str) -> str:
    """Return the name of a file that can be loaded: a module or a notebook, at the top of the submission."""
    file = table.text(key)
    path = PurePosixPath(file)
    if path.suffix not in LOADABLE or not path.stem.isidentifier() or len(path.parts) != 1:
        raise table.refuse(
            key,
            _("“%(file)s” can't be loaded", file=file),
            _("Name a Python file or a notebook, such as mlp.py or digits.ipynb."),
        )
    return file


def _entries(table: schema.Table, first: str, limits: Limits) -> tuple[Entry, ...]:
    """Return the further files that are loaded; what a limit doesn't say is as for the first file."""
    entries = []
    for each in table.tables("entries"):
        file = _loadable(each, "file")
        optional = each.truth("optional", default=False)
        forbidden = _forbidden(each.table("forbid"))
        entries.append(Entry(file, optional, forbidden, _limits(each.table("limits"), limits)))
        each.done()
    table.distinct(
        "entries", (PurePosixPath(file).stem for file in (first, *(each.file for each in entries)))
    )
    return tuple(entries)


def _functions(table: schema.Table, entries: Sequence[Entry]) -> tuple[Function, ...]:
    functions = []
    for each in table.tables("functions"):
        name, points = each.text("name"), each.number("points")
        bonus, entry = each.truth("bonus", default=False), each.text("entry", "")
        known = [one.file for one in entries]
        if entry and entry not in known:
            raise each.refuse(
                "entry",
                _("“%(entry)s” is not one of the entries", entry=entry),
                schema.did_you_mean(entry, known),
            )
        functions.append(Function(name, points, bonus, entry))
        each.done()
    if not functions:
        raise table.refuse(
            "functions", _("there are no functions"), _("Add [[functions]] with name and points.")
        )
    table.distinct("functions", (function.name for function in functions))
    return tuple(functions)


def _choices(table: schema.Table, functions: Sequence[Function]) -> tuple[Choice, ...]:
    """Return the choices among functions; those of one choice are worth the same, so that any will do."""
    points = {each.name: each.points for each in functions if not each.bonus}
    choices = []
    for each in table.tables("choices"):
        names, best = each.texts("functions"), each.whole("best", 1, least=1)
        for name in names:
            if name not in points:
                raise each.refuse(
                    "functions",
                    _("“%(name)s” is not a function without bonus", name=name),
                    schema.did_you_mean(name, points),
                )
        if best >= len(names) or len({points[name] for name in names}) > 1:
            raise each.refuse(
                "functions",
                _("the best %(best)s of %(names)s functions can't be chosen", best=best, names=len(names)),
                _("Name more functions than count, all of the same points."),
            )
        choices.append(Choice(names, best))
        each.done()
    table.distinct("choices", (name for each in choices for name in each.functions))
    return tuple(choices)


def _interface(table: schema.Table) -> Mapping[str, str]:
    return MappingProxyType({name: table.text(name) for name in table.names()})


def _seeds(table: schema.Table) -> int:
    count = table.whole("count", SEEDS, least=1)
    table.done()
    return count


def _manual(table: schema.Table, functions: tuple[Function, ...]) -> tuple[Manual, ...]:
    """Return the parts that people judge; a name stands for one thing in the table of points."""
    parts = []
    for each in table.tables("manual"):
        name, what = each.text("name"), each.text("what", "")
        if len(name) > PART_CHARACTERS:
            raise each.refuse(
                "name",
                _("this is longer than %(part_characters)s characters", part_characters=PART_CHARACTERS),
                _("Shorten it."),
            )
        bonus = each.truth("bonus", default=False)
        parts.append(Manual(name, each.number("points"), bonus, what, each.texts("files")))
        each.done()
    table.distinct("manual", (*(each.name for each in functions), *(each.name for each in parts)))
    return tuple(parts)


def _names(table: schema.Table, key: str) -> tuple[str, ...]:
    names = []
    for each in table.tables(key):
        names.append(each.text("name"))
        each.done()
    table.distinct(key, names)
    return tuple(names)


def _limits(table: schema.Table, default: Limits) -> Limits:
    limits = Limits(
        import_seconds=table.number(
            "import_seconds", default.import_seconds, least=0.1, most=LONGEST_SECONDS
        ),
        cell_seconds=table.number("cell_seconds", default.cell_seconds, least=0.1),
        test_seconds=table.number("test_seconds", default.test_seconds, least=0.1),
        total_seconds=table.number("total_seconds", default.total_seconds, least=0.1, most=LONGEST_SECONDS),
        memory_bytes=table.whole("memory_bytes", default.memory_bytes, least=64 << 20),
        processes=table.whole("processes", default.processes, least=1),
        output_bytes=table.whole("output_bytes", default.output_bytes),
    )
    table.done()
    return limits


def _forbidden(table: schema.Table) -> Forbidden:
    forbidden = Forbidden(
        autograd=table.choice("autograd", Autograd.ALLOW),
        modules=table.texts("modules"),
        names=table.texts("names"),
        breach=table.choice("breach", Breach.FUNCTION),
    )
    table.done()
    return forbidden


def _shown(table: schema.Table) -> Shown:
    default = Shown()
    shown = Shown(
        name=table.choice("name", default.name),
        verdict=table.choice("verdict", default.verdict),
        message=table.choice("message", default.message),
        output=table.choice("output", Visibility.NEVER),
        total=table.choice("total", default.total),
    )
    table.done()
    return shown


def _credit(table: schema.Table) -> Credit:
    credit = Credit(*(table.share(key) for key in ("consequential", "transposed", "convention")))
    table.done()
    return credit


def _scripts(table: schema.Table, functions: tuple[Function, ...]) -> Mapping[str, Script]:
    known = [function.name for function in functions]
    scripts = {}
    for name in table.names():
        each = table.table(name)
        script = Script(each.text("function"), each.whole("verdicts", 0))
        each.done()
        if script.function not in known:
            raise each.refuse(
                "function",
                _("“%(function)s” is not one of the functions above", function=script.function),
                schema.did_you_mean(script.function, known),
            )
        scripts[name] = script
    return MappingProxyType(scripts)
