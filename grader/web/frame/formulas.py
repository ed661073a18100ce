"""Formulas between dollar signs, as MathML: no script and nobody else's server is needed to read them.

Browsers follow MathML Core, which knows no ``mathvariant`` but ``normal`` on a single letter: bold and
blackboard letters must be Unicode's own (https://www.w3.org/TR/mathml-core/#the-mathvariant-attribute).
The converter (latex2mathml 3.81) knows ``split`` and not ``aligned`` and its relatives.
"""

import re
import unicodedata
from collections.abc import Mapping
from html import escape
from typing import Any
from xml.etree import ElementTree

from latex2mathml import converter
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_inline_dollar

MATHML = "http://www.w3.org/1998/Math/MathML"
# Stands for a bar of a formula while tables are taken apart; Unicode has it for nothing else.
BAR = "\ufdd0"
# The converter passes what stands in \text{…} through as it is, so its result is not trusted.
ELEMENTS = frozenset(
    "math menclose mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms "
    "mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none".split()
)
ATTRIBUTES = frozenset(
    "accent accentunder columnalign columnlines columnspacing depth display displaystyle fence form height "
    "largeop linethickness lspace mathsize mathvariant maxsize minsize movablelimits notation rowlines "
    "rowspacing rspace scriptlevel separator stretchy symmetric voffset width".split()
)
# What stands for an environment that the converter doesn't know.
_ENVIRONMENTS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("aligned", "align", "align*", "alignat", "alignat*", "alignedat", "flalign", "flalign*"),
        (r"\begin{split}", r"\end{split}"),
    ),
    **dict.fromkeys(
        ("gathered", "gather", "gather*", "multline", "multline*"), (r"\begin{array}{c}", r"\end{array}")
    ),
    **dict.fromkeys(("eqnarray", "eqnarray*"), (r"\begin{array}{rcl}", r"\end{array}")),
    "dcases": (r"\begin{cases}", r"\end{cases}"),
    "equation*": (r"\begin{equation}", r"\end{equation}"),
}
# With what may follow the name: where a block stands, how many columns it has.
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([a-z]{1,12}\*?)\}(?:\[[tcb]\])?")
_COLUMNS = re.compile(r"(\\begin\{align(?:ed)?at\*?\})(?:\[[tcb]\])?\{\d{1,2}\}")
_STYLES: Mapping[str, tuple[str, ...]] = {
    "bold": ("MATHEMATICAL BOLD",),
    "bold-italic": ("MATHEMATICAL BOLD ITALIC", "MATHEMATICAL BOLD"),
    "double-struck": ("MATHEMATICAL DOUBLE-STRUCK", "DOUBLE-STRUCK"),
    "script": ("MATHEMATICAL SCRIPT", "SCRIPT"),
    "bold-script": ("MATHEMATICAL BOLD SCRIPT",),
    "fraktur": ("MATHEMATICAL FRAKTUR", "BLACK-LETTER"),
    "bold-fraktur": ("MATHEMATICAL BOLD FRAKTUR",),
    "sans-serif": ("MATHEMATICAL SANS-SERIF",),
    "bold-sans-serif": ("MATHEMATICAL SANS-SERIF BOLD",),
    "sans-serif-italic": ("MATHEMATICAL SANS-SERIF ITALIC",),
    "sans-serif-bold-italic": ("MATHEMATICAL SANS-SERIF BOLD ITALIC",),
    "monospace": ("MATHEMATICAL MONOSPACE",),
    "italic": ("MATHEMATICAL ITALIC",),
}
# Code, which keeps its dollars; then a formula on one line, as `_dollars` takes one.
_SPANS = re.compile(
    r"(?P<ticks>`{1,3})[^`\n]+(?P=ticks)"
    r"|(?<!\\)(?:\$\$[^$\n]+\$\$|\$(?![\s$])(?:[^$\\\n]|\\.)+(?<!\s)\$(?!\d))"
)
_WORDS = re.compile(r"\s[A-Za-z]{2,}\s")
_MATHS = frozenset("\\=+*/^_<>{}|(")
ElementTree.register_namespace("", MATHML)


