"""What a proof wants to be tried, and what the gradings say about the hidden tests."""

import json
from dataclasses import replace

import pytest

from grader.arithmetic import scoring
from grader.cli.main import run
from grader.errors import AssignmentError
from grader.model import Diagnosis, DiagnosisKind, Fact, Status, Submission, Sure, Term, Verdict
from grader.verifying import judging, samples
from grader.verifying import proof_file as order
from grader.verifying.proof_file import HandInMade, Kind, NamedMistake
from tests.grader.doubles import ASSIGNMENT, case, report, services, write_assignment

NOTHING = Submission({"mlp.py": b""})
PROOF = """
operations = ["relu"]
[programs]
"MLP.backward" = "two_layer.backward"
[[habits]]
name = "step_taken"
why = "backward takes a step"
diagnoses = { "MLP.backward" = ["parameters_changed"] }
[[habits]]
name = "late"
why = "forward comes late"
diagnoses = { "MLP.forward" = [] }
[[forms]]
name = "float64"
why = "results in float64"
"""
ADAPTER = b"from case import BROKEN, FORM, HABIT\nfrom reference.programs import TwoLayer\n"


def files(proof=PROOF, adapter=ADAPTER):
    given = {order.FILE: proof.encode(), order.ADAPTER: adapter}
    return {name: content for name, content in given.items() if content is not None}


def read(proof=PROOF, **more):
    return order.read(files(proof, **more), ASSIGNMENT, "nets")


def made(**breaks):
    said = {
        name.replace("_", "."): [NamedMistake(*each) for each in several] for name, several in breaks.items()
    }
    return HandInMade(Kind.HABIT, "a mistake", NOTHING, said)


FORM = HandInMade(Kind.FORM, "a right form", NOTHING)


def named(function, code, where="", kind=DiagnosisKind.FAULT):
    places = (Term("", where),) if where else ()
    return Diagnosis(kind, code, function, (), Sure.CERTAIN, places)


def graded(wrong=(), diagnoses=(), deviation=None, code="not_close"):
    """Return a report in which these functions are wrong, by so much."""
    cases = [
        case(
            function.name,
            "y",
            Verdict.FAILED if function.name in wrong else Verdict.PASSED,
            Fact(code if function.name in wrong else "ok"),
            deviation=deviation,
        )
        for function in ASSIGNMENT.functions
    ]
    return report(*cases, diagnoses=tuple(diagnoses))


def judged(hand_in, **more):
    return judging.judge(hand_in, ASSIGNMENT, graded(**more))


def test_assignment_without_a_proof_has_none():
    assert order.read({}, ASSIGNMENT, "nets") is None


