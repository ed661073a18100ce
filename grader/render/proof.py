"""What a proof shows: for people on a terminal or a pipe, as JSON, and as a table for a page."""

import json as _json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from grader.feedback.text import number
from grader.model import Suite
from grader.model.language import N_, _
from grader.verifying.judging import Near, Tally, Tried
from grader.verifying.proof_file import HandInMade, Kind

COLUMNS = (
    N_("function"),
    N_("known mistakes caught"),
    N_("nearest mistake, × tolerance"),
    N_("farthest correct variant"),
    N_("cases in between"),
)


def show(tried: Sequence[Tried], tallies: Sequence[Tally], console: Console) -> None:
    """Print survivors, correct variants that lose points, other names, margins, and a summary line."""
    show_problems(tried, console)
    for each in tallies:
        console.print(_tally(each), soft_wrap=True, highlight=False)
    console.print(f"\n{summary(tried)}", soft_wrap=True, highlight=False)


def show_problems(tried: Sequence[Tried], console: Console) -> None:
    """Print a line for each survivor, correct variant that loses points, and mistake with another name."""
    for each in tried:
        for line in _lines(each):
            console.print(line, soft_wrap=True, highlight=False)


def summary(tried: Sequence[Tried]) -> str:
    """Return the summary line."""
    wrong = [each for each in tried if not each.is_right]
    caught = sum(not each.survives for each in wrong)
    otherwise = sum(bool(each.otherwise) for each in tried)
    hurt = sum(bool(each.lost) for each in tried)
    return _(
        "%(caught)s of %(wrong)s known mistakes caught, %(otherwise)s with another name; "
        "%(tried)s correct variants, %(hurt)s of which lose points",
        caught=caught,
        wrong=len(wrong),
        otherwise=otherwise,
        tried=len(tried) - len(wrong),
        hurt=hurt,
    )


def _lines(each: Tried) -> Iterable[Text]:
    title = f"{named(each.made)}"
    if each.survives:
        yield Text.assemble(("✕", "red"), _(" survives: %(title)s", title=title))
    if each.lost:
        yield Text.assemble(
            ("✕", "red"),
            _(" correct, but loses points in %(lost)s: %(title)s", lost=", ".join(each.lost), title=title),
        )
    if each.otherwise:
        yield Text.assemble(("!", "yellow"), f" {title}: {'; '.join(each.otherwise)}")


def _tally(each: Tally) -> str:
    nearest = (
        _("nearest %(near)s", near=_near(each.nearest, "× tolerance"))
        if each.nearest
        else _("none measured by numbers")
    )
    return _(
        "\n%(function)s: %(caught)s of %(made)s known mistakes caught\n    %(nearest)s\n    correct "
        "variants within %(near)s\n    %(between)s cases of mistakes between a third and three "
        "times the tolerance",
        function=each.function,
        caught=each.caught,
        made=each.made,
        nearest=nearest,
        near=_near(each.farthest, "×"),
        between=each.between,
    )


def named(made: HandInMade) -> str:
    """Return a submission in words, with the function that it breaks."""
    if made.kind is Kind.FORM or not made.breaks:
        return made.name
    return f"{', '.join(made.breaks)}: {made.name}"


def markdown(tallies: Sequence[Tally]) -> str:
    """Return the margins as a table for a page."""
    lines = [tuple(map(_, COLUMNS)), ("---",) * len(COLUMNS), *_rows(tallies)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def json(suite: Suite, tried: Sequence[Tried], tallies: Sequence[Tally]) -> str:
    """Return everything for programs."""
    wrong = [each for each in tried if not each.is_right]
    document: dict[str, Any] = {
        "assignment": suite.assignment.slug,
        "suite": suite.digest,
        "mistakes": len(wrong),
        "caught": sum(not each.survives for each in wrong),
        "forms": len(tried) - len(wrong),
        "survivors": [_entry(each, "silent") for each in tried if each.survives],
        "hurt": [_entry(each, "lost") for each in tried if each.lost],
        "named_otherwise": [_entry(each, "otherwise") for each in tried if each.otherwise],
        "margins": [_margin(each) for each in tallies],
    }
    return _json.dumps(document, ensure_ascii=False, indent=2)


def _entry(each: Tried, which: str) -> dict[str, Any]:
    return {
        "kind": each.made.kind.value,
        "name": each.made.name,
        "functions": [*each.made.breaks],
        which: [*getattr(each, which)],
    }


def _margin(each: Tally) -> dict[str, Any]:
    return {
        "function": each.function,
        "mistakes": each.made,
        "caught": each.caught,
        "nearest": _near_entry(each.nearest),
        "farthest_right": _near_entry(each.farthest),
        "between": each.between,
    }


def _near_entry(near: Near | None) -> dict[str, Any] | None:
    return None if near is None else {"deviation": near.deviation, "name": near.name}


def _rows(tallies: Sequence[Tally]) -> list[tuple[str, ...]]:
    return [
        (
            each.function,
            _("%(caught)s of %(made)s", caught=each.caught, made=each.made),
            _near(each.nearest, "×"),
            _near(each.farthest, "×"),
            str(each.between),
        )
        for each in tallies
    ]


def _near(near: Near | None, unit: str) -> str:
    return "–" if near is None else f"{number(near.deviation)}{unit}: {near.name}"
