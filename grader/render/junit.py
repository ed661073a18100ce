"""Results as JUnit XML, which continuous-integration services read: a suite per function."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from grader.feedback.text import phrase
from grader.feedback.view import CaseView, View
from grader.model import Status, Verdict
from grader.model.language import _

_ELEMENTS = {Verdict.FAILED: "failure", Verdict.SKIPPED: "skipped"}


def document(results: Iterable[tuple[str, View | None, str]]) -> str:
    """Return one document for all results: the name each was read from, its view, or why it wasn't read."""
    root = ET.Element("testsuites", name="chainrule")
    for source, view, problem in results:
        name = phrase(source)
        if view is None:
            _broken(root, name, "unreadable", problem)
            continue
        if view.status is not Status.GRADED:
            _broken(root, name, view.status.value, f"{view.headline} {view.why}".strip())
        for function in view.functions:
            suite = ET.SubElement(root, "testsuite", name=f"{name}: {function.name}")
            cases = [_case(suite, f"{name}.{function.name}", case) for case in function.cases]
            if not cases and function.verdict is not Verdict.PASSED:
                _unreached(suite, f"{name}.{function.name}", view)
            _count(suite)
    _count(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _case(suite: ET.Element, owner: str, case: CaseView) -> ET.Element:
    element = ET.SubElement(suite, "testcase", classname=owner, name=case.name, time=f"{case.seconds:.6f}")
    if case.verdict is None:
        ET.SubElement(element, "skipped", message="hidden")
    elif case.verdict is not Verdict.PASSED:
        kind = _ELEMENTS.get(case.verdict, "error")
        told = ET.SubElement(element, kind, type=case.verdict.value, message=case.message or "")
        told.text = case.advice
    if case.output:
        ET.SubElement(element, "system-out").text = case.output
    return element


def _unreached(suite: ET.Element, owner: str, view: View) -> None:
    element = ET.SubElement(suite, "testcase", classname=owner, name="loading", time="0")
    ET.SubElement(element, "error", type="load", message=view.load or _("No test covers this function."))


def _broken(root: ET.Element, name: str, kind: str, why: str) -> None:
    suite = ET.SubElement(root, "testsuite", name=name)
    element = ET.SubElement(suite, "testcase", classname=name, name="grading", time="0")
    ET.SubElement(element, "error", type=kind, message=why)
    _count(suite)


def _count(element: ET.Element) -> None:
    for attribute, tag in (
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        element.set(attribute, str(sum(1 for _ in element.iter(tag))))