def test_proof_is_read():
    proof = read()
    assert proof.programs == {"MLP.backward": "two_layer.backward"}
    assert proof.functions == ("MLP.backward", "MLP.forward")
    assert proof.habits[0].breaks == {"MLP.backward": (NamedMistake("parameters_changed"),)}
    assert [each.name for each in proof.forms] == ["float64"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("MLP.backward\" = \"two", "MLP.backwards\" = \"two"), "Did you mean “MLP.backward”"),
        (("{ \"MLP.forward\" = [] }", "{ \"MLP.__init__\" = [] }"), "not a function with points"),
        (("{ \"MLP.forward\" = [] }", "{}"), "it names no function"),
        (("name = \"late\"", "name = \"step_taken\""), "appears twice"),
        (("why = \"forward", "reason = \"forward"), "missing key"),
        (("operations", "operation"), "Did you mean “operations”"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_proof_is_said_with_its_place(change, says):
    with pytest.raises(AssignmentError) as refused:
        read(PROOF.replace(*change))
    assert says in str(refused.value)
    assert "nets/proof/proof.toml" in str(refused.value)


def test_proof_without_an_adapter_is_refused():
    with pytest.raises(AssignmentError, match=r"hand_in\.py: file not found"):
        read(adapter=None)


def test_hand_ins_are_forms_then_habits_then_mistakes_each_with_what_must_be_said():
    said = []

    def make(asked):
        said.append(asked)
        mistakes = [
            {"function": "MLP.backward", "code": "sign", "places": places, "operation": "", "head": "d"}
            for places in ([["", "dJdW1"], ["", "dJdb1"]], [["", "dJdW1"]])
        ]
        heads = {"forms": {"float64": "F\n"}, "habits": {"step_taken": "S\n", "late": "L\n"}}
        return {"rest": "rest", "mistakes": mistakes} | heads

    found = list(order.hand_ins(read(), ASSIGNMENT, make))
    assert [each.submission.files["mlp.py"][:1] for each in found] == [b"F", b"S", b"L", b"d", b"d"]
    assert found[3].breaks == {"MLP.backward": (NamedMistake("sign", "dJdW1 and dJdb1"),)}
    assert found[3].name == "wrong sign: dJdW1 and dJdb1"
    assert said[0]["operations"] == ("relu",)
    assert len(list(order.hand_ins(read(), ASSIGNMENT, make, once=True))) == 4
    list(order.hand_ins(read(), ASSIGNMENT, make, ["MLP.forward"]))
    assert (said[-1]["programs"], said[-1]["habits"]) == ({}, ["late"])


def test_mistake_that_costs_nothing_survives_whatever_else_goes_wrong():
    tried = judged(made(MLP_backward=[("sign",)]), wrong=["MLP.forward"])
    assert tried.survives
    assert tried.silent == ("MLP.backward",)


def test_mistake_that_is_named_with_its_place_is_caught():
    hand_in = made(MLP_backward=[("sign", "dJdW1")])
    tried = judged(hand_in, wrong=["MLP.backward"], diagnoses=[named("MLP.backward", "sign", "dJdW1")])
    assert (tried.survives, tried.otherwise) == (False, ())


@pytest.mark.parametrize(
    ("diagnoses", "says"),
    [
        ([], "MLP.backward is diagnosed as nothing"),
        ([named("MLP.backward", "sign", "dJdb1")], "MLP.backward is diagnosed as sign (dJdb1)"),
        ([named("MLP.backward", "half", "dJdW1")], "MLP.backward is diagnosed as half (dJdW1)"),
    ],
)
def test_mistake_that_is_named_otherwise_is_caught_and_told(diagnoses, says):
    tried = judged(made(MLP_backward=[("sign", "dJdW1")]), wrong=["MLP.backward"], diagnoses=diagnoses)
    assert (tried.survives, tried.otherwise) == (False, (says,))


def test_function_that_is_right_must_not_be_diagnosed_unless_it_follows():
    hand_in = made(MLP_forward=[])
    follows = named("MLP.backward", "consequential", kind=DiagnosisKind.CONSEQUENTIAL)
    assert judged(hand_in, wrong=["MLP.forward"], diagnoses=[follows]).otherwise == ()
    wrong = judged(hand_in, wrong=["MLP.forward"], diagnoses=[named("MLP.backward", "sign")])
    assert wrong.otherwise == ("MLP.backward is diagnosed as sign ()",)


def test_right_form_that_loses_points_is_told_with_the_function():
    assert judged(FORM, wrong=["MLP.backward"]).lost == ("MLP.backward",)
    assert judged(FORM).lost == ()


def test_right_form_need_not_have_the_bonus():
    extra = tuple(replace(each, bonus=each.name == "MLP.backward") for each in ASSIGNMENT.functions)
    assignment = replace(ASSIGNMENT, functions=extra)
    assert judging.judge(FORM, assignment, graded(["MLP.backward"])).lost == ()
    assert judging.judge(FORM, assignment, graded(["MLP.forward"])).lost == ("MLP.forward",)


def test_right_form_is_not_asked_for_what_is_in_a_file_that_it_has_not():
    elsewhere = tuple(
        replace(each, entry="more.py") if each.name == "MLP.backward" else each
        for each in ASSIGNMENT.functions
    )
    assignment = replace(ASSIGNMENT, functions=elsewhere)
    alone = judging.judge(FORM, assignment, graded(["MLP.backward"]))
    assert alone.lost == ()
    both = replace(FORM, submission=Submission({"mlp.py": b"", "more.py": b""}))
    assert judging.judge(both, assignment, graded(["MLP.backward"])).lost == ("MLP.backward",)


def test_sample_with_a_mistake_is_no_right_form_though_it_has_all_points():
    full = scoring.most_points(ASSIGNMENT)
    right = samples.Sample("right.py", NOTHING, score=full, diagnoses={"MLP.backward": ()})
    wrong = samples.Sample("wrong.py", NOTHING, score=full, diagnoses={"MLP.backward": ("uphill",)})
    assert [each.name for each in order.right_forms([right, wrong], ASSIGNMENT)] == ["right.py"]


def test_function_that_was_not_asked_about_is_not_judged():
    assert judging.judge(FORM, ASSIGNMENT, graded(["MLP.backward"]), ["MLP.forward"]).lost == ()


def test_grading_that_failed_by_our_fault_says_nothing_about_the_tests():
    ours = report(status=Status.INTERNAL_ERROR, why="the box was lost")
    assert judging.judge(FORM, ASSIGNMENT, ours).ungraded == "the box was lost"


def test_margins_are_the_least_clear_mistake_and_the_right_form_farthest_off():
    hand_in = made(MLP_backward=[])
    tried = [
        judged(hand_in, wrong=["MLP.backward"], deviation=40.0),
        judged(hand_in, wrong=["MLP.backward"], deviation=7.0),
        judged(hand_in, wrong=["MLP.backward"], deviation=1.0, code="wrong_shape"),
        judged(FORM, deviation=0.1),
        judged(FORM, deviation=0.5),
    ]
    [found] = judging.tally(tried, ["MLP.forward", "MLP.backward"])
    assert (found.function, found.made, found.caught) == ("MLP.backward", 3, 3)
    assert (found.nearest.deviation, found.farthest.deviation) == (7.0, 0.5)
    assert found.between == 2


@pytest.fixture
def folder(tmp_path):
    return write_assignment(
        tmp_path / "nets", **{"proof/proof.toml": PROOF, "proof/hand_in.py": ADAPTER.decode()}
    )


def decide(blind=()):
    """Return a grader's decision: every mistake costs points but those with one of these words."""

    def of(source):
        first = source.partition("\n")[0]
        right = any(word in first for word in ("float64", *blind))
        wrong = [] if right else ["MLP.backward", "MLP.forward"]
        return graded(wrong)

    return of


def prove(folder, *options, blind=()):
    return run(["prove", str(folder), *options], lambda: services(decide(blind)))


def test_prove_says_that_all_are_caught(folder, capsys):
    assert prove(folder) == 0
    assert " known mistakes caught, " in capsys.readouterr().out


def test_prove_names_the_mistake_that_survives_and_fails(folder, capsys):
    assert prove(folder, blind=["step_taken"]) == 7
    shown = capsys.readouterr()
    assert "✕ survives: MLP.backward: backward takes a step\n" in shown.out
    assert "1 known mistakes survive" in shown.err


def test_prove_as_json_has_survivors_and_margins(folder, capsys):
    assert prove(folder, "--json", "--function", "MLP.forward", blind=["late"]) == 7
    document = json.loads(capsys.readouterr().out)
    assert (document["mistakes"], document["caught"], document["forms"]) == (1, 0, 1)
    assert [each["name"] for each in document["survivors"]] == ["forward comes late"]
    assert [each["function"] for each in document["margins"]] == ["MLP.forward"]


def test_prove_of_a_folder_without_a_proof_says_what_is_missing(tmp_path, capsys):
    assert prove(write_assignment(tmp_path / "nets")) == 3
    assert "there is no proof/proof.toml" in capsys.readouterr().err


def test_prove_of_an_unknown_function_proposes_one(folder, capsys):
    assert prove(folder, "--function", "MLP.backwards") == 2
    assert "Did you mean “MLP.backward”?" in capsys.readouterr().err
