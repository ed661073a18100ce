"""Text that others wrote, made fit to be shown: no control or bidi characters, and bounded.

A student's exception text, file names and printed output, and an instructor's assertion texts, pass
through here before they stand in a sentence, a table or a page. Escaping is the renderer's work.
"""

import re
import unicodedata
from typing import Literal

from grader.model.language import N_, _

PHRASE = 200  # characters of foreign text inside a sentence
BLOCK = 8_000  # characters of printed output
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LISTS = {"and": N_("%(first)s and %(last)s"), "or": N_("%(first)s or %(last)s")}
_PUT_FOR_UNSEEN = {"\t": " ", "\n": " ", "\r": " "}


def phrase(text: str, limit: int = PHRASE) -> str:
    """Return `text` on one line, without what can't be seen, at most `limit` characters long."""
    return _shorten(" ".join(_seen(text[: 4 * limit]).split()), limit)


def block(text: str, limit: int = BLOCK) -> str:
    """Return `text` with its lines kept, without what can't be seen, at most `limit` characters long."""
    plain = _ANSI.sub("", text[: 4 * limit]).replace("\r\n", "\n").expandtabs(4)
    return _shorten("\n".join(_seen(line) for line in plain.split("\n")), limit)


def _seen(text: str) -> str:
    if text.isprintable():  # the usual case, and much faster than looking at each character
        return text
    return "".join(_visible(character) for character in _ANSI.sub("", text))


def _visible(character: str) -> str:
    if unicodedata.category(character) in _UNSEEN:
        return _PUT_FOR_UNSEEN.get(character, "")
    return character


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def listed(names: list[str], last: Literal["and", "or"] = "and") -> str:
    """Return the names as people write a list: ``a``, ``a and b``, ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return _(_LISTS[last], first=", ".join(names[:-1]), last=names[-1])


def number(value: float, digits: int = 2) -> str:
    """Return a relative difference as people read it: ``3.1e-2``, ``0.5``, ``1200``."""
    if value != value or value in (float("inf"), float("-inf")):
        return _("not a number") if value != value else _("infinite")
    if value == 0 or 0.1 <= abs(value) < 10_000:
        return f"{value:.{digits}g}" if abs(value) < 100 else f"{value:.0f}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def seconds(value: float) -> str:
    """Return a duration: ``5 s``, ``0.09 s``."""
    return f"{value:.3g} s"


def size(count: float) -> str:
    """Return a number of bytes in the largest unit that keeps it at 1 or more."""
    units = [_("bytes"), "KiB", "MiB", "GiB"]
    while count >= 1024 and len(units) > 1:
        count, units = count / 1024, units[1:]
    return f"{count:.4g} {units[0]}"
