"""How far trials are, and what they showed, from the states and the cases of their gradings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from grader.assignment import script_folder
from grader.database import report_rows
from grader.database.db import Session
from grader.database.store import drafts as store
from grader.database.store import files, forgetting
from grader.database.tables import Grading, SuiteRow, Trial, TrialKind, TrialState
from grader.model import Status
from grader.services.courses import suites
from grader.verifying import proof_file, samples, trial_findings


@dataclass(frozen=True)
class TrialProgress:
    """How far a trial is."""

    trial: Trial
    state: TrialState
    finished: int
    total: int


def progress(session: Session, row: Trial) -> TrialProgress:
    """Return how far a trial is: done once every grading is through."""
    if row.state is not TrialState.RUNNING:
        return TrialProgress(row, row.state, len(row.hand_ins), len(row.hand_ins))
    counts = store.counts(session, row.id)
    left = counts.get(Status.QUEUED, 0) + counts.get(Status.RUNNING, 0)
    state = TrialState.RUNNING if left else TrialState.DONE
    return TrialProgress(row, state, sum(counts.values()) - left, len(row.hand_ins))


def settled(session: Session, row: Trial, *, now: datetime) -> trial_findings.TrialFinding | None:
    """Return what a trial showed, None before it is through.

    What it showed is kept the first time that somebody asks; of a proof and of seeds, nothing else is.
    """
    if row.finding is not None:
        return trial_findings.finding(row.finding)
    if progress(session, row).state is not TrialState.DONE:
        return None
    found = _FINDINGS[row.kind](session, row)
    if store.end(session, row.id, TrialState.DONE, now, finding=trial_findings.plain(found)):
        session.refresh(row)
        if row.kind in _FORGOTTEN:
            freed = store.forget_runs(session, [row.id])
            forgetting.give_back_storage(session, row.assignment.course_id, freed)
    return found


def _runs(session: Session, row: Trial) -> list[trial_findings.TrialRun]:
    cases = store.cases(session, row.id)
    return [
        trial_findings.TrialRun(said["name"], report_rows.report(run, cases.get(run.id, ())), said["shows"])
        for run in store.runs(session, row.id)
        if (said := row.hand_ins[run.place or 0])
    ]


def _tried(session: Session, row: Trial) -> trial_findings.TrialFinding:
    return trial_findings.tried(_runs(session, row), suites.asked(session, row.suite))


def _verified(session: Session, row: Trial) -> trial_findings.TrialFinding:
    whole = contents(session, row.suite)
    assignment = suites.asked(session, row.suite)
    found = samples.samples(whole, assignment, "")
    warnings = [*samples.gaps(found, assignment), *script_folder.warnings_of(whole, assignment)]
    return trial_findings.verified(
        _runs(session, row), trial_findings.expected(found, assignment), assignment, warnings
    )


def _seeded(session: Session, row: Trial) -> trial_findings.TrialFinding:
    """Compare what each sample got under several seeds; one sample at a time, since they are many reports."""
    assignment = suites.asked(session, row.suite)
    found = samples.samples(contents(session, row.suite), assignment, "")
    grouped: dict[str, list[Grading]] = {}
    for run in store.runs(session, row.id):
        grouped.setdefault(row.hand_ins[run.place or 0]["name"], []).append(run)
    expected = trial_findings.expected(found, assignment)
    rows = (
        trial_findings.under_seeds(_under_seeds(session, row, runs), expected[name], assignment)
        for name, runs in grouped.items()
    )
    return trial_findings.seeded(rows)


def _under_seeds(session: Session, row: Trial, runs: Sequence[Grading]) -> list[trial_findings.TrialRun]:
    cases = store.cases_of(session, [each.id for each in runs])
    return [
        trial_findings.TrialRun(said["name"], report_rows.report(run, cases.get(run.id, ())), said["shows"])
        for run in runs
        if (said := row.hand_ins[run.place or 0])
    ]


def _proved(session: Session, row: Trial) -> trial_findings.TrialFinding:
    assignment = suites.asked(session, row.suite)
    proof = proof_file.read(contents(session, row.suite), assignment, "")
    return trial_findings.proved(_runs(session, row), assignment, proof.functions if proof else ())


_FINDINGS: Mapping[TrialKind, Callable[[Session, Trial], trial_findings.TrialFinding]] = {
    TrialKind.TRY: _tried,
    TrialKind.VERIFY: _verified,
    TrialKind.SEEDS: _seeded,
    TrialKind.PROVE: _proved,
}
# Kinds of so many gradings that they are not kept beside what they showed.
_FORGOTTEN = (TrialKind.PROVE, TrialKind.SEEDS)


def contents(session: Session, suite: SuiteRow) -> dict[str, bytes]:
    """Return all files of a version, those that only travel with it too."""
    return suites.extras(session, suite) | files.of_suite(session, suite.id, in_suite=True)