def use(reader: MarkdownIt) -> None:
    """Let a reader of Markdown take formulas. What it reads must have gone through `kept_together`."""
    reader.use(dollarmath_plugin, double_inline=True, renderer=mathml)
    reader.inline.ruler.at("math_inline", _dollars)


def kept_together(text: str) -> str:
    """Return a text of the same length in which no bar of a formula parts the cells of a table."""
    return _SPANS.sub(_with_stand_ins, text.replace(BAR, " "))


def _with_stand_ins(found: re.Match[str]) -> str:
    return found[0] if found["ticks"] else found[0].replace("|", BAR)


def with_bars(page: str) -> str:
    """Return what was made of such a text with its bars."""
    return page.replace(BAR, "|")


def _dollars(state: StateInline, silent: bool) -> bool:
    """Take a formula, unless the dollar is money: ``$5 and then $6``."""
    start, rule = state.pos, math_inline_dollar(allow_double=True)
    if not rule(state, True):
        return False
    end, state.pos = state.pos, start
    return not _is_money(state.src[start:end], state.src[end : end + 1]) and rule(state, silent)


def _is_money(found: str, after: str) -> bool:
    """Say so of a sum and words up to another sum.

    A formula has a space at both of its ends or at none, signs among its words, and no number behind it.
    """
    content = found[1:-1]
    if found.startswith("$$"):
        return False
    spaced = content[:1].isspace()
    if spaced != content[-1:].isspace():
        return True
    if not spaced and not content[:1].isdigit():
        return False
    if after.isdigit():
        return "\\" not in content
    return bool(_WORDS.search(content)) and not _MATHS & set(content)


def mathml(content: str, options: dict[str, Any]) -> str:
    """Return a formula as MathML, or as it was written where it can't be read."""
    content = with_bars(content)
    display = "block" if options.get("display_mode") else "inline"
    try:
        tree = ElementTree.fromstring(converter.convert(_known(content), display=display))
    # The converter raises whatever a slip of the pen leads it to.
    except Exception:
        return f"<code>{escape(content)}</code>"
    if not all(_is_math(each) for each in tree.iter()):
        return f"<code>{escape(content)}</code>"
    for each in tree.iter():
        _style(each)
    tree.set("alttext", content)
    return ElementTree.tostring(tree, encoding="unicode")


def _known(content: str) -> str:
    """Return the formula with environments that the converter knows."""

    def known(found: re.Match[str]) -> str:
        begin_end = _ENVIRONMENTS.get(found[2])
        return begin_end[found[1] == "end"] if begin_end else found[0]

    return _ENVIRONMENT.sub(known, _COLUMNS.sub(r"\1", content))


def _is_math(element: ElementTree.Element) -> bool:
    for name in [name for name in element.attrib if name not in ATTRIBUTES]:
        del element.attrib[name]
    return element.tag.startswith(f"{{{MATHML}}}") and element.tag.split("}")[1] in ELEMENTS


def _style(element: ElementTree.Element) -> None:
    """Write letters of a style as the characters that Unicode has for them."""
    styles = _STYLES.get(element.attrib.get("mathvariant", ""))
    if styles:
        del element.attrib["mathvariant"]
        element.text = "".join(_styled(each, styles) for each in element.text or "")


def _styled(character: str, styles: tuple[str, ...]) -> str:
    """Return the character in the first of the styles that has it, else as it is."""
    name = unicodedata.name(character, "")
    short = name.removeprefix("LATIN ").removeprefix("GREEK ").replace("LETTER ", "")
    for style in styles:
        try:
            return unicodedata.lookup(f"{style} {short}")
        except KeyError:
            continue
    return character
