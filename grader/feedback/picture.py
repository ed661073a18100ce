"""What somebody may see of a grading in the picture of the computation graph.

A colour tells as much as names and verdicts do: a node is left plain while one case that tells of it hides
either, and a mistake is marked only where everything is open about the function it is in, and about the one
that it comes from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.feedback.mistake_words import words
from grader.feedback.sight import Moment, Sight, sight_of
from grader.feedback.text import phrase
from grader.model import Assignment, CaseResult, Diagnosis, DiagnosisKind, Report, Verdict
from grader.model.language import Texts
from grader.picture.graphs import Graph, Mark, Node, Told, marks

SIGNS: Mapping[Mark, str] = {
    Mark.WRONG: "✕",
    Mark.FOLLOWS: "↳",
    Mark.DOUBT: "?",
    Mark.RIGHT: "✓",
    Mark.HIDDEN: "",
}
WORDS: Mapping[Mark, str] = Texts(
    {
        Mark.WRONG: "to fix",
        Mark.FOLLOWS: "follows from it",
        Mark.DOUBT: "not clear where",
        Mark.RIGHT: "correct",
        Mark.HIDDEN: "not shown yet",
    }
)


@dataclass(frozen=True)
class Step:
    """A node as the picture marks it, and a sentence about it where there is more to say than its mark."""

    key: str
    name: str
    mark: Mark
    sentence: str = ""


def steps(graph: Graph, report: Report, assignment: Assignment, moment: Moment | None) -> tuple[Step, ...]:
    """Return the nodes as a student sees them at that moment; with None for a moment, as staff does."""
    sights = [(case, sight_of(case, assignment.shown, moment)) for case in report.cases]
    told = [Told(case.id, case.function, _passed(case, sight)) for case, sight in sights]
    shown = _shown(report.diagnoses, sights)
    found = marks(graph, told, shown)
    return tuple(
        Step(each.key, phrase(each.name), found[each.key], _sentence(each, found[each.key], shown))
        for each in graph.nodes
    )


def _passed(case: CaseResult, sight: Sight) -> bool | None:
    return case.verdict is Verdict.PASSED if sight.verdict and sight.name else None


def _shown(diagnoses: Sequence[Diagnosis], sights: Sequence[tuple[CaseResult, Sight]]) -> Sequence[Diagnosis]:
    """Return the diagnoses of functions that hide nothing: each accounts for the hidden cases as well."""
    closed = {case.function for case, sight in sights if not (sight.message and sight.name)}
    return [each for each in diagnoses if not closed & {each.function, each.because}]


def _sentence(node: Node, mark: Mark, diagnoses: Sequence[Diagnosis]) -> str:
    """Return which mistake is in a node that is to be mended."""
    if mark is not Mark.WRONG:
        return ""
    mistakes = (words(each).title for each in diagnoses if node.key in each.nodes and _is_own(each))
    return f"{phrase(node.name)}: {', '.join(phrase(each) for each in mistakes)}."


def _is_own(diagnosis: Diagnosis) -> bool:
    return diagnosis.kind is not DiagnosisKind.CONSEQUENTIAL
