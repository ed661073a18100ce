"""A graph's nodes are marked from the cases that tell of them, the diagnoses, and what flows where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment import assignment_folder
from grader.errors import AssignmentError
from grader.model import Diagnosis, DiagnosisKind, Sure
from grader.picture import graphs
from grader.picture.graphs import Mark, Told, marks

NYU = assignment_folder.shipped_folder() / "nyu-hw1"
GRAPH = graphs.read((NYU / graphs.FILE).read_bytes(), "graph.toml")
GRADIENTS = ("dJdW1", "dJdb1", "dJdW2", "dJdb2")
PAIRS = ("relu, sigmoid", "sigmoid, identity")
FORWARD = {"linear1.forward", "f.forward", "linear2.forward", "g.forward"}
BACKWARD = {"linear1.backward", "f.backward", "linear2.backward", "g.backward"}
LOSSES = {"mse.value", "mse.gradient", "bce.value", "bce.gradient"}
# Test, its parameters, and the cases of each.
SHAPE = {
    "MLP.forward": ("test_forward", PAIRS, ("y_hat",)),
    "MLP.backward": ("test_backward", PAIRS, GRADIENTS),
    "mse_loss": ("test_mse", ("",), ("value", "gradient")),
    "bce_loss": ("test_bce", ("",), ("value", "gradient")),
}


def ids(function, *names):
    """Return the ids of a function's cases of these names."""
    test, parameters, cases = SHAPE[function]
    return tuple(f"{function}/{test}[{each}]/{name}" for each in parameters for name in names or cases)


EVERY = tuple((function, case) for function in SHAPE for case in ids(function))


def told(wrong=(), hidden=()):
    return [Told(case, function, None if case in hidden else case not in wrong) for function, case in EVERY]


def diagnosis(function, nodes=(), cases=(), kind=DiagnosisKind.FAULT, sure=Sure.CERTAIN, **more):
    return Diagnosis(kind, "code", function, tuple(cases), sure, nodes=tuple(nodes), **more)


def marked(wrong=(), diagnoses=(), hidden=()):
    """Return the nodes of each mark but `right`."""
    found = {}
    for key, mark in marks(GRAPH, told(wrong, hidden), diagnoses).items():
        if mark is not Mark.RIGHT:
            found.setdefault(mark, set()).add(key)
    return found


def test_everything_right_is_right():
    assert set(marks(GRAPH, told(), ())) == FORWARD | BACKWARD | LOSSES
    assert marked() == {}


def test_named_node_is_wrong_and_what_it_feeds_follows():
    wrong = ids("MLP.backward", "dJdW1", "dJdb1")
    found = marked(wrong, [diagnosis("MLP.backward", ["f.backward"], wrong)])
    assert found == {Mark.WRONG: {"f.backward"}, Mark.FOLLOWS: {"linear1.backward"}}


def test_node_between_two_wrong_ones_is_right_where_the_later_accounts_for_its_cases():
    """Both layers' gradients are transposed: what passes between them is not."""
    wrong = ids("MLP.backward", "dJdW1", "dJdW2")
    found = marked(wrong, [diagnosis("MLP.backward", ["linear1.backward", "linear2.backward"], wrong)])
    assert found == {Mark.WRONG: {"linear1.backward", "linear2.backward"}}


def test_node_between_two_wrong_ones_follows_where_cases_of_its_own_fail():
    wrong = ids("MLP.backward")
    found = marked(wrong, [diagnosis("MLP.backward", ["f.backward", "g.backward"], wrong)])
    assert found == {
        Mark.WRONG: {"f.backward", "g.backward"},
        Mark.FOLLOWS: {"linear1.backward", "linear2.backward"},
    }


def test_mistake_forward_reaches_backward_through_what_was_kept():
    wrong = ids("MLP.forward") + ids("MLP.backward")
    found = marked(wrong, [diagnosis("MLP.forward", ["f.forward"], ids("MLP.forward"))])
    assert found == {
        Mark.WRONG: {"f.forward"},
        Mark.FOLLOWS: {"linear2.forward", "g.forward"} | BACKWARD,
    }


def test_nothing_follows_over_what_the_tests_give():
    wrong = ids("MLP.forward") + ids("mse_loss", "value") + ids("bce_loss", "gradient")
    found = marked(wrong, [diagnosis("MLP.forward", ["g.forward"], ids("MLP.forward"))])
    assert found == {Mark.WRONG: {"g.forward"}, Mark.DOUBT: {"mse.value", "bce.gradient"}}


def test_right_cases_below_a_wrong_node_stay_right():
    wrong = ids("MLP.forward")
    found = marked(wrong, [diagnosis("MLP.forward", ["linear1.forward"], wrong)])
    assert not found[Mark.FOLLOWS] & BACKWARD


