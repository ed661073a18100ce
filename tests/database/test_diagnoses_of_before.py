"""Results that were kept as sentences, before a migration or by an older worker, say what they said."""

import json

import pytest
import sqlalchemy as sa

from grader.database import migrations, report_rows
from grader.database.tables import AssignmentRow, Grading, User
from grader.feedback.mistake_words import words
from grader.feedback.mistakes import ROWS
from grader.model import CaseResult, Diagnosis, DiagnosisKind, Fact, Sure, Term, Verdict
from grader.services.act import Visit
from grader.services.grading import gradings, results
from grader.services.reports import class_figures
from tests.classroom import NOW, open_classroom, report, submit

BEFORE = "0009"
MANY = 1_100  # more than the migration reads at once
ASKED = ("dJdW1", "dJdb1", "loss", "other", "more")
CERTAIN = "Certain: no other known mistake gives exactly these numbers."


def row(code, title, what, advice, where, *cases, kind="fault", sure="certain", others=(), **more):
    """Return a diagnosis as versions before kept it."""
    return {
        "kind": kind,
        "code": code,
        "title": title,
        "what": what,
        "help": advice,
        "function": more.pop("function", "MLP.backward"),
        "cases": [f"b/{case}" for case in cases],
        "sure": sure,
        "where": where,
        "nodes": ["f.backward"],
        "others": list(others),
        "because": more.pop("because", ""),
    }


OLD = [
    row(
        "slope_at_output",
        "derivative taken at the output",
        "f′ (tanh): the derivative is taken at the activated value; it belongs at the pre-activation z.",
        "Keep z in forward and take f′(z); if only a = f(z) is kept, write the derivative in terms of a.",
        "f′ (tanh)",
        "dJdW1",
    ),
    row(
        "sign",
        "wrong sign",
        "dJdb1: the sign is the opposite one.",
        "Write ŷ − y, and mind the minus in front of the logarithms.",
        "dJdb1",
        "dJdb1",
        sure="either",
        others=("uphill: dJdb1", "doubled: dJdb1"),
    ),
    row(
        "unknown",
        "not a known mistake",
        "No known mistake gives these numbers. What deviates: J, only where there is a single output.",
        "Take a small example, work the entry out by hand and compare.",
        "What deviates: J, only where there is a single output.",
        "loss",
        kind="unknown",
        sure="deviation",
    ),
    row(
        "no_longer_known",
        "a mistake that no version knows",
        "J: 2·n/k² times ⅓ “quoted” \u202e.",
        "Do <b>this</b>.",
        "J",
        "other",
    ),
    row(
        "consequential",
        "right, given your MLP.forward",
        "DJdW1: this is what follows from your own MLP.forward, which is wrong.",
        "Nothing is to be mended here: mend MLP.forward first.",
        "dJdW1",
        "more",
        kind="consequential",
        because="MLP.forward",
    ),
]
SHOWN = [
    (OLD[0]["title"], OLD[0]["what"], OLD[0]["help"], CERTAIN),
    (
        OLD[1]["title"],
        OLD[1]["what"],
        OLD[1]["help"],
        "Not certain: the same numbers come from uphill: dJdb1 or doubled: dJdb1.",
    ),
    (OLD[2]["title"], OLD[2]["what"], OLD[2]["help"], ""),
    (OLD[3]["title"], "J: 2·n/k² times ⅓ “quoted” .", "Do <b>this</b>.", CERTAIN),
    (OLD[4]["title"], OLD[4]["what"], OLD[4]["help"], ""),
]
"""What the version before showed of them."""


def graded(database, *diagnoses):
    """Hand in, and grade backward as wrong in all that is asked; return who and what there is."""
    cases = tuple(
        CaseResult(f"b/{name}", name, "MLP.backward", Verdict.FAILED, Fact("not_close", {"name": name}))
        for name in ASKED
    )
    with database.transaction() as session:
        room = open_classroom(session)
        number = submit(session, room, room.ada).grading.id
    with database.transaction() as session:
        claim = gradings.claim(session, number, "w", now=NOW)
        facts = report(claim, cases=cases, diagnoses=diagnoses)
        assert gradings.record(session, number, claim.attempt, facts, now=NOW)
    return room, number


