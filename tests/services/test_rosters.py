import pytest

from grader.database import passwords
from grader.database.store import audit, people
from grader.database.store import courses as store
from grader.database.tables import AssignmentRow, Course, Role, User
from grader.errors import Conflict, NotFound, UsageError
from grader.reading import roster
from grader.services.act import Act, Visit
from grader.services.courses import courses, rosters
from grader.services.courses.courses import Rules
from grader.services.grading import results
from grader.services.people import accounts
from tests.classroom import NOW, open_classroom, submit


@pytest.fixture
def room(database):
    with database.transaction() as session:
        return open_classroom(session)


def _plan(session, room, text, actor="instructor"):
    rows = roster.read(("e-mail,name,matriculation,role\n" + text).encode()).rows
    who = session.get(User, getattr(room, actor).id) if actor else None
    return rosters.plan(Act(session, who, NOW), session.get(Course, room.course.id), rows)


def _apply(session, room, found, actor="instructor", remove=False):
    who = session.get(User, getattr(room, actor).id) if actor else None
    course = session.get(Course, room.course.id)
    return rosters.apply(Act(session, who, NOW), course, found, remove=remove)


HASHED = passwords.PasswordHash("x")
EVERYBODY = "ada@example.org\nbob@example.org\neve@example.org\n"


def test_plan_says_who_is_new_changed_gone_and_the_same(database, room):
    text = "new@example.org,New\nADA@example.org,Ada Byron,12\nbob@example.org,Bob\nta@example.org\n"
    with database.reading() as session:
        found = _plan(session, room, text)
    assert [each.email for each in found.invited] == ["new@example.org"]
    assert [each.fields for each in found.changed] == [
        (("name", "Ada", "Ada Byron"), ("matriculation", "", "12"))
    ]
    assert [each.email for each in found.gone] == ["eve@example.org"]
    assert (found.same, found.refused) == (2, ())


def test_applied_it_changes_them_and_a_second_time_nothing(database, room):
    text = "new@example.org,New,7\nada@example.org,Ada Byron,12,ta\nbob@example.org\neve@example.org\n"
    with database.transaction() as session:
        secrets = _apply(session, room, _plan(session, room, text))
    assert set(secrets) == {"new@example.org"}
    with database.transaction() as session:
        hashed = passwords.hashed("correct horse battery")
        user = accounts.accept_invitation(session, secrets["new@example.org"], now=NOW, password=hashed)
        assert (user.name, user.matriculation) == ("New", "7")
        ada = session.get(User, room.ada.id)
        assert (ada.name, ada.matriculation) == ("Ada Byron", "12")
        assert people.enrolment(session, room.course.id, room.ada.id).role is Role.TA
        again = _plan(session, room, text)
        assert (again.changes_something, again.gone, again.same) == (False, (), 4)
        [entry] = [each for each in audit.about(session, f"user:{ada.id}") if each.action == "user.changed"]
        assert entry.before == {"name": "Ada", "matriculation": ""}
        assert entry.actor_id == room.instructor.id


def test_programme_and_degree_come_with_the_person_and_change_with_a_file(database, room):
    header = "E-Mail;Studiengang;Abschluss\n"
    rows = roster.read((header + "new@example.org;Computational Linguistics;M.Sc.\n").encode()).rows
    with database.transaction() as session:
        who, course = session.get(User, room.instructor.id), session.get(Course, room.course.id)
        found = rosters.plan(Act(session, who, NOW), course, rows)
        secrets = _apply(session, room, found)
    with database.transaction() as session:
        hashed = passwords.hashed("correct horse battery")
        user = accounts.accept_invitation(session, secrets["new@example.org"], now=NOW, password=hashed)
        assert (user.programme, user.degree) == ("Computational Linguistics", "M.Sc.")
    rows = roster.read((header + "new@example.org;Computer Science;\n").encode()).rows
    with database.reading() as session:
        course = session.get(Course, room.course.id)
        [changed] = rosters.plan(Act(session, None, NOW), course, rows).changed
        assert changed.fields == (("programme", "Computational Linguistics", "Computer Science"),)


@pytest.mark.parametrize(
    ("text", "refusals"),
    [
        (
            "x@example.org\nX@example.org\n",
            {2: "the same e-mail address is on line 3", 3: "the same e-mail address is on line 2"},
        ),
        (
            "x@example.org,,5\ny@example.org,,5\n",
            {
                2: "the same matriculation number is on line 3",
                3: "the same matriculation number is on line 2",
            },
        ),
        ("nobody\n", {2: "email: this is not an e-mail address"}),
        ("x@example.org,,,king\n", {2: "role: there is no role called king"}),
        ("x@example.org,a\tb\n", {2: "name: this is too long, or has characters that can't be displayed"}),
        ("instructor@example.org,,,student\n", {2: "you can't change your own role"}),
        (
            "ta@example.org,Other Name\n",
            {2: "you can't change name, matriculation number and studies of this account"},
        ),
    ],
)
def test_rows_that_make_no_sense_are_refused_with_their_line(database, room, text, refusals):
    with database.reading() as session:
        found = _plan(session, room, text)
    assert {each.line: each.why for each in found.refused} == refusals
    assert not found.changes_something


