"""A result as JSON. docs/report.schema.json describes it, and a test holds it to that."""

import json
from collections.abc import Sequence
from typing import Any

from grader.arithmetic.scoring import PartScore
from grader.feedback.manual import ManualView
from grader.feedback.mending import Mend
from grader.feedback.view import CaseView, FunctionView, View
from grader.forms import result_structs
from grader.model import (
    Diagnosis,
    DiagnosisKind,
    Finding,
    Other,
    Status,
    Sure,
    Term,
    Timing,
    Verdict,
    Visibility,
)

VERSION = 1


def document(view: View, name: str = "") -> dict[str, Any]:
    """Return one result; ``file`` says where the submission was read from."""
    return {
        "version": VERSION,
        "assignment": view.assignment,
        "title": view.title,
        "file": name,
        "suite": view.suite,
        "submission": view.submission,
        "device": view.device,
        "seed": view.seed,
        "versions": dict(view.versions),
        "limits": dict(view.limits),
        "status": view.status.value,
        "score": view.score,
        "max_score": view.max_score,
        "summary": view.headline,
        "mend": [_mend(each) for each in view.mend],
        "load": view.load,
        "functions": [_function(each) for each in view.functions],
        "parts": [
            {"name": part.name, "passed": part.passed, "total": part.total, "share": part.share}
            for part in view.parts
        ],
        "findings": [
            {
                "kind": each.kind,
                "what": each.what,
                "file": each.file,
                "line": each.line,
                "column": each.column,
                "where": each.where,
            }
            for each in view.findings
        ],
        "notes": list(view.notes),
        "output": view.output,
        "why": view.why,
        "timing": {
            "total_seconds": view.timing.total_seconds,
            "import_seconds": view.timing.import_seconds,
            "peak_memory_bytes": view.timing.peak_memory_bytes,
        },
        "manual": [_manual(each) for each in view.manual],
    }


def unread(name: str, problem: str) -> dict[str, Any]:
    """Return the entry of a submission that could not be read, in the list for several."""
    return {"version": VERSION, "file": name, "status": "unreadable", "why": problem}


def dumps(documents: list[dict[str, Any]]) -> str:
    """Return one result as an object, several as a list."""
    return json.dumps(documents[0] if len(documents) == 1 else documents, indent=2, allow_nan=False)


def _mend(card: Mend) -> dict[str, Any]:
    return {
        "where": card.where,
        "title": card.title,
        "message": card.message,
        "help": card.help,
        "sure": card.sure,
        "shows": card.shows,
        "follows": list(card.follows),
        "nodes": list(card.nodes),
        "mistakes": [_mistake(each) for each in card.mistakes],
    }


def _mistake(each: Diagnosis) -> dict[str, Any]:
    n, k, number = each.factor or (0, 0, 1.0)
    return {
        "code": each.code,
        "kind": each.kind.value,
        "certainty": each.sure.value,
        "function": each.function,
        "places": _terms(each.places),
        "operation": each.operation,
        "traits": _terms(each.traits),
        "factor": {"n": n, "k": k, "number": number} if each.factor else None,
        "within": each.within,
        "others": [
            {"code": other.mistake, "places": _terms(other.places), "operation": other.operation}
            for other in each.others
        ],
        "nodes": list(each.nodes),
        "because": each.because,
    }


def _terms(terms: Sequence[Term]) -> list[dict[str, str]]:
    return [{"word": each.word, "of": each.of} for each in terms]


def _manual(part: ManualView) -> dict[str, Any]:
    return {
        "name": part.name,
        "score": part.score,
        "max_score": part.max_score,
        "bonus": part.bonus,
        "what": part.what,
        "waits": part.waits,
        "why": part.why,
        "by": part.by,
        "at": part.at.isoformat() if part.at else None,
    }


def _function(function: FunctionView) -> dict[str, Any]:
    return {
        "name": function.name,
        "score": function.score,
        "max_score": function.max_score,
        "bonus": function.bonus,
        "counts": function.counts,
        "verdict": function.verdict.value if function.verdict else None,
        "summary": function.phrase,
        "cases": [_case(each) for each in function.cases],
    }


