"""A result as JSON. docs/report.schema.json describes it, and a test holds it to that."""

import json
from typing import Any

from grader.feedback.view import CaseView, FunctionView, View

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
        "mend": _mend(view),
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
    }


def unread(name: str, problem: str) -> dict[str, Any]:
    """Return the entry of a hand-in that could not be read, in the list for several."""
    return {"version": VERSION, "file": name, "status": "unreadable", "why": problem}


def dumps(documents: list[dict[str, Any]]) -> str:
    """Return one result as an object, several as a list."""
    return json.dumps(documents[0] if len(documents) == 1 else documents, indent=2, allow_nan=False)


def _mend(view: View) -> dict[str, str] | None:
    return dict(zip(("where", "message", "help"), view.mend, strict=True)) if view.mend else None


def _function(function: FunctionView) -> dict[str, Any]:
    return {
        "name": function.name,
        "score": function.score,
        "max_score": function.max_score,
        "bonus": function.bonus,
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
