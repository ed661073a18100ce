"""Reports as rows and back, exactly: what a grading's rows say is the report that was recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from grader import model
from grader.database.tables import CaseResultRow, Grading
from grader.model import (
    Diagnosis,
    DiagnosisKind,
    Fact,
    Finding,
    Limits,
    Other,
    Report,
    Sentences,
    Sure,
    Term,
    Timing,
)
from grader.model.language import _


def grading_columns(report: Report) -> dict[str, Any]:
    """Return what a grading's row keeps of a report besides its cases."""
    return {
        "ran_on": report.device,
        "seed": report.seed,
        "status": report.status,
        "load_code": report.load.code,
        "load_values": dict(report.load.values),
        "findings": [asdict(each) for each in report.findings],
        "diagnoses": [asdict(each) for each in report.diagnoses],
        "notes": [{"code": each.code, "values": dict(each.values)} for each in report.notes],
        "output": report.output,
        "versions": dict(report.versions),
        "limits": asdict(report.limits),
        "timing": asdict(report.timing),
        "why": report.why,
    }


def case_columns(grading_id: int, ordinal: int, case: model.CaseResult) -> dict[str, Any]:
    """Return the row of one case."""
    return {
        "grading_id": grading_id,
        "ordinal": ordinal,
        "case": case.id,
        "function": case.function,
        "name": case.name,
        "verdict": case.verdict,
        "code": case.fact.code,
        "values": dict(case.fact.values),
        "parts": list(case.parts),
        "weight": case.weight,
        "visibility": case.visibility,
        "description": case.description,
        "output": case.output,
        "seconds": case.seconds,
        "deviation": case.deviation,
    }


def case(row: CaseResultRow) -> model.CaseResult:
    """Return the case that a row keeps."""
    return model.CaseResult(
        id=row.case,
        name=row.name,
        function=row.function,
        verdict=row.verdict,
        fact=Fact(row.code, row.values),
        parts=tuple(row.parts),
        weight=row.weight,
        visibility=row.visibility,
        description=row.description,
        output=row.output,
        seconds=row.seconds,
        deviation=row.deviation,
    )


def report(row: Grading, cases: Iterable[CaseResultRow]) -> Report:
    """Return the report that a grading's rows keep; of one that runs, what is known so far."""
    return Report(
        assignment=row.suite.slug,
        suite=row.suite.digest,
        submission=row.submission.digest,
        device=row.ran_on or row.device,
        seed=row.seed,
        status=row.status,
        cases=tuple(case(each) for each in cases),
        load=Fact(row.load_code, row.load_values),
        findings=tuple(Finding(**each) for each in row.findings),
        diagnoses=tuple(map(diagnosis, row.diagnoses)),
        notes=tuple(Fact(each["code"], each["values"]) for each in row.notes),
        output=row.output,
        versions=row.versions,
        limits=Limits(**row.limits),
        timing=Timing(**row.timing),
        why=row.why,
    )


def diagnosis(row: Mapping[str, Any]) -> Diagnosis:
    """Return a diagnosis that a row keeps: of this version, of a newer one, or of one before values."""
    factor = row.get("factor")
    return Diagnosis(
        kind=DiagnosisKind(row["kind"]),
        code=row["code"],
        function=row["function"],
        cases=tuple(row["cases"]),
        sure=Sure(row["sure"]),
        places=_terms(row.get("places", ())),
        operation=row.get("operation", ""),
        traits=_terms(row.get("traits", ())),
        factor=(factor[0], factor[1], factor[2]) if factor else None,
        within=row.get("within", ""),
        others=() if "title" in row else tuple(map(_other, row.get("others", ()))),
        names=tuple((word, name) for word, name in row.get("names", ())),
        nodes=tuple(row.get("nodes", ())),
        because=row.get("because", ""),
        told=_told(row if "title" in row else row.get("told")),
    )


def _terms(rows: Iterable[Mapping[str, Any]]) -> tuple[Term, ...]:
    return tuple(Term(each["word"], each["of"]) for each in rows)


def _other(row: Mapping[str, Any]) -> Other:
    return Other(row["mistake"], _terms(row["places"]), row["operation"])


def _told(row: Mapping[str, Any] | None) -> Sentences | None:
    """Return the sentences of a row of before there were values: an older worker still writes such rows."""
    if row is None:
        return None
    return Sentences(
        row["title"], row["what"], row["help"], row.get("where", ""), tuple(row.get("others", ()))
    )


def differences(one: Report, other: Report) -> Sequence[str]:
    """Return what differs between two reports of the same grading, in words; times and memory aside."""
    same = ("suite", "submission", "device", "seed", "status", "load", "findings", "diagnoses", "limits")
    said = [
        f"{name}: {getattr(one, name)} → {getattr(other, name)}"
        for name in same
        if getattr(one, name) != getattr(other, name)
    ]
    said += [
        _(
            "version of %(name)s: %(before)s → %(after)s",
            name=name,
            before=one.versions.get(name),
            after=other.versions.get(name),
        )
        for name in sorted({*one.versions, *other.versions})
        if one.versions.get(name) != other.versions.get(name)
    ]
    return [*said, *_case_differences(_by_id(one), _by_id(other))]


def _by_id(whole: Report) -> Mapping[str, model.CaseResult]:
    return {each.id: each for each in whole.cases}


def _case_differences(
    one: Mapping[str, model.CaseResult], other: Mapping[str, model.CaseResult]
) -> Iterable[str]:
    for name in dict.fromkeys((*one, *other)):
        before, after = one.get(name), other.get(name)
        if before is None or after is None:
            yield (
                _("%(name)s: only in the new report", name=name)
                if before is None
                else _("%(name)s: only in the old report", name=name)
            )
        elif (before.verdict, before.fact) != (after.verdict, after.fact):
            yield f"{name}: {before.verdict} {before.fact} → {after.verdict} {after.fact}"
