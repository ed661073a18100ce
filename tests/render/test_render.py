import csv as plain_csv
import io
import json as plain_json
from dataclasses import replace
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from grader.errors import GradingFailed
from grader.feedback import CATALOGUE, Moment, staff_view, student_view
from grader.model import CaseResult, Fact, Finding, Shown, Status, Verdict, Visibility
from grader.reading.platforms import Owner
from grader.render import csv, gradescope, json, junit, terminal
from tests.grader.doubles import ASSIGNMENT, case, report, sample_report, schema

LOST = report(status=Status.INTERNAL_ERROR, why="the examiner was lost")
UNLOADED = report(load=Fact("syntax_error", {"line": 3, "why": "invalid syntax"}))
REPORTS = {
    "sample": sample_report(),
    "ours": LOST,
    "unloaded": UNLOADED,
    "empty": report(),
    "found": report(findings=(Finding("autograd", "backward", "mlp.py", 3, 4),), output="hello"),
}
VIEWS = {name: staff_view(each, ASSIGNMENT) for name, each in REPORTS.items()}


def printed(show, terminal_width=None):
    stream = io.StringIO()
    width = {"force_terminal": True, "width": terminal_width, "color_system": "standard"}
    show(Console(file=stream, markup=False, emoji=False, **(width if terminal_width else {"width": 80})))
    return stream.getvalue()


def on_pipe(view, **more):
    return printed(lambda console: terminal.show(view, "mlp.py", console, **more))


def test_terminal_shows_what_the_sketch_shows():
    lines = on_pipe(VIEWS["sample"]).splitlines()
    [first] = VIEWS["sample"].mend
    assert lines == [
        f"{'nets · mlp.py · tests 7f3a9c · cpu':<69}15.00 / 30",
        "",
        "  MLP.forward   10.00 / 10  ✓ correct",
        "  MLP.backward   5.00 / 20  ✕ incorrect  2 of 8 correct, incorrect wherever sigmoid is used",
        "  MLP.__init__   no points  ✓ correct",
        "",
        "Fix this first",
        f"  {first.where}: {first.message}",
        "  Work a small example out by hand and compare.",
        "",
        "0.09 s · details: --verbose · machine-readable: --json",
    ]


def test_long_path_leaves_room_for_the_score():
    view = VIEWS["sample"]
    first = printed(lambda console: terminal.show(view, f"{'folder/' * 20}mlp.py", console)).splitlines()[0]
    assert len(first) == 79
    assert first.startswith("nets · …")
    assert "folder/mlp.py · tests 7f3a9c · cpu  15.00 / 30" in first


def test_pipe_gets_no_colour_and_one_line_per_function():
    assert "\x1b" not in on_pipe(VIEWS["sample"], verbose=True)
    long = replace(VIEWS["sample"], functions=(replace(VIEWS["sample"].functions[0], phrase="x " * 200),))
    assert "x " * 199 in on_pipe(long)


def test_terminal_gets_colour_and_the_same_words():
    coloured = printed(lambda console: terminal.show(VIEWS["sample"], "mlp.py", console), 100)
    assert "\x1b[32m✓ correct" in coloured
    assert "\x1b[31m✕ incorrect" in coloured


def test_verbose_shows_every_case_part_and_output():
    shown = on_pipe(VIEWS["sample"], verbose=True)
    assert shown.count("dJdb1 (") >= 4
    assert "ReLU backward: 2 of 6 correct" in shown
    assert "printed x=0.25" in shown


def test_fault_of_ours_is_said_without_a_score():
    shown = on_pipe(VIEWS["ours"])
    assert "not graded" in shown
    assert "It is our fault" in shown
    assert "the examiner was lost" in shown


def test_many_submissions_have_a_line_each_and_a_summary():
    def show(console):
        terminal.line("a.py", VIEWS["sample"], "", console)
        terminal.line("b.py", None, "it is larger than 256 KiB", console)
        terminal.line("c.py", VIEWS["ours"], "", console)
        terminal.totals([VIEWS["sample"], None, VIEWS["ours"]], console)

    assert printed(show).splitlines() == [
        f"a.py    15.00 / 30  ✕ incorrect        {VIEWS['sample'].headline}",
        "b.py                ! not read         it is larger than 256 KiB",
        f"c.py    not graded  ! our fault        {VIEWS['ours'].headline}",
        "",
        "3 submissions: 1 incorrect, 1 not read, 1 not graded (our fault)",
    ]


