"""An assignment's settings as forms: they change the draft alone, and say beside a field what is wrong."""

import html
import re
from dataclasses import replace

import pytest

from grader.assignment import assignment_folder, toml_edit
from grader.database.tables import AssignmentRow
from grader.model import BonusCap, Credit, Device, Forbidden, Function, Limits, Manual, Shown, Visibility
from grader.services.act import Act
from grader.services.tests import draft_settings, drafts
from tests.classroom import EXTRAS, NOW, SUITE_FILES, TOML
from tests.web.doubles import WRONG

ASKED = toml_edit.read(TOML, "nets")


def address(world, tab):
    return f"/assignments/{world.room.assignment.id}/settings/{tab}"


def fields(page):
    """Return what a browser would send of a page's first form."""
    form = re.search(r'<form method="post" class="fields.*?</form>', page, re.S)[0]
    sent = {}
    for tag in re.findall(r"<input [^>]*>", form):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" in found and (found.get("type") != "checkbox" or " checked" in tag):
            sent[found["name"]] = html.unescape(found.get("value", ""))
    for name, text in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.S):
        sent[name] = html.unescape(text).replace("\n", "\r\n")
    for name, options in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else re.search(r'value="([^"]*)"', options)[1]
    sent.pop("csrf_token", None)
    return sent


def send(world, tab, who="instructor", remove=(), **changed):
    """Open a page, change some fields and send it; return the answer."""
    client = world.browser(who)
    sent = fields(client.get(address(world, tab)).text) | changed
    for name in remove:
        del sent[name]
    return client.post(address(world, tab), data=sent)


def draft_of(world):
    """Return the draft's files, or None without a draft."""
    with world.database.reading() as session:
        row = drafts.of(session, session.get(AssignmentRow, world.room.assignment.id))
        return drafts.contents(session, row) if row else None


def asked(world):
    return toml_edit.read(draft_of(world)["assignment.toml"], "nets")


@pytest.mark.parametrize("tab", ["text", "points", "rules"])
def test_page_that_is_sent_as_it_came_changes_nothing_and_begins_no_draft(world, tab):
    answer = send(world, tab)
    assert (answer.status_code, draft_of(world)) == (303, None)


@pytest.mark.parametrize("tab", ["text", "points", "rules"])
def test_shipped_assignment_comes_out_of_its_forms_as_it_went_in(world, tab):
    folder = assignment_folder.shipped_folder() / "nyu-hw1"
    files = assignment_folder.read_all(folder)
    with world.database.transaction() as session:
        row = session.get(AssignmentRow, world.room.assignment.id)
        draft = drafts.begin(Act(session, None, NOW), row)
        drafts.replace(Act(session, None, NOW), draft, files)
    answer = send(world, tab)
    assert answer.status_code == 303
    assert draft_of(world) == files


AWKWARD = b"""title = "Nets"
entry = "mlp.py"
[[functions]]
name = "f"
points = 3.3333333333333335
[[manual]]
name = "Derivation"
points = 0.1234567891
what = "First this,\\nthen that."
[limits]
test_seconds = 0.123456789
memory_bytes = 123456789
output_bytes = 12345
[credit]
transposed = 0.3333333333333333
"""


@pytest.mark.parametrize("tab", ["text", "points", "rules"])
def test_numbers_and_lines_that_no_field_shows_well_stay_as_they_are(world, tab):
    with world.database.transaction() as session:
        row = session.get(AssignmentRow, world.room.assignment.id)
        draft = drafts.begin(Act(session, None, NOW), row)
        drafts.replace(Act(session, None, NOW), draft, {**SUITE_FILES, "assignment.toml": AWKWARD})
    assert send(world, tab).status_code == 303
    assert draft_of(world)["assignment.toml"] == AWKWARD


def test_title_is_changed_in_the_draft_only(world):
    assert send(world, "text", title="More nets").status_code == 303
    assert asked(world) == replace(ASKED, title="More nets")
    assert draft_of(world)["assignment.toml"] == TOML.replace(b'"Nets"', b'"More nets"')
    assert "More nets" not in world.browser("ada").get("/").text
    assert 'value="More nets"' in world.browser("ta").get(address(world, "text")).text