def keep(database, rows):
    """Put diagnoses into the only grading there is, as another version writes them."""
    with database.engine.connect() as connection, connection.begin():
        query = sa.text("UPDATE gradings SET diagnoses = :rows")
        connection.execute(query, {"rows": json.dumps(rows, separators=(",", ":"))})


def kept(database):
    with database.engine.connect() as connection:
        return json.loads(connection.execute(sa.text("SELECT diagnoses FROM gradings")).scalar_one())


def seen(database, room, number):
    """Return the result as staff sees it."""
    with database.reading() as session:
        return results.view(Visit(session, session.get(User, room.ta.id), NOW), session.get(Grading, number))


def shown(view):
    """Return the cards, and what follows of them."""
    return [(card.title, card.message, card.help, card.sure) for card in view.mend if card.title]


@pytest.fixture
def result(empty_database):
    """A result of the version before, in a database of that version."""
    migrations.migrate(empty_database, BEFORE)
    room, number = graded(empty_database)
    keep(empty_database, OLD)
    return empty_database, room, number


def test_a_result_of_before_is_shown_as_it_was(result):
    database, room, number = result
    migrations.migrate(database)
    assert shown(seen(database, room, number)) == SHOWN


def test_sentences_are_kept_beside_the_code_and_come_back_on_the_way_down(result):
    database, *_ = result
    migrations.migrate(database)
    for old, new in zip(OLD, kept(database), strict=True):
        assert not {"title", "what", "help", "where", "others"} & set(new)
        assert new["told"] == {name: old[name] for name in ("title", "what", "help", "where", "others")}
    migrations.migrate(database, BEFORE)
    assert kept(database) == OLD


def test_a_class_counts_the_mistakes_of_before(result):
    database, room, _ = result
    migrations.migrate(database)
    with database.reading() as session:
        found = class_figures.of_class(session, session.get(AssignmentRow, room.assignment.id))
    assert {each.code: each.title for each in found.mistakes} == {
        each["code"]: each["title"] for each in OLD if each["kind"] != "consequential"
    }


def test_what_an_older_worker_still_writes_is_shown_as_before(database):
    room, number = graded(database)
    keep(database, OLD)
    assert shown(seen(database, room, number)) == SHOWN


def test_what_a_newer_worker_writes_is_shown_as_far_as_it_is_known(database):
    room, number = graded(database)
    new = {"kind": "fault", "code": "hat_forgotten", "function": "MLP.backward", "cases": ["b/loss"]}
    keep(database, [new | {"sure": "certain", "places": [{"word": "", "of": "J"}], "weather": "fine"}])
    [(title, what, _, _)] = shown(seen(database, room, number))
    assert title == "a mistake of a newer version"
    assert what == "J: this version of Chainrule has no words for it. Its code is hat_forgotten."


def test_on_the_way_down_the_code_stands_for_sentences_that_were_never_kept(database):
    one = Diagnosis(DiagnosisKind.FAULT, "sign", "MLP.backward", ("b/loss",), Sure.CERTAIN, (Term("loss"),))
    graded(database, one)
    assert kept(database)[0]["places"] == [{"word": "loss", "of": ""}]
    migrations.migrate(database, BEFORE)
    [old] = kept(database)
    assert set(old) == set(OLD[0])
    assert (old["title"], old["what"], old["others"], old["cases"]) == ("sign", "", [], ["b/loss"])
    migrations.migrate(database)
    assert report_rows.diagnosis(kept(database)[0]).code == "sign"


def test_many_results_are_changed(empty_database):
    migrations.migrate(empty_database, BEFORE)
    graded(empty_database)
    table = sa.Table("gradings", sa.MetaData(), autoload_with=empty_database.engine)
    with empty_database.engine.connect() as connection, connection.begin():
        first = dict(connection.execute(sa.select(table)).one()._mapping)
        connection.execute(table.insert(), [first | {"id": number} for number in range(2, MANY + 1)])
    keep(empty_database, OLD[:1])
    migrations.migrate(empty_database)
    with empty_database.engine.connect() as connection:
        found = connection.execute(sa.text("SELECT diagnoses FROM gradings")).scalars().all()
    assert len(found) == MANY
    assert all("told" in json.loads(each)[0] for each in found)


def test_a_corrected_sentence_reaches_results_of_before():
    said = words(report_rows.diagnosis(OLD[0]))
    assert said.title == ROWS["slope_at_output"].title
    assert said.help == ROWS["slope_at_output"].help