def test_line_is_cut_short_where_the_terminal_ends():
    def show(console):
        terminal.line("a.py", VIEWS["sample"], "", console, width=10)

    assert len(printed(show, 60).splitlines()) == 1
    assert printed(show).startswith("a.py        ")


def test_long_name_on_a_terminal_keeps_its_end():
    def show(console):
        terminal.line(f"{'folder/' * 20}anna.py", VIEWS["sample"], "", console, width=147)

    assert "folder/anna.py" in printed(show, 100)
    assert "15.00 / 30" in printed(show, 100)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_can_be_said(verdict):
    assert terminal.TerminalRow("", "", verdict).said


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_json_is_as_documented(view):
    jsonschema.validate(plain_json.loads(json.dumps([json.document(view, "mlp.py")])), schema())


@pytest.mark.parametrize("moment", [Moment(), Moment(due=True), Moment(published=True)])
def test_json_of_a_students_view_is_as_documented(moment):
    hidden = replace(ASSIGNMENT, shown=Shown(*[Visibility.AFTER_DUE] * 5))
    view = student_view(sample_report(), hidden, moment)
    jsonschema.validate(json.document(view), schema())


def test_json_of_several_is_a_list_as_documented():
    several = plain_json.loads(json.dumps([json.document(VIEWS["sample"]), json.unread("b.py", "too large")]))
    jsonschema.validate(several, schema())
    assert [each["status"] for each in several] == ["graded", "unreadable"]


def test_schema_is_a_schema_and_refuses_what_is_unknown():
    jsonschema.Draft202012Validator.check_schema(schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.document(VIEWS["sample"]) | {"surprise": 1}, schema())


VALIDATOR = jsonschema.Draft202012Validator(schema())
FACTS = st.builds(
    Fact,
    st.sampled_from([*CATALOGUE, "made up"]),
    st.dictionaries(st.sampled_from(["name", "text", "line", "type", "actual"]), st.integers() | st.text()),
)
CASES = st.builds(
    CaseResult,
    id=st.text(),
    name=st.text(),
    function=st.sampled_from([function.name for function in ASSIGNMENT.functions]),
    verdict=st.sampled_from(list(Verdict)),
    fact=FACTS,
    parts=st.sampled_from([(), ("Linear backward",), ("ReLU backward", "other")]),
    weight=st.floats(0, 10),
    visibility=st.none() | st.sampled_from(list(Visibility)),
    output=st.text(),
)


@given(st.lists(CASES, max_size=4), FACTS, st.booleans())
def test_any_report_can_be_shown_in_every_form(cases, load, loaded):
    graded = report(*cases, load=Fact("ok") if loaded else load)
    for view in (staff_view(graded, ASSIGNMENT), student_view(graded, ASSIGNMENT)):
        VALIDATOR.validate(plain_json.loads(json.dumps([json.document(view)])))
        assert "\x1b" not in on_pipe(view, verbose=True)
        assert ElementTree.fromstring(junit.document([("mlp.py", view, "")])) is not None
        assert len(table([("mlp.py", None, view)])) == 1
    assert gradescope.dumps(in_gradescope(graded))


def test_json_has_what_scripts_look_for():
    document = json.document(VIEWS["sample"], "mlp.py")
    assert document["score"] == 15
    assert document["max_score"] == 30
    assert document["functions"][1]["name"] == "MLP.backward"
    first = document["functions"][1]["cases"][1]
    assert (first["name"], first["part"], first["verdict"]) == (
        "dJdW1 (relu, sigmoid)",
        "ReLU backward",
        "failed",
    )
    assert first["points"] == 0


def test_junit_counts_what_it_holds():
    root = ElementTree.fromstring(
        junit.document([*((name, view, "") for name, view in VIEWS.items()), ("b.py", None, "broken")])
    )
    suites = {each.get("name"): each for each in root}
    backward = suites["sample: MLP.backward"]
    assert (backward.get("tests"), backward.get("failures")) == ("8", "6")
    assert len(backward.findall("testcase/failure")) == 6
    assert suites["ours"].find("testcase/error").get("message").endswith("the examiner was lost")
    assert suites["b.py"].find("testcase/error").get("message") == "broken"
    assert suites["unloaded: MLP.forward"].get("errors") == "1"


