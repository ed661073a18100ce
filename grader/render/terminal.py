"""Results on a terminal: colour and columns there, the same words line by line on a pipe."""

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.arithmetic.scoring import points_text
from grader.feedback.manual import waits_text
from grader.feedback.mending import Mend
from grader.feedback.text import phrase, seconds
from grader.feedback.view import CaseView, FunctionView, View
from grader.model import VERDICTS, Status, Verdict
from grader.model.language import _

_WIDTH = 79
_NAME = 24
_TOTAL = len("100.00 / 100")


@dataclass(frozen=True)
class TerminalRow:
    """One line of a table: what it is about, the figures, the verdict, and a remark."""

    name: str
    figures: str
    verdict: Verdict | None
    remark: str = ""

    @property
    def said(self) -> str:
        """The verdict as a sign and a word."""
        if self.verdict is None:
            return _("hidden")
        look = VERDICTS[self.verdict]
        return f"{look.sign} {look.word}"


def show(view: View, name: str, console: Console, *, verbose: bool = False) -> None:
    """Print one submission's result."""
    _print(console, _header(view, name, min(console.width, _WIDTH)))
    _print(console)
    if view.functions:
        _table([_function_row(each) for each in view.functions], console)
        _print(console)
    _judged(view, console)
    _mend(view, console)
    if verbose:
        _details(view, console)
    _remarks(view, console)
    _print(console, Text(_footer(view, verbose), "dim"))


def text(view: View) -> str:
    """Return a result as a text for whoever submitted it."""
    stream = io.StringIO()
    console = Console(file=stream, width=_WIDTH, markup=False, emoji=False, highlight=False)
    _print(console, f"{view.title}: {total_text(view)}")
    _print(console, view.headline)
    _print(console)
    if view.functions:
        _table([_function_row(each) for each in view.functions], console)
        _print(console)
    for part in (_judged, _mend, _remarks):
        part(view, console)
    return stream.getvalue().rstrip() + "\n"


def _header(view: View, name: str, width: int) -> Text:
    right = total_text(view)
    rest = [_("tests %(suite)s", suite=view.suite[:6]), view.device]
    room = width - len(" · ".join([view.assignment, "", *rest])) - len(right) - 2
    left = " · ".join([view.assignment, _shortened(phrase(name), max(room, _NAME)), *rest])
    return Text.assemble((left, "bold"), " " * max(2, width - len(left) - len(right)), (right, "bold"))


def _shortened(name: str, room: int) -> str:
    """Return the name with its end kept: that is where files differ."""
    return name if len(name) <= room else f"…{name[len(name) - room + 1 :]}"


def total_text(view: View) -> str:
    """Return the total as people write it: ``41.11 / 50``."""
    if view.status is not Status.GRADED:
        return _("not graded")
    if view.score is None or view.max_score is None:
        return _("hidden")
    return f"{points_text(view.score)} / {view.max_score:g}"


def _function_row(function: FunctionView) -> TerminalRow:
    return TerminalRow(function.name, _figures(function), function.verdict, function.phrase)


def _figures(function: FunctionView) -> str:
    if function.max_score == 0:
        return _("no points")
    score = "–" if function.score is None else points_text(function.score)
    left_out = "" if function.counts else _(", not counted")
    return f"{score} / {function.max_score:g}{_(' bonus') if function.bonus else ''}{left_out}"


def _table(rows: list[TerminalRow], console: Console) -> None:
    if console.is_terminal:
        grid = Table.grid(padding=(0, 2))
        for row in rows:
            style = VERDICTS[row.verdict].colour if row.verdict else "dim"
            figures = Text(row.figures, justify="right")
            grid.add_row(Text("  " + row.name), figures, Text(row.said, style), Text(row.remark))
        console.print(grid)
        return
    widths = [max(len(text) for text in column) for column in zip(*map(_cells, rows), strict=True)]
    for row in rows:
        name, points, said = _cells(row)
        line = f"  {name:<{widths[0]}}  {points:>{widths[1]}}  {said:<{widths[2]}}  {row.remark}"
        _print(console, line.rstrip())


def _cells(row: TerminalRow) -> tuple[str, str, str]:
    return row.name, row.figures, row.said


def _judged(view: View, console: Console) -> None:
    """Print what people gave, and which parts still wait for one."""
    given = [each for each in view.manual if each.score is not None]
    for each in given:
        points = f"{points_text(each.score or 0.0)} / {each.max_score:g}{_(' bonus') if each.bonus else ''}"
        _paragraph(", ".join(filter(None, [f"{each.name}  {points}", each.why, each.by])), console)
    _paragraph(waits_text(view.manual), console)
    if given or waits_text(view.manual):
        _print(console)


def _mend(view: View, console: Console) -> None:
    if not view.mend:
        if view.status is Status.INTERNAL_ERROR:
            _print(console, view.headline)
            _paragraph(view.why, console)
            _print(console)
        return
    _print(console, Text(_("Fix this first"), "bold"))
    for place, card in enumerate(view.mend):
        if place == 1:
            _print(console, Text(_("Then"), "bold"))
        _card(card, console)
        _print(console)