def _case(case: CaseView) -> dict[str, Any]:
    return {
        "name": case.name,
        "part": ", ".join(case.parts),
        "parts": list(case.parts),
        "verdict": case.verdict.value if case.verdict else None,
        "points": case.points,
        "max_points": case.max_points,
        "message": case.message,
        "help": case.advice,
        "description": case.description,
        "output": case.output,
        "visibility": case.visibility.value,
        "seconds": case.seconds,
    }


def view(document: result_structs.ReportForm) -> View:
    """Return a result that came as JSON as a view again, for the renderers here."""
    return View(
        assignment=document.assignment,
        title=document.title,
        suite=document.suite,
        submission=document.submission,
        device=document.device,
        seed=document.seed,
        versions=document.versions,
        status=Status(document.status),
        score=document.score,
        max_score=document.max_score,
        headline=document.summary,
        functions=tuple(_function_view(each) for each in document.functions),
        parts=tuple(PartScore(each.name, each.passed, each.total, each.share) for each in document.parts),
        mend=tuple(_card(each) for each in document.mend),
        load=document.load,
        findings=tuple(
            Finding(each.kind, each.what, each.file, each.line, each.column, each.where)
            for each in document.findings
        ),
        notes=tuple(document.notes),
        output=document.output,
        timing=Timing(
            document.timing.total_seconds, document.timing.import_seconds, document.timing.peak_memory_bytes
        ),
        limits=document.limits,
        why=document.why,
        manual=tuple(_manual_view(each) for each in document.manual),
    )


def _card(mend: result_structs.MendForm) -> Mend:
    return Mend(
        where=mend.where,
        message=mend.message,
        help=mend.help,
        title=mend.title,
        sure=mend.sure,
        shows=mend.shows,
        follows=tuple(mend.follows),
        nodes=tuple(mend.nodes),
        mistakes=tuple(_diagnosis(each) for each in mend.mistakes),
    )


def _diagnosis(mistake: result_structs.MistakeForm) -> Diagnosis:
    factor = mistake.factor
    return Diagnosis(
        kind=DiagnosisKind(mistake.kind),
        code=mistake.code,
        function=mistake.function,
        cases=(),
        sure=Sure(mistake.certainty),
        places=_read_terms(mistake.places),
        operation=mistake.operation,
        traits=_read_terms(mistake.traits),
        factor=(factor.n, factor.k, factor.number) if factor else None,
        within=mistake.within,
        others=tuple(Other(each.code, _read_terms(each.places), each.operation) for each in mistake.others),
        nodes=tuple(mistake.nodes),
        because=mistake.because,
    )


def _read_terms(terms: Sequence[result_structs.TermForm]) -> tuple[Term, ...]:
    return tuple(Term(each.word, each.of) for each in terms)


def _manual_view(part: result_structs.ManualForm) -> ManualView:
    return ManualView(
        name=part.name,
        max_score=part.max_score,
        bonus=part.bonus,
        what=part.what,
        waits=part.waits,
        score=part.score,
        why=part.why,
        by=part.by,
        at=part.at,
    )


def _function_view(function: result_structs.FunctionForm) -> FunctionView:
    return FunctionView(
        name=function.name,
        score=function.score,
        max_score=function.max_score,
        verdict=_verdict(function.verdict),
        bonus=function.bonus,
        counts=function.counts,
        phrase=function.summary,
        cases=tuple(_case_view(each) for each in function.cases),
    )


def _case_view(case: result_structs.CaseForm) -> CaseView:
    return CaseView(
        name=case.name,
        parts=tuple(case.parts),
        verdict=_verdict(case.verdict),
        points=case.points,
        max_points=case.max_points,
        message=case.message,
        advice=case.help,
        description=case.description,
        output=case.output,
        seconds=case.seconds,
        visibility=Visibility(case.visibility),
    )


def _verdict(name: str | None) -> Verdict | None:
    return None if name is None else Verdict(name)