@given(st.text(), st.text())
def test_junit_is_xml_whatever_was_printed_and_however_files_are_called(name, output):
    view = staff_view(report(case("MLP.forward", name, output=output)), ASSIGNMENT)
    assert ElementTree.fromstring(junit.document([(name, view, ""), (name, None, "broken")])) is not None


def in_gradescope(graded, assignment=ASSIGNMENT):
    return gradescope.document(graded, assignment, staff_view(graded, assignment))


def test_gradescope_adds_up():
    document = in_gradescope(sample_report())
    assert document["score"] == 15
    assert sum(each["score"] for each in document["tests"]) == pytest.approx(15, abs=1e-4)
    assert sum(each["max_score"] for each in document["tests"]) == pytest.approx(30, abs=1e-4)
    assert document["stdout_visibility"] == "hidden"


@pytest.mark.parametrize(
    ("visibility", "word"),
    list(zip(Visibility, ["visible", "after_due_date", "after_published", "hidden"], strict=True)),
)
def test_gradescope_holds_each_test_back_as_long_as_we_do(visibility, word):
    document = in_gradescope(report(case("MLP.forward", "y", visibility=visibility)))
    assert document["tests"][0]["visibility"] == word


def test_gradescope_holds_a_test_back_until_all_of_it_may_be_seen():
    assignment = replace(ASSIGNMENT, shown=Shown(message=Visibility.AFTER_DUE))
    assert in_gradescope(sample_report(), assignment)["tests"][0]["visibility"] == "after_due_date"


def test_gradescope_never_gets_what_output_would_tell():
    values = {"type": "ValueError", "text": "0.4711", "line": 3}
    failing = case("MLP.forward", "y", Verdict.ERROR, Fact("raised", values), output="0.4711")
    assert "0.4711" not in gradescope.dumps(in_gradescope(report(failing)))


def test_gradescope_shows_at_once_only_what_may_be_seen_at_once():
    assignment = replace(ASSIGNMENT, shown=Shown(verdict=Visibility.AFTER_DUE))
    assert in_gradescope(sample_report(), assignment)["output"] == "Some results are not shown yet."


def test_gradescope_tells_why_a_file_did_not_load():
    document = in_gradescope(UNLOADED)
    assert document["score"] == 0
    assert "invalid syntax at line 3" in document["tests"][0]["output"]


def test_gradescope_gets_no_score_for_a_fault_of_ours():
    with pytest.raises(GradingFailed):
        in_gradescope(LOST)


def table(results, functions=("MLP.forward", "MLP.backward")):
    stream = io.StringIO(newline="")
    csv.write([csv.CsvRow(*each) for each in results], functions, stream)
    return list(plain_csv.DictReader(io.StringIO(stream.getvalue(), newline="")))


def test_csv_has_a_row_per_submission():
    ada = Owner("Ada", "4711")
    rows = table(
        [("a.py", ada, VIEWS["sample"]), ("b.py", None, None, "broken"), ("c.py", None, VIEWS["ours"])]
    )
    assert (rows[0]["student"], rows[0]["student_id"], rows[0]["score"]) == ("Ada", "4711", "15.0")
    assert rows[0]["MLP.backward"] == "5.0"
    assert rows[0]["MLP.backward verdict"] == "failed"
    assert (rows[1]["status"], rows[1]["score"], rows[1]["summary"]) == ("unreadable", "", "broken")
    assert (rows[2]["status"], rows[2]["score"]) == ("internal_error", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠"])
def test_csv_cell_is_no_formula(start):
    assert csv.cell(f"{start}cmd()").startswith("'")


@given(st.text())
def test_csv_cell_of_any_text_is_safe(text):
    shown = csv.cell(text)
    assert not shown or shown[0] not in "=+-@|%\t\r\n＝＋－＠"


def test_csv_keeps_numbers_as_numbers():
    assert [csv.cell(each) for each in (-1.5, 0, None)] == ["-1.5", "0", ""]


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0.1 + 0.2, "0.3"), (41.1 / 3 * 3, "41.1"), (1 / 3, "0.333333"), (1e-9, "0.0"), (5.0, "5.0")],
)
def test_csv_cell_of_a_number_has_no_float_noise(number, shown):
    assert csv.cell(number) == shown
