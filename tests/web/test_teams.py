"""Teams on the web: students make, join and leave them."""

import re

from grader.database.tables import AssignmentRow
from tests.classroom import NOW
from tests.web.test_judgement import said


def _post(world, who, step, **form):
    there = f"/assignments/{world.room.assignment.id}/team/{step}"
    return world.browser(who).post(there, data=form, follow_redirects=True)


def test_student_makes_a_team_and_a_mate_joins_by_its_code(world):
    made = _post(world, "ada", "found", name="Analytical <b>")
    code = re.search(r"<code>([a-z0-9]{8})</code>", made.text)[1]
    assert "Analytical &lt;b&gt;" in made.text
    joined = _post(world, "bob", "join", code=code)
    assert "You are in Analytical" in said(joined)
    assert "Ada" in said(joined)
    assert code not in joined.text  # it is full
    full = _post(world, "eve", "join", code=code)
    assert (full.status_code, "its 2 members" in said(full)) == (409, True)


def test_student_leaves_and_staff_takes_out(world):
    code = re.search(r"<code>([a-z0-9]{8})</code>", _post(world, "ada", "found", name="A").text)[1]
    _post(world, "bob", "join", code=code)
    assert "You have left the team." in said(_post(world, "bob", "leave"))
    assert "Ada is no longer in a team." in said(_post(world, "ta", "leave", user=str(world.room.ada.id)))
    assert "There are no teams yet." in said(
        world.browser("ta").get(f"/assignments/{world.room.assignment.id}/team")
    )


def test_students_take_nobody_out(world):
    _post(world, "ada", "found", name="A")
    assert _post(world, "bob", "leave", user=str(world.room.ada.id)).status_code == 403
    for number in ("999", "x", "9" * 30):
        assert _post(world, "ta", "leave", user=number).status_code == 404


def test_before_an_assignment_opens_students_are_not_told_of_its_teams(world):
    with world.database.transaction() as session:
        session.get(AssignmentRow, world.room.assignment.id).opens_at = NOW.replace(year=2027)
    there = f"/assignments/{world.room.assignment.id}/team"
    assert world.browser("ada").get(there).status_code == 404
    assert world.browser("ta").get(there).status_code == 200
    assert _post(world, "ada", "found", name="A").status_code == 404
