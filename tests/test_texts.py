"""Diagnoses, results, errors and what commands print are told: in a made-up language none stays English."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from grader.assignment import assignment_toml
from grader.config import languages, load
from grader.errors import AssignmentError, SettingsError
from grader.feedback import CATALOGUE, Moment, Reader, advice, message, staff_view, student_view, values
from grader.feedback.mistake_words import words
from grader.feedback.mistakes import PLACES, ROWS, TRAITS
from grader.model import (
    VERDICTS,
    Diagnosis,
    DiagnosisKind,
    Fact,
    Finding,
    Status,
    Sure,
    Term,
    Verdict,
    language,
    schema,
)
from grader.render import terminal
from tests import bare_code, made_up, messages
from tests.grader.doubles import ASSIGNMENT, case, report, sample_report

GRADER = Path(language.__file__).parents[1]
# What of these is not for people, or is a file in English, since it is made once for all: documentation,
# examples, logs, comments for pip, tables of others'.
WHOLE = frozenset(
    {
        "assignment/starter.py",
        "feedback/installed.py",
        "feedback/mistakes/__init__.py",
        "feedback/told.py",
        "queue/clocks.py",
        "queue/sqlite_transport.py",
        "queue/stop_limits.py",
        "render/grades.py",
        "render/mistakes_page.py",
        "serving/watch.py",
        "serving/web_server.py",
        "web/api/document.py",
        "web/frame/caching.py",
        "web/frame/formulas.py",
        "web/frame/health.py",
        "web/frame/safety.py",
        "web/frame/sheet.py",
    }
)
# Rooms whose texts are not marked yet.
LATER = ("database/migrations/versions/",)
# Names, addresses, headers, code, keys of tables, what learning platforms write in theirs, and what is kept
# in the database as it was written: what was exported, what a verification tried.
NAMES = frozenset(
    {
        "# Code cell {}",
        "(read only)",
        "/assignments/<int:assignment_id>/settings/<any(text, points, rules):tab>",
        "Bearer {}",
        "REPEATABLE READ",
        "an empty file",
        "bold",
        "chainrule {}",
        "chainrule {}\n",
        "chainrule: {}",
        "changed file",
        "dim",
        "file is not a database",
        "for a regrade",
        "further submission",
        "grades for {}",
        "grades in a table of {}",
        'attachment; filename="{}"',
        'class="flow given"',
        "listening on %s:%d",
        "non-editing teacher",
        "not installed",
        "picture wide narrow step forward backward value flow given sign",
        "points by hand",
        "points possible",
        "raise ValueError('on purpose')",
        "regrade request",
        "return None",
        "returns None",
        "returns a tuple",
        "returns an empty dict",
        "returns one value",
        "set by hand",
        "step {}",
        "student, test",
        "teaching assistant",
        "test case",
        "the worker {} fell silent while grading",
        "{} Published against its verification: {}",
        "{} verdict",
        "{}  {}/invitation/{}",
        "{}/{}: interface.{}",
    }
)
SQL = re.compile(r"^(PRAGMA|SELECT|BEGIN) ")
# Words of code in a row, or what columns are called in tables of universities and platforms.
CODE = re.compile(r"^(int float|matriculation matriculationnumber|idnumber idnummer|programme program) ")
MODULES = sorted(
    path
    for path in GRADER.rglob("*.py")
    if (name := path.relative_to(GRADER).as_posix()) not in WHOLE and not name.startswith(LATER)
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(GRADER).as_posix())
def test_module_says_nothing_without_gettext(path):
    found = bare_code.bare(path.read_text(encoding="utf-8"))
    assert [each for each in found if each not in NAMES and not (SQL.match(each) or CODE.match(each))] == []


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_module_that_is_left_out_is_there_and_would_be_found(name):
    assert bare_code.bare((GRADER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('raise UsageError("wrong", where="x", cure="Stop.")', ["wrong", "Stop."]),
        ('raise UsageError(_("wrong"), where=f"{x}: the key", cure=_("Stop."))', ["{}: the key"]),
        ('raise ValueError("it is wrong")', []),
        ('raise NotFound("no such course" if x else _("none"))', ["no such course"]),
        ('click.echo("well")', ["well"]),
        ('click.echo(f"graded {count}")', ["graded {}"]),
        ('click.echo(f"  {count}")', []),
        ('yield f"{name} was graded"', ["{} was graded"]),
        ('x = {"a": "out of time"}', ["out of time"]),
        ('x = Texts({"a": "out of time"})', []),
        ('Row("a", "b c", "d e", "f g", "x = y z")', []),
        ('_("a %(b)s", b="it is so")', ["it is so"]),
        ('ngettext("%(num)s file", "%(num)s files", n, name="of it")', ["of it"]),
        ('LOG.warning("it is so")', []),
        ('def f(x: "a b") -> "c d":\n    """It is so."""', []),
        ('click.echo("https://a.example")', []),
    ],
)
def test_what_code_says_bare_is_found(code, found):
    assert bare_code.bare(code) == found


@pytest.fixture(scope="module")
def foreign():
    return made_up.language()


def left(text, *names):
    """Return the words of a text that are neither told nor among the names."""
    rest = made_up.outside(text)[0]
    for name in names:
        rest = rest.replace(name, "")
    return re.findall(r"[^\W\d_]{2,}", rest)


def mistake(code, **more):
    return Diagnosis(
        DiagnosisKind.FAULT,
        code,
        "MLP.backward",
        ("MLP.backward/test/dJdW1 (relu, sigmoid)",),
        Sure.CERTAIN,
        (Term("gradient_of", "dJdW1"), Term("output")),
        traits=(Term("single_row"),),
        within="batch_mean",
        because="MLP.forward",
        **more,
    )


@pytest.mark.parametrize("code", [*sorted(ROWS), "of_tomorrow"])
def test_every_mistake_is_told(code, foreign):
    with language.speaking(foreign):
        said = words(mistake(code))
    for each in (said.title, said.what, said.help, said.where):
        assert made_up.TOLD("")[:1] in each
        assert left(each, "dJdW1", "MLP.forward", "of_tomorrow") == []


@pytest.mark.parametrize("code", sorted(CATALOGUE))
@pytest.mark.parametrize("reader", Reader)
def test_every_case_is_told(code, reader, foreign):
    fact = Fact(
        code, {"how": "signal", "number": 11, "line": 3, "file": "mlp.py", "text": "it said", "why": "-"}
    )
    with language.speaking(foreign):
        for each in filter(None, (message(fact, reader), advice(fact))):
            assert left(each, "mlp.py") == []


TABLES = {
    "signals": values.SIGNALS,
    "relations": values.RELATIONS,
    "layouts": values.LAYOUTS,
    "ones": values.ONES,
    "because": values.BECAUSE,
    "cut": values.CUT,
    "hints": values.HINTS,
    "places": PLACES,
    "traits": TRAITS,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_word_of_a_table_is_told(name, foreign):
    with language.speaking(foreign):
        assert [each for each in TABLES[name].values() if left(each)] == []


def test_every_verdict_is_told(foreign):
    with language.speaking(foreign):
        assert [each for each in VERDICTS.values() if left(each.word)] == []


REPORTS = {
    "several wrong": sample_report(),
    "with a mistake": sample_report(diagnoses=(mistake("doubled"),)),
    "not loaded": report(load=Fact("syntax_error", {"line": 3, "why": "-"})),
    "our fault": report(status=Status.INTERNAL_ERROR),
    "empty": report(),
    "all right": report(case("MLP.forward", "y_hat"), case("MLP.backward", "dJdW1")),
    "with findings": report(
        case("MLP.forward", "y_hat", Verdict.TIMEOUT, Fact("timeout", {"seconds": 5})),
        findings=(Finding("autograd", "backward", "mlp.py", 3, 4),),
        output="0.5",
        notes=(Fact("unknown_function", {"name": "f"}),),
    ),
}
VIEWS = {
    "staff": lambda each: staff_view(each, ASSIGNMENT),
    "student": lambda each: student_view(each, ASSIGNMENT, Moment()),
}
GIVEN = (
    *(each.name for each in ASSIGNMENT.functions),
    *("nets", "mlp.py", "cpu", "y_hat", "dJdW1", "dJdb1", "relu", "sigmoid", "shapes", "printed x=0.25"),
    *("autograd", "backward", "7f3a9c", "Linear", "ReLU"),
)


@pytest.mark.parametrize("reader", VIEWS)
@pytest.mark.parametrize("which", REPORTS)
def test_a_result_on_a_terminal_is_told(which, reader, foreign):
    stream = io.StringIO()
    console = Console(file=stream, markup=False, emoji=False, width=400)
    with language.speaking(foreign):
        view = VIEWS[reader](REPORTS[which])
        terminal.show(view, "mlp.py", console, verbose=True)
        terminal.line("mlp.py", view, "", console)
        terminal.totals([view, None], console)
    assert {line: left(line, *GIVEN) for line in stream.getvalue().splitlines() if left(line, *GIVEN)} == {}


def test_an_error_is_told_where_it_is_raised(foreign):
    with language.speaking(foreign), pytest.raises(AssignmentError) as refused:
        assignment_toml.parse(schema.parse(b'title = "Nets"', "a.toml", AssignmentError), "nets")
    assert left(refused.value.what) == []
    assert left(refused.value.cure) == []
    with language.speaking(foreign), pytest.raises(SettingsError) as refused:
        load({"CHAINRULE_JOBS": "many", "HOME": "/nowhere"})
    assert left(f"{refused.value.what} {refused.value.cure}", "many") == []


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"LANG": "eo"}, True),
        ({"LANG": "en", "LANGUAGE": "xx:eo"}, True),
        ({"LANG": "eo_XX.UTF-8"}, True),
        ({"LANG": "eo", "LC_ALL": "C"}, False),
        ({"LANG": "de_DE.UTF-8"}, False),
        ({}, False),
    ],
)
def test_a_terminal_speaks_the_language_it_asks_for(variables, told, tmp_path):
    messages.install(tmp_path, "eo", made_up.TOLD)
    with language.speaking(languages.of_terminal(variables, tmp_path)):
        assert language._("not graded") == ("⟦not graded⟧" if told else "not graded")


def test_texts_are_told_in_english_where_they_are_compared(foreign):
    with language.speaking(foreign), language.in_english():
        assert words(mistake("doubled")).where == "the gradient of dJdW1 and the output"
