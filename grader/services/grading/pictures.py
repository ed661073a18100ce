"""The picture of an assignment's computation graph with what a grading says of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.database.store import files
from grader.database.tables import Grading
from grader.feedback.picture import Step, steps
from grader.model import Status
from grader.picture import graphs
from grader.services.act import Visit
from grader.services.courses import suites
from grader.services.grading import results, submitting
from grader.services.people import access


@dataclass(frozen=True)
class Pictured:
    """A grading's steps as somebody may see them, and the drawings by file name that show them."""

    title: str
    steps: tuple[Step, ...]
    drawings: Mapping[str, bytes]


def picture(act: Visit, grading: Grading) -> Pictured | None:
    """Return the picture of a grading as this user may see it now, if there is one and cases ran.

    Ask ``access.grading`` first whether the user may see anything of it.
    """
    suite = grading.suite
    if grading.status is not Status.GRADED or grading.load_code != "ok":
        return None
    content = files.one_of_suite(act.session, suite.id, graphs.FILE)
    if content is None:
        return None
    assignment = grading.submission.assignment
    moment = None
    if not access.is_staff(act.session, act.actor, assignment.course_id):
        dates = submitting.dates_for(act.session, assignment, act.actor.id, grading.submission.team_id)
        moment = results.moment(assignment, dates, act.now)
    facts, asked = results.report(act.session, grading), suites.asked(act.session, suite)
    graph = graphs.read(content, f"{suite.slug}/{graphs.FILE}")
    drawings = {name: files.one_of_suite(act.session, suite.id, name) or b"" for name in graphs.PICTURES}
    return Pictured(graph.title, steps(graph, facts, asked, moment), drawings)