def test_number_of_somebody_else_in_the_course_is_refused(database, room):
    with database.transaction() as session:
        session.get(User, room.bob.id).matriculation = "12"
        session.flush()
        found = _plan(session, room, "ada@example.org,,12\n")
    assert "bob@example.org already has this matriculation number" in found.refused[0].why


def test_only_teacher_keeps_the_course_even_at_a_shell(database, room):
    with database.transaction() as session:
        found = _plan(session, room, "instructor@example.org,,,ta\n", actor=None)
        assert found.refused[0].why == "this course has no other instructor"
        course, user = session.get(Course, room.course.id), session.get(User, room.instructor.id)
        with pytest.raises(Conflict):
            rosters.unenrol(Act(session, None, NOW), course, user)


def test_known_account_is_invited_by_an_instructor_and_enrolled_at_a_shell(database, room):
    text = EVERYBODY + "stranger@example.org\n"
    with database.transaction() as session:
        assert [each.email for each in _plan(session, room, text).invited] == ["stranger@example.org"]
        found = _plan(session, room, text, actor=None)
        assert [each.email for each in found.enrolled] == ["stranger@example.org"]
        assert _apply(session, room, found, actor=None) == {}
        assert people.enrolment(session, room.course.id, room.stranger.id).role is Role.STUDENT


def test_invited_once_more_keeps_the_first_link(database, room):
    with database.transaction() as session:
        _apply(session, room, _plan(session, room, "new@example.org\n"))
    with database.reading() as session:
        found = _plan(session, room, "new@example.org\n")
    assert (found.invited, found.same) == ((), 1)


def test_gone_students_leave_only_if_asked_and_staff_never(database, room):
    with database.transaction() as session:
        found = _plan(session, room, "ada@example.org\n")
        _apply(session, room, found)
        assert len(people.roster(session, room.course.id)) == 5
        _apply(session, room, found, remove=True)
        left = {place.user.email for place in people.roster(session, room.course.id)}
    assert left == {"ada@example.org", "ta@example.org", "instructor@example.org"}


def test_nobody_is_removed_while_rows_are_refused(database, room):
    with database.transaction() as session:
        found = _plan(session, room, "ada@example.org\nbob@example\x00.org\neve@example.org\n")
        assert [each.email for each in found.gone] == ["bob@example.org"]
        with pytest.raises(Conflict, match="while rows are refused"):
            _apply(session, room, found, remove=True)
        assert people.enrolment(session, room.course.id, room.bob.id)


def test_who_left_the_course_sees_it_no_more_and_their_work_stays(database, room):
    with database.transaction() as session:
        submit(session, room, room.ada)
    with database.transaction() as session:
        course, ada = session.get(Course, room.course.id), session.get(User, room.ada.id)
        rosters.unenrol(Act(session, session.get(User, room.instructor.id), NOW), course, ada)
        assert results.assignments(Visit(session, ada, NOW)) == []
        assert len(results.everybody(session, session.get(AssignmentRow, room.assignment.id), "latest")) == 1
        assert audit.about(session, f"user:{ada.id}")[-1].action == "course.unenrolled"
        with pytest.raises(NotFound):
            rosters.unenrol(Act(session, None, NOW), course, ada)


def test_plans_of_different_states_differ(database, room):
    with database.transaction() as session:
        before = _plan(session, room, EVERYBODY)
        assert before.basis == _plan(session, room, EVERYBODY).basis
        other = session.get(Course, room.course.id)
        courses.enrol(Act(session, None, NOW), other, session.get(User, room.stranger.id), Role.STUDENT)
        session.flush()
        assert before.basis != _plan(session, room, EVERYBODY).basis


def _team_plan(session, room, text, slug="nets"):
    rows = roster.read((f"e-mail,team {slug}\n" + text).encode()).rows
    return rosters.plan(Act(session, None, NOW), session.get(Course, room.course.id), rows)


def _teams(database, room):
    with database.reading() as session:
        found = store.teams(session, room.assignment.id)
        return {each.name: [user.name for user in store.members(session, each.id)] for each in found}


@pytest.fixture
def paired(database):
    with database.transaction() as session:
        room = open_classroom(session, Rules(team_size=2))
        pair = [session.get(User, each.id) for each in (room.ada, room.bob)]
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.form_team(Act(session, None, NOW), assignment, "One", pair)
    return room