def test_failing_without_a_diagnosis_is_in_doubt():
    assert marked(ids("mse_loss", "value")) == {Mark.DOUBT: {"mse.value"}}
    assert marked(ids("MLP.backward", "dJdW2")) == {Mark.DOUBT: {"g.backward", "linear2.backward"}}


@pytest.mark.parametrize("sure", [Sure.EITHER, Sure.DEVIATION])
def test_what_comes_before_an_uncertain_mistake_is_in_doubt(sure):
    wrong = ids("MLP.forward")
    found = marked(wrong, [diagnosis("MLP.forward", ["linear2.forward"], wrong, sure=sure)])
    assert found[Mark.DOUBT] == {"linear1.forward", "f.forward"}


def test_cases_beyond_the_diagnosis_leave_doubt():
    wrong = ids("MLP.forward")
    found = marked(wrong, [diagnosis("MLP.forward", ["g.forward"], wrong[:1])])
    assert found == {Mark.WRONG: {"g.forward"}, Mark.DOUBT: FORWARD - {"g.forward"}}


def test_consequential_diagnosis_makes_nothing_wrong():
    wrong = ids("MLP.forward") + ids("MLP.backward")
    follows = diagnosis(
        "MLP.backward",
        ["g.backward"],
        ids("MLP.backward"),
        kind=DiagnosisKind.CONSEQUENTIAL,
        because="MLP.forward",
    )
    found = marked(wrong, [diagnosis("MLP.forward", ["g.forward"], ids("MLP.forward")), follows])
    assert found[Mark.WRONG] == {"g.forward"}


def test_node_without_a_case_is_in_doubt():
    cases = [each for each in told() if each.function != "mse_loss"]
    found = marks(GRAPH, cases, ())
    assert {key for key, mark in found.items() if mark is Mark.DOUBT} == {"mse.value", "mse.gradient"}


cases_of_all = st.sets(st.sampled_from([case for _, case in EVERY]))
diagnoses = st.lists(
    st.builds(
        diagnosis,
        st.sampled_from(list(SHAPE)),
        st.lists(st.sampled_from([each.key for each in GRAPH.nodes]), max_size=3),
        st.lists(st.sampled_from([case for _, case in EVERY]), max_size=4),
        st.sampled_from(list(DiagnosisKind)),
        st.sampled_from(list(Sure)),
    ),
    max_size=3,
)


@given(cases_of_all, cases_of_all, diagnoses)
def test_hidden_verdict_changes_no_mark(wrong, hidden, found):
    """Whether a hidden case passed can be told from no colour, as long as the diagnoses stay the same."""
    one = marks(GRAPH, told(wrong, hidden), found)
    assert one == marks(GRAPH, told(wrong - hidden, hidden), found)
    assert one == marks(GRAPH, told(wrong | hidden, hidden), found)


@given(cases_of_all, diagnoses)
def test_marks_keep_their_meaning(wrong, found):
    named = {node for each in found if each.kind is not DiagnosisKind.CONSEQUENTIAL for node in each.nodes}
    for key, mark in marks(GRAPH, told(wrong), found).items():
        (node,) = [each for each in GRAPH.nodes if each.key == key]
        fails = any(case in wrong and case.rpartition("/")[2] in node.cases for case in ids(node.function))
        assert (mark is Mark.WRONG) == (key in named)
        if mark in (Mark.FOLLOWS, Mark.DOUBT):
            assert fails
        if mark is Mark.FOLLOWS:
            assert named & GRAPH.above(key)


def test_circle_comes_to_an_end():
    text = "".join(
        f'[[nodes]]\nkey = "{key}"\nlabel = "{key}"\nfunction = "f"\ncases = ["c"]\n'
        f'inputs = [{{ from = "{source}", shape = "1" }}]\n'
        for key, source in (("a", "b"), ("b", "a"))
    )
    graph = graphs.read(f'title = "Round"\n{text}'.encode(), "graph.toml")
    assert graph.above("a") == {"a", "b"}


@pytest.mark.parametrize(
    ("was", "now", "where"),
    [
        (b'from = "x"', b'from = "z"', "linear1.forward"),
        (b'key = "J"', b'key = "x"', "nodes"),
        (b'cases = ["y_hat"]', b'case = ["y_hat"]', "nodes[1].case"),
        (b"given = true", b"given = 1", "given"),
        (b'shape = "1"', b'form = "1"', "shape"),
        (b'title = "', b'titel = "', "title"),
    ],
)
def test_graph_that_is_not_in_order_is_told_where(was, now, where):
    content = (NYU / graphs.FILE).read_bytes()
    assert was in content
    with pytest.raises(AssignmentError) as caught:
        graphs.read(content.replace(was, now, 1), "graph.toml")
    assert where in caught.value.where


def test_node_of_no_function_is_refused_with_the_nearest():
    with pytest.raises(AssignmentError, match="Did you mean “mse_loss”"):
        graphs.check(GRAPH, ["MLP.forward", "MLP.backward", "mse_loss"], "graph.toml")