def test_text_that_nobody_named_yet_gets_a_file(world):
    with world.database.transaction() as session:
        row = session.get(AssignmentRow, world.room.assignment.id)
        draft = drafts.begin(Act(session, None, NOW), row)
        seen = drafts.digests(session, draft)
        drafts.save(Act(session, None, NOW), draft, {"text.md": None}, seen)
    send(world, "text", body="# Nets\r\n\r\n$x^2$\r\n")
    assert asked(world).text == "text.md"
    assert draft_of(world)["text.md"] == b"# Nets\n\n$x^2$\n"
    page = world.browser("ta").get(address(world, "text")).text
    assert "<h2>Nets</h2>" in page
    assert "<math" in page


def test_file_of_that_name_that_is_not_the_text_is_not_written_over(world):
    assert send(world, "text", body="mine").status_code == 303
    assert asked(world).text == "text-2.md"
    assert draft_of(world)["text.md"] == EXTRAS["text.md"]
    assert draft_of(world)["text-2.md"] == b"mine"


def test_preview_shows_what_is_written_and_keeps_nothing(world):
    answer = send(world, "text", body="*new* $y$ <script>alert(1)</script>", preview="1")
    assert answer.status_code == 200
    assert "<em>new</em>" in answer.text
    assert "<script>alert" not in answer.text
    assert "not saved yet" in answer.text
    assert draft_of(world) is None


def test_points_parts_bonus_and_visibility_are_changed(world):
    answer = send(
        world,
        "points",
        **{
            "functions[1].points": "12,5",
            "functions[2].bonus": "1",
            "functions[3].name": "mse_loss",
            "functions[3].points": "7",
            "manual[1].name": "Derivation",
            "manual[1].points": "5",
            "manual[1].files": "*.pdf\r\n*.png",
            "bonus_cap": "total",
            "parts": "Linear\r\n\r\n ReLU ",
            "visibility.total": "after_publish",
        },
    )
    assert answer.status_code == 303, answer.text
    functions = (
        Function("MLP.forward", 12.5),
        Function("MLP.backward", 20, bonus=True),
        Function("mse_loss", 7),
    )
    assert asked(world) == replace(
        ASKED,
        functions=functions,
        manual=(Manual("Derivation", 5.0, files=("*.pdf", "*.png")),),
        bonus_cap=BonusCap.TOTAL,
        parts=("Linear", "ReLU"),
        shown=Shown(total=Visibility.AFTER_PUBLISH),
    )


def test_function_without_a_name_is_removed(world):
    send(world, "points", **{"functions[1].name": ""})
    assert asked(world).functions == (Function("MLP.backward", 20),)


def test_rows_that_no_form_has_are_not_made(world):
    answer = send(
        world,
        "points",
        preview="1",
        **{"functions[999999999].name": "f", "functions[x].name": "g", "manual[0].name": "h"},
    )
    assert answer.status_code == 200
    assert "functions[5]" not in answer.text


def test_limits_forbidden_things_device_and_credit_are_changed(world):
    answer = send(
        world,
        "rules",
        **{
            "files": "mlp.py\r\nops.py",
            "limits.test_seconds": "2.5",
            "limits.memory_bytes": "512",
            "forbid.modules": "torch.nn",
            "credit.transposed": "25",
            "credit.convention": "100",
            "device": "cpu",
        },
    )
    assert answer.status_code == 303, answer.text
    assert asked(world) == replace(
        ASKED,
        files=("mlp.py", "ops.py"),
        limits=Limits(test_seconds=2.5, memory_bytes=512 << 20),
        forbidden=Forbidden(modules=("torch.nn",)),
        credit=Credit(transposed=0.25, convention=1.0),
        device=Device.CPU,
    )
    assert b'convention = "full"' in draft_of(world)["assignment.toml"]


