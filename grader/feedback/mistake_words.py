"""From a diagnosis to its sentences, made when somebody looks. Nothing here is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from grader.feedback.mistakes import PLACES, ROWS, TRAITS, Row
from grader.feedback.text import listed, phrase
from grader.feedback.told import row_of
from grader.model import Diagnosis, Other, Term
from grader.model.language import _

UPPER_AS_IT_IS = ("f′", "g′", "f ", "g ", "dJ", "dW", "db", "y_hat")
"""Beginnings of sentences that stay as they are."""

MOST_OTHERS = 3
WHERE = "{where}: "
NEWER = Row(
    "",
    "a mistake of a newer version",
    "{where}: this version of Chainrule has no words for it. Its code is {code}.",
    "Look it up in the list of mistakes of the version that graded this.",
)
"""What is said of a code that a newer worker knows."""

_NUMBERS: Mapping[float, tuple[str, str]] = {
    0.5: ("", "2"),
    -0.5: ("−1", "2"),
    0.25: ("", "4"),
    -1.0: ("−1", ""),
    1.0: ("", ""),
}


@dataclass(frozen=True)
class Words:
    """What is said of a diagnosis; ``others`` are mistakes that give the same numbers, the first few."""

    title: str
    what: str
    help: str
    where: str
    others: tuple[str, ...] = ()


def words(each: Diagnosis) -> Words:
    """Return what is said of it in the words of today.

    Sentences that were kept before there were codes and values are shown as they were, unless they are
    surely those of a row of the catalogue.
    """
    said = each.told
    if said is None:
        return _said(each)
    row = row_of(each.code, said)
    if row is None or said.others:
        return Words(said.title, said.what, said.help, said.where, said.others)
    return Words(_(row.title), _sentence(_filled(row.what, where=said.where)), _(row.help), said.where)


def where(places: Sequence[Term], operation: str = "") -> str:
    """Return the steps as people list them, and the operation that it is about."""
    steps = listed([_term(each, PLACES) for each in places])
    return f"{steps} ({operation})" if operation else steps


def in_short(each: Diagnosis) -> str:
    """Return in a sentence what departs from the convention, and how."""
    if each.told is not None or not each.within:
        return f"{words(each).what.partition('. ')[0]}."
    said = _("%(where)s: %(mistake)s.", where=where(each.places, each.operation), mistake=title(each.within))
    return renamed(_sentence(said), dict(each.names))


def title(code: str) -> str:
    """Return what a mistake is called."""
    return _(ROWS.get(code, NEWER).title)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Return a text in which every word that has another name is replaced by it."""
    return re.sub(r"\w+", lambda found: names.get(found.group(), found.group()), text)


def bare(each: Diagnosis) -> Diagnosis:
    """Return its code and values, for programs: without cases, and with what this assignment calls things."""
    names = dict(each.names)
    others = tuple(replace(one, places=_called(one.places, names)) for one in each.others[:MOST_OTHERS])
    places, traits = _called(each.places, names), _called(each.traits, names)
    factor = each.factor if each.factor and isfinite(each.factor[2]) else None  # JSON knows no infinity
    return replace(
        each,
        cases=(),
        places=places,
        traits=traits,
        factor=factor,
        others=others,
        names=(),
        told=None,
    )


def _called(terms: Sequence[Term], names: Mapping[str, str]) -> tuple[Term, ...]:
    return tuple(Term(phrase(one.word), phrase(renamed(one.of, names))) for one in terms)


def _said(each: Diagnosis) -> Words:
    row, names = ROWS.get(each.code, NEWER), dict(each.names)
    values = _values(each)
    what = _sentence(_filled(row.what, **values))
    return Words(
        renamed(_(row.title).format(**values), names),
        renamed(what, names),
        renamed(_(row.help).format(**values), names),
        renamed(values["where"], names),
        tuple(dict.fromkeys(renamed(_other(other), names) for other in each.others))[:MOST_OTHERS],
    )


def _values(each: Diagnosis) -> dict[str, str]:
    """Return what a row's texts may speak of."""
    traits = [_term(trait, TRAITS) for trait in each.traits]
    return {
        "where": where(each.places, each.operation),
        "names": ", ".join(_term(place, PLACES) for place in each.places),
        "traits": listed(traits),
        "only": "".join(_(", only where %(trait)s", trait=trait) for trait in traits),
        "times": _times(each.factor) if each.factor else _("some constant"),
        "meaning": _(" (n rows, k outputs)") if each.factor and any(each.factor[:2]) else "",
        "within": title(each.within),
        "because": each.because,
        "code": phrase(each.code),
    }


def _other(other: Other) -> str:
    return f"{title(other.mistake)}: {where(other.places, other.operation)}"


def _term(term: Term, vocabulary: Mapping[str, str]) -> str:
    """Return a term in words; of a word that a newer worker knows, the word itself and the name."""
    if term.word in vocabulary:
        return vocabulary[term.word].format(of=term.of)
    return " ".join(filter(None, [term.word.replace("_", " "), term.of]))


def _filled(what: str, **values: str) -> str:
    """Return a sentence with its values; it begins with the place where there is one."""
    said = _(what)
    return (said if values["where"] else said.replace(WHERE, "", 1)).format(**values)


def _sentence(text: str) -> str:
    """Begin with a capital, unless a name of the mathematics comes first."""
    return text if text.startswith(UPPER_AS_IT_IS) else text[:1].upper() + text[1:]


def _times(factor: tuple[int, int, float]) -> str:
    """Write a factor as people do: 2·n/k²."""
    n, k, number = factor
    above, below = _NUMBERS.get(number, (f"{number:g}".replace("-", "−"), ""))
    top = "·".join(filter(None, [above, _power("n", n), _power("k", k)])) or "1"
    bottom = "·".join(filter(None, [below, _power("n", -n), _power("k", -k)]))
    return f"{top}/{bottom}" if "·" not in bottom and bottom else f"{top}/({bottom})" if bottom else top


def _power(name: str, power: int) -> str:
    return "" if power <= 0 else name + {1: "", 2: "²"}.get(power, f"^{power}")
