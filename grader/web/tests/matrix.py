"""What trials showed, as pages say it: a line for a list, a matrix of samples and functions, margins."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from grader.arithmetic.scoring import points_text
from grader.database.db import Session
from grader.database.store import drafts as store
from grader.database.tables import SuiteRow, Trial, TrialKind, TrialState
from grader.model import VERDICTS, Assignment, Verdict
from grader.model.language import N_, Texts, _, ngettext
from grader.services.tests import trial_progress
from grader.services.tests.trial_progress import TrialProgress
from grader.verifying import trial_findings as values
from grader.verifying.trial_findings import Cell, FindingRow, TrialFinding
from grader.web.frame.site import changing, looking

KINDS: Mapping[TrialKind, str] = Texts(
    {
        TrialKind.TRY: N_("Try"),
        TrialKind.VERIFY: N_("Verify"),
        TrialKind.SEEDS: N_("Verify under several seeds"),
        TrialKind.PROVE: N_("Prove"),
    }
)


@dataclass(frozen=True)
class TrialOutcome:
    """A trial with what it showed, in a line. ``fine`` is None while it runs, and for what judges nothing."""

    trial: Trial
    progress: TrialProgress
    finding: TrialFinding | None
    said: str
    fine: bool | None
    of_this: bool


@dataclass(frozen=True)
class MatrixCell:
    """A cell of the matrix: points, or a word for a function without any, and the same of the live version.

    ``before`` is empty where that was nothing else; ``way``: a sign for up, down or neither.
    """

    now: str
    before: str = ""
    way: str = ""


@dataclass(frozen=True)
class MatrixRow:
    """A row of the matrix. ``place``: which hand-in it is; ``new``: the live version had no such one."""

    row: FindingRow
    place: int
    cells: Sequence[MatrixCell | None]
    new: bool

    @property
    def order(self) -> int:
        """Where it stands: what is wrong first, then what is otherwise than before, then the rest."""
        moved = self.new or any(each and each.before for each in self.cells)
        return 0 if self.row.said else 1 if moved else 2


@dataclass(frozen=True)
class Matrix:
    """Samples in rows, functions in columns, with what changes against the live version."""

    functions: Sequence[str]
    lines: Sequence[MatrixRow]
    compared: bool
    gone: Sequence[str]

    @property
    def changes(self) -> int:
        """How many cells are otherwise than under the live version."""
        return sum(bool(each and each.before) for line in self.lines for each in line.cells)


def settle(assignment_id: int) -> None:
    """Keep what an assignment's trials showed that came to their end; a page that only reads can't."""
    with looking() as visit:
        rows = store.trials(visit.session, assignment_id)
        ended = [
            each.id
            for each in rows
            if each.finding is None
            and each.state is TrialState.RUNNING
            and trial_progress.progress(visit.session, each).state is TrialState.DONE
        ]
    if ended:
        with changing() as visit:
            for each in ended:
                row = store.trial(visit.session, each)
                if row is not None:
                    trial_progress.settled(visit.session, row, now=visit.now)


def outcome(session: Session, row: Trial, *, of_this: bool = False) -> TrialOutcome:
    """Return what a trial showed; call `settle` first."""
    progress = trial_progress.progress(session, row)
    found = values.finding(row.finding) if row.finding is not None else None
    if found is None:
        said = _("cancelled") if row.state is TrialState.CANCELLED else _so_far(progress)
        return TrialOutcome(row, progress, None, said, None, of_this)
    fine = None if row.kind is TrialKind.TRY and found.broken is None else found.fine
    return TrialOutcome(row, progress, found, summary(row.kind, found), fine, of_this)


def _so_far(progress: TrialProgress) -> str:
    return _("%(finished)s of %(total)s graded", finished=progress.finished, total=progress.total)


def summary(kind: TrialKind, found: TrialFinding) -> str:
    """Return what a trial showed in a line."""
    if found.broken is not None:
        broken = found.broken
        if not broken.line:
            return _("the tests can't be run: %(file)s", file=broken.file)
        return _("the tests can't be run: %(file)s, line %(line)s", file=broken.file, line=broken.line)
    return _SUMMARIES[kind](found)


def _tried(found: TrialFinding) -> str:
    scores = [each.score for each in found.rows]
    return ", ".join(
        _("not graded") if each is None else _("%(score)s points", score=points_text(each)) for each in scores
    )


def _verified(found: TrialFinding) -> str:
    if found.fine:
        return ngettext(
            "the submission gets the expected result",
            "all %(num)s submissions get the expected result",
            found.number,
        )
    return _(
        "%(wrong)s of %(all)s submissions do not get the expected result",
        wrong=len(found.wrong),
        all=found.number,
    )


def _seeded(found: TrialFinding) -> str:
    if found.fine:
        return ngettext(
            "the submission gets the same result under every seed",
            "all %(num)s submissions get the same result under every seed",
            found.number,
        )
    return _("%(wrong)s of %(all)s submissions depend on the seed", wrong=len(found.wrong), all=found.number)


def _proved(found: TrialFinding) -> str:
    said = _("%(caught)s of %(mistakes)s known mistakes caught", caught=found.caught, mistakes=found.mistakes)
    if found.fine or found.caught < found.mistakes:
        return said
    return _(
        "%(said)s, %(number)s submissions do not get the expected result", said=said, number=len(found.wrong)
    )


_SUMMARIES = {
    TrialKind.TRY: _tried,
    TrialKind.VERIFY: _verified,
    TrialKind.SEEDS: _seeded,
    TrialKind.PROVE: _proved,
}


def of_live(session: Session, live: SuiteRow | None) -> TrialFinding | None:
    """Return what the last verification of the live version showed, if there was one."""
    if live is None:
        return None
    rows = store.verifications(session, live.assignment_id, live.digest)
    return next((values.finding(each.finding) for each in rows if each.finding is not None), None)


def matrix(trial: Trial, found: TrialFinding, live: TrialFinding | None, asked: Assignment) -> Matrix:
    """Return a finding as a table, beside what the live version showed of the same hand-ins."""
    functions = list(dict.fromkeys(cell.function for row in found.rows for cell in row.cells))
    places = {each["name"]: place for place, each in reversed([*enumerate(trial.hand_ins)])}
    pointless = {each.name for each in asked.functions if not each.points}
    lines = [
        MatrixRow(
            row,
            places.get(row.name, 0),
            _cells(row, functions, live.row(row.name) if live else None, pointless),
            new=live is not None and live.row(row.name) is None,
        )
        for row in found.rows
    ]
    lines.sort(key=lambda each: each.order)
    names = {each.name for each in found.rows}
    gone = [each.name for each in live.rows if each.name not in names] if live else []
    return Matrix(functions, lines, live is not None, gone)


def _cells(
    row: FindingRow, functions: Sequence[str], before: FindingRow | None, pointless: Collection[str]
) -> Sequence[MatrixCell | None]:
    old = {each.function: each for each in before.cells} if before else {}
    own = {each.function: each for each in row.cells}

    def judged(name: str) -> MatrixCell | None:
        if name not in own:
            return None
        now = _shown(own[name], pointless)
        if before is None or now == _shown(old.get(name), pointless):
            return MatrixCell(now)
        return MatrixCell(now, _shown(old.get(name), pointless), _way(old.get(name), own[name]))

    return [judged(name) for name in functions]


def _shown(cell: Cell | None, pointless: Collection[str]) -> str:
    """Return what a cell says: points, or how it ended where there are none to get."""
    if cell is None:
        return _("not asked")
    return VERDICTS[Verdict(cell.verdict)].word if cell.function in pointless else points_text(cell.score)


def _way(before: Cell | None, now: Cell) -> str:
    if before is None or before.score == now.score:
        return "◆"
    return "▲" if now.score > before.score else "▼"