def test_column_of_teams_says_who_comes_where_and_puts_them_there(database, paired):
    text = "ada@example.org,Two\nbob@example.org,One\neve@example.org,Two\n"
    with database.transaction() as session:
        found = _team_plan(session, paired, text)
        assert [(each.email, each.before, each.after) for each in found.placed] == [
            ("ada@example.org", "One", "Two"),
            ("eve@example.org", "", "Two"),
        ]
        _apply(session, paired, found)
    assert _teams(database, paired) == {"One": ["Bob"], "Two": ["Ada", "Eve"]}
    with database.reading() as session:
        assert not _team_plan(session, paired, text).changes_something
        left, *joined = audit.about(session, f"assignment:{paired.assignment.id}")[-3:]
        assert (left.action, left.before["name"]) == ("team.left", "One")
        assert [each.after["name"] for each in joined] == ["Two", "Two"]


def test_one_import_makes_people_and_teams(database, paired):
    text = "new@example.org,Two\nother@example.org,Two\neve@example.org,Three\n"
    with database.transaction() as session:
        found = _team_plan(session, paired, text)
        assert [(each.email, each.after) for each in found.placed] == [
            ("new@example.org", "Two"),
            ("other@example.org", "Two"),
            ("eve@example.org", "Three"),
        ]
        secrets = rosters.apply(
            Act(session, None, NOW), session.get(Course, paired.course.id), found, remove=False
        )
    assert _teams(database, paired) == {"One": ["Ada", "Bob"], "Three": ["Eve"]}
    with database.reading() as session:
        assert not _team_plan(session, paired, text).changes_something
    for email, name in (("new@example.org", "New"), ("other@example.org", "Other")):
        with database.transaction() as session:
            accounts.accept_invitation(session, secrets[email], now=NOW, password=HASHED, name=name)
    assert _teams(database, paired)["Two"] == ["New", "Other"]
    with database.reading() as session:
        assert not _team_plan(session, paired, text).changes_something


def test_who_waits_for_a_team_counts_and_can_be_sent_to_another(database, paired):
    with database.transaction() as session:
        found = _team_plan(session, paired, "new@example.org,Two\nother@example.org,Two\n")
        _apply(session, paired, found)
    with database.transaction() as session:
        full = _team_plan(session, paired, "eve@example.org,Two\n")
        assert "more than 2 members" in full.refused[0].why
        moved = _team_plan(session, paired, "eve@example.org,Two\nnew@example.org,Four\n")
        assert [(each.email, each.before, each.after) for each in moved.placed] == [
            ("eve@example.org", "", "Two"),
            ("new@example.org", "Two", "Four"),
        ]


def test_team_that_filled_up_meanwhile_gets_nobody_more(database, paired):
    with database.transaction() as session:
        found = _team_plan(session, paired, "new@example.org,Two\n")
        [secret] = rosters.apply(
            Act(session, None, NOW), session.get(Course, paired.course.id), found, remove=False
        ).values()
        pair = [session.get(User, paired.eve.id)]
        assignment = session.get(AssignmentRow, paired.assignment.id)
        assignment.team_size = 1
        courses.form_team(Act(session, None, NOW), assignment, "Two", pair)
    with database.transaction() as session:
        accounts.accept_invitation(session, secret, now=NOW, password=HASHED, name="New")
    assert _teams(database, paired)["Two"] == ["Eve"]


def test_two_change_places_and_an_emptied_team_is_gone(database, paired):
    with database.transaction() as session:
        _apply(session, paired, _team_plan(session, paired, "eve@example.org,Two\n"))
    with database.transaction() as session:
        text = "eve@example.org,One\nada@example.org,Two\n"
        _apply(session, paired, _team_plan(session, paired, text))
    assert _teams(database, paired) == {"One": ["Bob", "Eve"], "Two": ["Ada"]}
    with database.transaction() as session:
        _apply(session, paired, _team_plan(session, paired, "ada@example.org,Three\n"))
    assert _teams(database, paired) == {"One": ["Bob", "Eve"], "Three": ["Ada"]}


def test_team_that_would_be_too_large_gets_nobody_more(database, paired):
    with database.reading() as session:
        found = _team_plan(session, paired, "eve@example.org,One\n")
    assert not found.placed
    assert "more than 2 members" in found.refused[0].why


def test_who_teaches_or_has_handed_in_with_others_is_passed_over(database, paired):
    with database.transaction() as session:
        submit(session, paired, paired.ada)
        text = "ta@example.org,Two\nada@example.org,Two\n"
        found = _team_plan(session, paired, text)
    assert not found.placed
    whys = [each.why for each in found.refused]
    words = ("only students", "has already submitted")
    assert all(word in why for word, why in zip(words, whys, strict=True)), whys
    assert [each.line for each in found.refused] == [2, 3]


@pytest.mark.parametrize("slug", ["nats", "alone"])
def test_column_for_an_assignment_without_teams_is_refused(database, room, slug):
    with database.reading() as session, pytest.raises(UsageError):
        _team_plan(session, room, "ada@example.org,One\n", "nets" if slug == "alone" else slug)
