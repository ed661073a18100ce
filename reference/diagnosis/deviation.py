"""What can be said of wrong answers that no known mistake explains: what was not given, factors, places."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

from reference.diagnosis.explanation import Cases, Explanation, Factor
from reference.diagnosis.matching import Evidence, same
from reference.programs.program import Place
from reference.terms import Term, Where

POWERS = (0, 1, -1, 2, -2)
NUMBERS = (1.0, 2.0, 0.5, -1.0, -2.0, -0.5, 4.0, 0.25)
CLOSE = 1e-4
"""Two factors are the same that agree to so many digits: float32 numbers are behind them."""


def not_given(evidence: Sequence[Evidence]) -> tuple[Explanation, ...]:
    """Explain answers that did not come: by what those questions, and no others, have in common."""
    absent = {number for number, each in enumerate(evidence) if not each.is_complete}
    if not absent or len(absent) == len(evidence):
        return ()
    for trait, node in _traits(evidence).items():
        if {number for number, each in enumerate(evidence) if trait in each.program.traits()} == absent:
            cases = tuple(
                (number, name) for number in sorted(absent) for name in evidence[number].program.names
            )
            nodes = (node,) if node else ()
            return (Explanation("fault", "not_handled", cases, nodes=nodes, traits=(trait,)),)
    return ()


def swapped(evidence: Sequence[Evidence]) -> tuple[Explanation, ...]:
    """Explain wrong answers that are each the right answer to something else; empty unless all are."""
    numeric = [each for each in evidence if each.is_complete]
    places = _wrong_places(evidence)
    for place in places:
        telling = [each for each in numeric if place.label in each.program.names]
        others = [name for name in telling[0].program.names if name != place.label]
        if not any(
            all(same(each.found[place.label], each.truth[name]) for each in telling) for name in others
        ):
            return ()
    cases = _cases(evidence, {each.label for each in places})
    return (Explanation("fault", "swapped", cases, where=_where(places), nodes=_nodes(places)),)


def factors(evidence: Sequence[Evidence]) -> tuple[Explanation, ...]:
    """Explain wrong answers that are everywhere the same multiple of the right ones, in terms of n and k.

    Empty unless every wrong answer is explained.
    """
    found: dict[Factor | None, list[Place]] = {}
    for place in _wrong_places(evidence):
        ratios = _ratios(evidence, place.label)
        factor = _factor(ratios) if ratios else None
        if factor is None and not (ratios and _is_fixed(ratios)):
            return ()
        found.setdefault(factor, []).append(place)
    return tuple(_scaled(evidence, factor, places) for factor, places in found.items())


def _scaled(evidence: Sequence[Evidence], factor: Factor | None, places: Sequence[Place]) -> Explanation:
    return Explanation(
        "factor",
        "constant_factor" if factor else "size_fixed",
        _cases(evidence, {place.label for place in places}),
        where=_where(places),
        nodes=_nodes(places),
        factor=factor,
    )


def unknown(evidence: Sequence[Evidence]) -> tuple[Explanation, ...]:
    """Say which answers deviate, and where those questions differ from the ones that are right."""
    places = _wrong_places(evidence)
    wrong = {number for number, each in enumerate(evidence) if each.wrong}
    traits = tuple(
        trait
        for trait in _traits(evidence)
        if {number for number, each in enumerate(evidence) if trait in each.program.traits()} == wrong
    )
    return (
        Explanation(
            "unknown",
            "unknown",
            _cases(evidence, {place.label for place in places}),
            sure="deviation",
            where=_where(places),
            nodes=_nodes(places),
            traits=traits,
        ),
    )


Ratios = Sequence[tuple[float, Mapping[str, int]]]
"""By what each question's answer is too large, with the sizes of the question."""


def _ratios(evidence: Sequence[Evidence], name: str) -> Ratios:
    """Return the ratios of one answer; none if there is not one for each question that has any.

    Where nothing but zeros is right and given, any factor fits.
    """
    asked = [each for each in evidence if each.is_complete and name in each.program.names]
    telling = [each for each in asked if not _is_silent(each, name)]
    found = [(_ratio(each, name), each.program.sizes) for each in telling]
    return [(ratio, sizes) for ratio, sizes in found if ratio] if all(ratio for ratio, _ in found) else []


def _is_silent(each: Evidence, name: str) -> bool:
    found, truth = each.found[name], each.truth[name]
    return found.shape == truth.shape and not truth.any() and not found.any()


def _factor(ratios: Ratios) -> Factor | None:
    """Return the simplest factor that explains all ratios."""
    for n, k, number in sorted(product(POWERS, POWERS, NUMBERS), key=_simple):
        if all(_near(ratio, number * sizes["n"] ** n * sizes["k"] ** k) for ratio, sizes in ratios):
            return n, k, number
    return None


def _simple(factor: Factor) -> tuple[int, int]:
    n, k, number = factor
    return abs(n) + abs(k), NUMBERS.index(number)


def _is_fixed(ratios: Ratios) -> bool:
    """Return whether a sum is divided by the same number whatever the sizes are."""
    measures: tuple[Callable[[Mapping[str, int]], int], ...] = (
        lambda sizes: sizes["n"] * sizes["k"],
        lambda sizes: sizes["n"],
        lambda sizes: sizes["k"],
    )
    first, first_sizes = ratios[0]
    return any(
        len({measure(sizes) for _, sizes in ratios}) > 1
        and all(_near(ratio / measure(sizes), first / measure(first_sizes)) for ratio, sizes in ratios)
        for measure in measures
    )


def _ratio(each: Evidence, name: str) -> float | None:
    found, truth = each.found[name], each.truth[name]
    if found.shape != truth.shape or not truth.numel():
        return None
    scale = truth.flatten()[int(truth.abs().argmax())]
    ratio = float(found.flatten()[int(truth.abs().argmax())] / scale) if float(scale) else float("nan")
    return ratio if ratio == ratio and ratio and same(found, ratio * truth) else None


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= CLOSE * abs(other)


def _traits(evidence: Sequence[Evidence]) -> Mapping[Term, str]:
    return {trait: node for each in evidence for trait, node in each.program.traits().items()}


def _wrong_places(evidence: Sequence[Evidence]) -> list[Place]:
    def places() -> Iterator[Place]:
        for each in evidence:
            if each.is_complete:
                yield from (place for place in each.program.places if place.label in each.wrong)

    return list(dict.fromkeys(places()))


def _cases(evidence: Sequence[Evidence], names: set[str]) -> Cases:
    return tuple(
        (number, name)
        for number, each in enumerate(evidence)
        if each.is_complete
        for name in each.program.names
        if name in each.wrong and name in names
    )


def _where(places: Sequence[Place]) -> Where:
    return Where(tuple(place.term for place in places))


def _nodes(places: Sequence[Place]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(place.node for place in places))
