"""What changed between two price books, for whoever reviews the change: models added, removed and
priced anew."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

_NANO = -9
"""From nano-USD to USD, as a power of ten."""

Model = tuple[str, str]
"""Provider id and model id."""
Rates = Mapping[str, str]
"""USD a million tokens (of `call`: USD a call) by the name of the rate and its conditions, as
text."""


class ModelChange(NamedTuple):
    """A model that stands in both books with different prices; a rate that one of them lacks is
    empty there."""

    model: Model
    rates: tuple[tuple[str, str, str], ...]
    """(rate, old, new)"""


class Diff(NamedTuple):
    """Old book → new book."""

    added: Mapping[Model, Rates]
    removed: Mapping[Model, Rates]
    changed: Sequence[ModelChange]


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> Diff:
    """What changed between two books, given as their JSON."""
    before, after = _models(old), _models(new)
    both = [model for model in after if model in before and before[model] != after[model]]
    return Diff(
        {model: rates for model, rates in after.items() if model not in before},
        {model: rates for model, rates in before.items() if model not in after},
        [ModelChange(model, tuple(_changes(before[model], after[model]))) for model in both],
    )


def lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """The change as text: a line a model, and at the end the counts."""
    found = diff(old, new)
    for sign, models in (("+", found.added), ("-", found.removed)):
        for (provider, model), rates in models.items():
            told = ", ".join(f"{name} {usd}" for name, usd in rates.items())
            yield f"{sign} {provider} {model}: {told or 'no price'}"
    for (provider, model), changes in found.changed:
        told = ", ".join(
            f"{name} {before or 'none'} → {after or 'none'}" for name, before, after in changes
        )
        yield f"~ {provider} {model}: {told}"
    counts = f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed"
    yield f"{old['version']} → {new['version']}: {counts}"


def _changes(before: Rates, after: Rates) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield name, before.get(name, ""), after.get(name, "")


def _models(book: Mapping[str, Any]) -> dict[Model, Rates]:
    return {
        (provider["id"], line["id"]): dict(_rates(line))
        for provider in book["providers"]
        for line in provider["models"]
    }


def _rates(line: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every rate of a model, named with what it holds under."""
    if line.get("free"):
        yield "price", "free"
    for when, price in line.get("prices", ()):
        yield from _name_rates(price, _when(when))
    for properties, when, price in line.get("variants", ()):
        told = "".join(f" {name}={value}" for name, value in properties.items())
        yield from _name_rates(price, told + _when(when))


def _when(when: object) -> str:
    if when is None:
        return ""
    return f" from {when}" if isinstance(when, str) else f" between {when} ms of the day"


def _name_rates(price: Mapping[str, Any] | None, told: str) -> Iterator[tuple[str, str]]:
    if price is None:
        yield f"tokens{told}", "tell no cost"
        return
    for name, rate in price.items():
        base, *steps = rate if isinstance(rate, list) else [rate]
        yield f"{name}{told}", "unknown" if base is None else _usd(base)
        yield from ((f"{name}{told} over {start} tokens", _usd(value)) for start, value in steps)


def _usd(nano: int) -> str:
    return f"{Decimal(nano).scaleb(_NANO).normalize():f}"
