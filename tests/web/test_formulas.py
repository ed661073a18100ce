"""Formulas in an assignment's text: what is one, and what a browser of today shows of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from grader.web.frame import formulas, sheet


def formulas_of(text):
    """Return the formulas that a page of this text has, as they were written."""
    found = re.findall(r'alttext="([^"]*)"', sheet.rendered(text))
    return [each.replace("&amp;", "&").replace("&gt;", ">").replace("&lt;", "<") for each in found]


MONEY = [
    "It costs $5 and then $6.",
    "From $5 to $6, $7 or $8.",
    "It costs $5.",
    "$5/$6",
    "$5-$6",
    "5$ and then 6$",
    "5 $ and then 6 $",
    "Pay $5 or 10$ more.",
    r"\$x\$",
]


@pytest.mark.parametrize("text", MONEY)
def test_dollars_that_are_money_stay(text):
    assert formulas_of(text) == []
    assert sheet.rendered(text) == f"<p>{text}</p>\n".replace("\\", "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$x$ and $2 x + 1$", ["x", "2 x + 1"]),
        ("$2$-layer, $ x $", ["2", "x"]),
        (r"$3\times$3 and 3$\times$3", [r"3\times", r"\times"]),
        (r"$10^{-3}$ and $10^{-4}$", ["10^{-3}", "10^{-4}"]),
        ("It costs $5, and $x$ is a formula.", ["x"]),
        ("$n$th and $a|b$", ["n", "a|b"]),
        ("before $$x$$ after", ["x"]),
    ],
)
def test_formulas_among_words_are_found(text, found):
    assert formulas_of(text) == found


ENVIRONMENTS = {
    "aligned": r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
    "aligned at the top": r"\begin{aligned}[t] a &= b \\ c &= d \end{aligned}",
    "align*": r"\begin{align*} a &= b \\ c &= d \end{align*}",
    "alignedat": r"\begin{alignedat}{2} a &= b & c &= d \\ e &= f & g &= h \end{alignedat}",
    "split": r"\begin{split} a &= b \\ c &= d \end{split}",
    "gathered": r"\begin{gathered} a = b \\ c = d \end{gathered}",
    "multline*": r"\begin{multline*} a = b \\ c = d \end{multline*}",
    "eqnarray": r"\begin{eqnarray} a &=& b \\ c &=& d \end{eqnarray}",
    "cases": r"f = \begin{cases} a & b \\ c & d \end{cases}",
    "dcases": r"f = \begin{dcases} a & b \\ c & d \end{dcases}",
    "matrix inside": r"\begin{aligned} a &= \begin{bmatrix} b \\ c \end{bmatrix} \\ d &= e \end{aligned}",
}


@pytest.mark.parametrize("formula", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_environments_become_rows_of_a_table(formula):
    page = sheet.rendered(f"$$\n{formula}\n$$")
    assert "<code>" not in page
    assert page.count("<mtr>") == (4 if "bmatrix" in formula else 2)
    assert "begin" not in re.sub(r'alttext="[^"]*"', "", page)


LETTERS = {
    r"\boldsymbol{w}": "𝒘",
    r"\mathbf w": "𝐰",
    r"\mathbf{W}_{12}": "𝐖",
    r"\bm{\theta}": "𝜽",
    r"\boldsymbol{\Sigma}": "𝜮",
    r"\mathbb 1": "𝟙",
    r"\mathbb{R}": "ℝ",
    r"\mathbb{E}": "𝔼",
    r"\mathcal L": "ℒ",
    r"\mathcal{N}": "𝒩",
    r"\mathfrak{g}": "𝔤",
    r"\mathfrak{R}": "ℜ",
    r"\mathsf T": "𝖳",
    r"\mathtt{x}": "𝚡",
    r"\boldsymbol{\nabla}": "𝛁",
    r"\mathbf{1}": "𝟏",
}


@pytest.mark.parametrize(("formula", "letter"), LETTERS.items(), ids=LETTERS)
def test_letters_of_a_style_are_characters_of_their_own(formula, letter):
    page = sheet.rendered(f"${formula}$")
    assert letter in page
    assert not re.search(r'mathvariant="(?!normal)', page)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("$|x|$", "|x|"),
        (r"$\|x\|$", r"\|x\|"),
        ("$p(y|x)$", "p(y|x)"),
        (r"$\left|\frac{a}{b}\right|$", r"\left|\frac{a}{b}\right|"),
        ("$$|x|$$", "|x|"),
    ],
)
def test_bars_of_a_formula_do_not_part_the_cells_of_a_table(cell, found):
    text = f"| a | b |\n|---|---|\n| {cell} | 2 |\n"
    page = sheet.rendered(text)
    assert formulas_of(text) == [found]
    assert page.count("<td>") == 2
    assert "<td>2</td>" in page


def test_bars_of_a_table_part_its_cells_beside_money_and_code():
    page = sheet.rendered("| a | b |\n|---|---|\n| $5 | $6 |\n| `$x` | `y$` |\n")
    assert page.count("<td>") == 4
    assert "<td>$5</td>" in page


def test_bars_in_code_stay():
    text = "`$|x|$`\n\n```\n$|x|$ | y\n```\n"
    assert sheet.rendered(text).count("$|x|$") == 2


@given(some.text("$|`\\ a1{}^_\n\ufdd0", max_size=60))
def test_any_text_is_shown_without_what_stands_for_bars(text):
    assert formulas.BAR not in sheet.rendered(text)
