"""The page of all known mistakes, docs/mistakes.md, of the catalogue that grading speaks from.

python -m grader.render.mistakes_page > docs/mistakes.md
"""

import sys
from collections.abc import Iterator

from grader.feedback.mistake_words import WHERE
from grader.feedback.mistakes import CHAPTERS, COUNTED, Chapter, Row

HEAD = f"""\
# Known mistakes

Every mistake that Chainrule can name: what is said of it, a line that makes it, and the line that should
stand there. A result names the mistake, the step it is at, and how certain that is; as JSON it has the code.

The lines are examples in the manner of NumPy and torch. `da`, `dz`, `dW` are gradients of the loss; `x` goes
into a layer, `z` comes out of it and goes into an activation, `a` comes out of that; `y` are labels, `y_hat`
predictions, for n rows and k outputs.

“Seen in 3 of {COUNTED}”: so many of {COUNTED} finished public submissions of a two-layer net (2020 to 2026)
made it or a mistake like it. Where nothing is said, at most one did, or nobody counted.

This page is generated: `make docs` writes it.
"""
VALUES = {
    "where": "the answers that are incorrect",
    "names": "an answer",
    "traits": "one thing is so",
    "only": "",
    "times": "2/n",
    "meaning": " (n rows), or another constant",
    "within": "averaged over the batch",
    "because": "`forward`",
    "code": "",
}
"""What stands on the page for the values of a result."""


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([HEAD, *_contents(), "", *(line for each in CHAPTERS for line in _chapter(each))])


def _contents() -> Iterator[str]:
    for each in CHAPTERS:
        anchor = each.title.lower().replace(",", "").replace(" ", "-")
        yield f"* [{each.title}](#{anchor})"


def _chapter(chapter: Chapter) -> Iterator[str]:
    yield from (f"## {chapter.title}", "")
    for row in chapter.rows:
        yield from _row(row)


def _row(row: Row) -> Iterator[str]:
    codes = ", ".join(f"`{code}`" for code in row.codes.split())
    title, what, advice = (text.format(**VALUES) for text in (row.title, _bare(row.what), row.help))
    yield from (
        f"### {title[:1].upper()}{title[1:]}",
        "",
        f"{codes}. {what[:1].upper()}{what[1:]}",
        "",
        advice,
    )
    if row.seen:
        yield f"Seen in {row.seen} of {COUNTED}."
    if row.wrong:
        yield from ("", "```python", f"# incorrect\n{row.wrong}", f"# correct\n{row.right}", "```")
    yield ""


def _bare(what: str) -> str:
    """Return the sentence without the place that it begins with."""
    return what.removeprefix(WHERE)


if __name__ == "__main__":
    sys.stdout.write(page())