def _card(card: Mend, console: Console) -> None:
    head = f"{card.where}: {card.title}" if card.title else card.where
    if card.title:
        _paragraph(head, console)
    _paragraph(f"{head}: {card.message}" if head and not card.title else card.message, console)
    for text in (card.help, card.shows, card.sure):
        _paragraph(text, console)
    for each in card.follows:
        _paragraph(_("This also causes: %(each)s", each=each), console)


def _details(view: View, console: Console) -> None:
    """Print every case, the parts and what the submission printed."""
    for function in view.functions:
        _print(console, Text(function.name, "bold"))
        _table([_case_row(case) for case in function.cases], console)
        _print(console)
        _printed(function.cases, console)
    if view.parts:
        _print(console, Text(_("Parts"), "bold"))
        for part in view.parts:
            _print(
                console,
                "  "
                + _(
                    "%(name)s: %(passed)s of %(total)s correct",
                    name=part.name,
                    passed=part.passed,
                    total=part.total,
                ),
            )
        _print(console)
    if view.output:
        _print(console, Text(_("Printed during the import"), "bold"))
        _paragraph(view.output, console)
        _print(console)


def _case_row(case: CaseView) -> TerminalRow:
    points = "" if case.points is None or not case.max_points else f"{points_text(case.points)}"
    return TerminalRow(case.name, points, case.verdict, case.remark)


def _printed(cases: Iterable[CaseView], console: Console) -> None:
    for output in dict.fromkeys(case.output for case in cases if case.output):
        _print(console, "  " + _("printed:"))
        _paragraph(output, console)


def _remarks(view: View, console: Console) -> None:
    """Print findings and notes, one line each."""
    for found in view.findings:
        _print(
            console,
            _(
                "Seen in %(file)s, line %(line)s: %(what)s (%(kind)s).",
                file=found.file,
                line=found.line,
                what=found.what,
                kind=found.kind,
            ),
        )
    for note in view.notes:
        _print(console, _("Note: %(note)s", note=note))
    if view.findings or view.notes:
        _print(console)


def _footer(view: View, verbose: bool) -> str:
    hints = [] if verbose else [_("details: --verbose")]
    return " · ".join([seconds(round(view.timing.total_seconds, 2)), *hints, _("machine-readable: --json")])


def line(name: str, view: View | None, problem: str, console: Console, *, width: int = 0) -> None:
    """Print one submission of many on one line, cut short where a terminal ends; names have `width`."""
    verdict = worst(view) if view else None
    word = TerminalRow("", "", verdict).said if verdict else _("! our fault") if view else _("! not read")
    style = VERDICTS[verdict].colour if verdict else "yellow"
    told = (total_text(view), view.headline) if view else ("", problem)
    if console.is_terminal:
        width = min(width, console.width // 3)
        name = _shortened(phrase(name), max(width, _NAME))
    text = Text.assemble(
        (f"{phrase(name):<{width}}", "bold"),
        f"  {told[0]:>{_TOTAL}}  ",
        (f"{word:<{_word_width()}}", style),
        f"  {told[1]}",
    )
    if console.is_terminal:
        console.print(text, no_wrap=True, overflow="ellipsis", highlight=False)
    else:
        _print(console, text)


def _word_width() -> int:
    return max(len(look.word) for look in VERDICTS.values()) + 2


def worst(view: View) -> Verdict | None:
    """Return the verdict that stands for a whole submission: the first function's that is not right."""
    if view.status is not Status.GRADED:
        return None
    worth = [each for each in view.functions if each.max_score > 0] or list(view.functions)
    wrong = [each.verdict for each in worth if each.verdict is not Verdict.PASSED]
    return (wrong[0] if wrong else Verdict.PASSED) if worth else Verdict.SKIPPED


def totals(views: Iterable[View | None], console: Console) -> None:
    """Print how many submissions got which verdict."""
    counted = Counter(_word(view) for view in views)
    _print(console)
    _print(
        console,
        _("%(total)s submissions: ", total=counted.total())
        + ", ".join(f"{n} {word}" for word, n in counted.most_common()),
    )


def _word(view: View | None) -> str:
    if view is None:
        return _("not read")
    verdict = worst(view)
    return VERDICTS[verdict].word if verdict else _("not graded (our fault)")


def _paragraph(text: str, console: Console) -> None:
    """Print text, indented; it may have several lines."""
    if not text:
        return
    if console.is_terminal:
        console.print(Padding(Text(text), (0, 0, 0, 2)))
        return
    for each in text.split("\n"):
        _print(console, f"  {each}")


def _print(console: Console, text: str | Text = "") -> None:
    """Print a line without rich's guesses: no markup, no highlighting, no wrapping on a pipe."""
    plain = Text(text) if isinstance(text, str) else text
    console.print(plain, soft_wrap=not console.is_terminal, highlight=False)