@pytest.mark.parametrize(
    ("tab", "changed", "said", "field"),
    [
        ("text", {"title": ""}, "must be non-empty text", "title"),
        ("points", {"functions[1].points": "many"}, "must be a number", "functions[1].points"),
        ("points", {"functions[2].points": "-1"}, "at least 0", "functions[2].points"),
        ("points", {"functions[2].name": "MLP.forward"}, "appears twice", None),
        ("points", {"functions[1].name": "", "functions[2].name": ""}, "There are no functions", None),
        ("points", {"visibility.total": "sometimes"}, "not one of the options", "visibility.total"),
        ("rules", {"limits.total_seconds": "1e9"}, "from 0.1 to 1800", "limits.total_seconds"),
        ("rules", {"limits.processes": "2.5"}, "whole number", "limits.processes"),
        ("rules", {"entry": "../mlp.py"}, "imported", "entry"),
        ("rules", {"credit.transposed": "120"}, "from 0 to 1", "credit.transposed"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(world, tab, changed, said, field):
    answer = send(world, tab, **changed)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert draft_of(world) is None
    marked = re.findall(r'(?:name="([^"]*)"[^>]*)? aria-invalid="true"', answer.text)
    assert marked == ([field] if field else [])
    kept = fields(answer.text)
    for name in changed.keys() - {"visibility.total"}:  # a word that its list doesn't have can't be kept
        assert kept[name] == changed[name]


def test_settings_that_break_what_was_in_order_are_refused(world):
    toml = TOML + b'[scripts."old.py"]\nfunction = "MLP.forward"\n'
    with world.database.transaction() as session:
        row = session.get(AssignmentRow, world.room.assignment.id)
        draft = drafts.begin(Act(session, None, NOW), row)
        seen = drafts.digests(session, draft)
        drafts.save(Act(session, None, NOW), draft, {"assignment.toml": toml, "old.py": b""}, seen)
    answer = send(world, "points", **{"functions[1].name": "forward"})
    assert answer.status_code == 422
    assert "not one of the functions above" in html.unescape(answer.text)


def test_of_two_who_change_the_settings_the_second_is_told(world):
    client = world.browser("instructor")
    first, second = (fields(client.get(address(world, "text")).text) for _ in range(2))
    assert client.post(address(world, "text"), data=first | {"title": "One"}).status_code == 303
    answer = client.post(address(world, "text"), data=second | {"title": "Two"})
    assert answer.status_code == 409
    assert "was changed since you opened it" in answer.text
    assert 'value="Two"' in answer.text
    assert asked(world).title == "One"


@pytest.mark.parametrize("tab", ["text", "points", "rules"])
def test_document_that_cannot_be_read_is_mended_under_tests(world, tab):
    with world.database.transaction() as session:
        row = session.get(AssignmentRow, world.room.assignment.id)
        draft = drafts.begin(Act(session, None, NOW), row)
        seen = drafts.digests(session, draft)
        drafts.save(Act(session, None, NOW), draft, {"assignment.toml": b"title = "}, seen)
    answer = world.browser("instructor").get(address(world, tab))
    assert answer.status_code == 200
    assert "this is not TOML" in answer.text
    assert "/tests?file=assignment.toml" in answer.text
    assert world.browser("instructor").post(address(world, tab), data={"title": "x"}).status_code == 409


def test_points_show_what_a_student_sees_before_and_after_the_dates(world):
    page = world.browser("ta").get(address(world, "points")).text
    assert "For a made-up submission" in page
    number = world.submission(world.browser("ada"))
    world.grade(WRONG)
    answer = send(
        world,
        "points",
        preview="1",
        **{"visibility.total": "after_due", "visibility.verdict": "after_publish"},
    )
    assert f'/submissions/{number}">{number}</a>' in answer.text
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", answer.text, re.S)
    total = [re.sub(r"<[^>]*>", "", each).strip() for each in re.findall(r"<td>(.*?)</td>", rows[0], re.S)]
    assert total == ["hidden", "20.00 / 30", "20.00 / 30"]
    assert rows[1].count("verdict hidden") == 2
    assert draft_of(world) is None


def test_assistants_read_settings_and_do_not_change_them(world):
    page = world.browser("ta").get(address(world, "rules")).text
    assert "Save in the draft" not in page
    assert world.browser("ta").post(address(world, "rules"), data={}).status_code == 403


def test_settings_of_the_live_version_are_those_of_its_files(world):
    with world.database.reading() as session:
        found = draft_settings.current(session, session.get(AssignmentRow, world.room.assignment.id))
    assert found.contents == SUITE_FILES | EXTRAS
    assert (found.asked, found.text) == (ASKED, "")
