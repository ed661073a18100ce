"""What a hidden case knows reaches no student by the API, by ``submit``, or by tables made of it."""

import io

import msgspec
import pytest
from rich.console import Console

from grader.forms import result_structs
from grader.render import csv, json, terminal
from grader.services.grading import gradings
from tests.web.doubles import claim
from tests.web.test_hidden import CLOSED, INPUT, OPEN, _cases, _publish


def _answers(program, world, number):
    yield from (
        program.get(path).text
        for path in (
            "/courses",
            f"/assignments/{world.room.assignment.id}",
            f"/assignments/{world.room.assignment.id}/submissions",
            f"/submissions/{number}",
        )
    )


@pytest.mark.parametrize("toml", [OPEN, CLOSED], ids=["verdicts shown", "all kept back"])
@pytest.mark.parametrize("running", [False, True], ids=["graded", "running"])
def test_inputs_in_exceptions_and_output_come_back_to_no_student(world, program, toml, running):
    _publish(world, toml)
    ada = program("ada")
    number = msgspec.json.decode(
        ada.submit(world.room.assignment.id).data, type=result_structs.ResultForm
    ).submission.id
    if running:
        claimed = claim(world.database, world.dispatcher.sent[-1])
        with world.database.transaction() as session:
            for each in _cases():
                gradings.note_case(session, claimed.grading_id, claimed.attempt, each)
    else:
        world.grade(_cases(), output="")
    for text in _answers(ada, world, number):
        assert INPUT not in text
    assert running or INPUT in program("ta").get(f"/submissions/{number}").text


def test_inputs_are_in_nothing_that_is_printed_or_written_of_an_answer(world, program):
    _publish(world, OPEN)
    ada = program("ada")
    number = msgspec.json.decode(
        ada.submit(world.room.assignment.id).data, type=result_structs.ResultForm
    ).submission.id
    world.grade(_cases(), output="")
    result = msgspec.json.decode(ada.get(f"/submissions/{number}").data, type=result_structs.ResultForm)
    view, stream = json.view(result.report), io.StringIO()
    terminal.show(view, "mlp.py", Console(file=stream), verbose=True)
    csv.write([csv.CsvRow("mlp.py", None, view)], ["MLP.forward", "MLP.backward"], stream)
    assert "MLP.backward" in stream.getvalue()
    assert INPUT not in stream.getvalue()


def test_a_view_comes_through_json_as_it_was(world, program):
    ada = program("ada")
    number = msgspec.json.decode(
        ada.submit(world.room.assignment.id).data, type=result_structs.ResultForm
    ).submission.id
    world.grade(_cases(), output="hello")
    report = msgspec.json.decode(
        ada.get(f"/submissions/{number}").data, type=result_structs.ResultForm
    ).report
    assert json.document(json.view(report)) == msgspec.to_builtins(report)
