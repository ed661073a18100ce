"""The computation graph on a result's page: pictures for wide and narrow screens, legend, and words."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from grader.database.tables import Grading
from grader.errors import AssignmentError
from grader.feedback import student_graph_svg
from grader.feedback.picture import SIGNS, WORDS, Step
from grader.feedback.view import View
from grader.picture import marked_svg
from grader.picture.graphs import Mark
from grader.picture.marked_svg import Paint
from grader.services.act import Visit
from grader.services.grading import pictures

LOG = logging.getLogger("chainrule.web")


@dataclass(frozen=True)
class Sketch:
    """What the page shows of a graph. The drawings are markup of our own making; the texts are not."""

    title: str
    drawings: Sequence[Markup]
    steps: Sequence[Step]

    @property
    def marks(self) -> Sequence[Mark]:
        """The marks that occur: what the legend has to explain."""
        found = {each.mark for each in self.steps}
        return [each for each in Mark if each in found]

    @property
    def given(self) -> bool:
        """Whether there are edges over which no mistake travels, which the legend has to explain too."""
        return any('class="flow given"' in each for each in self.drawings)

    @property
    def mistakes(self) -> Sequence[Step]:
        """The nodes that are to be mended, each with its sentence."""
        return [each for each in self.steps if each.sentence]


def sketch(visit: Visit, grading: Grading) -> Sketch | None:
    """Return the picture of a grading as the visitor may see it; None where there is none.

    A picture that can't be shown costs the page nothing else, and is noted for the operator.
    """
    try:
        found = pictures.picture(visit, grading)
        return _sketch(found, grading.suite.slug) if found else None
    except AssignmentError as error:
        LOG.warning("no picture of grading %d: %s", grading.id, error)
        return None


def _sketch(found: pictures.Pictured, slug: str) -> Sketch:
    paints = {
        each.key: Paint(each.mark, SIGNS[each.mark], each.sentence or f"{each.name}: {WORDS[each.mark]}")
        for each in found.steps
    }
    # Checked to hold nothing but shapes and texts (grader.picture.marked_svg), which are escaped there.
    drawn = [
        Markup(marked_svg.painted(content, paints, f"{slug}/{name}"))
        for name, content in found.drawings.items()
    ]
    return Sketch(found.title, drawn, found.steps)


@dataclass(frozen=True)
class OwnSketch:
    """A graph of the submission's own: its drawing, of our making, and the same in words."""

    title: str
    drawing: Markup
    sentences: Sequence[str]


def own_sketches(view: View) -> Sequence[OwnSketch]:
    """Return the graphs that tests have read in a submission, as the view shows them."""
    found = [case.graph for each in view.functions for case in each.cases if case.graph]
    return [
        # What is foreign in it is escaped where it is drawn.
        OwnSketch(
            each.title,
            Markup(student_graph_svg.drawn(each, f"own-{at}")),
            [one.sentence for one in each.entries],
        )
        for at, each in enumerate(found)
    ]
