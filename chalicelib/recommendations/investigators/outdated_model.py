"""Models that have a newer and cheaper version.

Rule: the price book lists, on the last day of the period, a later version of the same family at the
same vendor (families.py) whose rates are all as low or lower. Saved is the difference on the very
same tokens. Of several versions the cheapest on these tokens is told, of equal ones the newest.

Source: the price book (docs/prices.md) by date; contract, "outdated_model = spend on a model that
has a newer, cheaper model of the same family in the catalogue, saving = price difference on the
same tokens".
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from decimal import Decimal

from chalicelib.directory.prices import list_prices
from chalicelib.pricing.rates import Rates
from chalicelib.recommendations.cells import Cell, groups_of
from chalicelib.recommendations.families import read_name, succeeds
from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    completions,
    count_calls,
    entities_of,
    shorten,
    show_usd,
    sum_costs,
)
from chalicelib.recommendations.quoting import Elsewhere, find_price, save_elsewhere
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.surveys import Survey

_KEYS = ("provider", "model", "tier")
_RATES = [field.name for field in fields(Rates)]


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each model that has a cheaper successor."""
    for (provider, model, tier), cells in groups_of(completions(survey), _KEYS).items():
        if count_calls(cells) < survey.thresholds.least_calls:
            continue
        best = _find_best(survey, cells)
        if best is None:
            continue
        name, savings = best
        chosen = Slice({"provider": provider, "model": model, "tier": tier, "failed": 0})
        yield _build(chosen, cells, name, savings)


def _find_best(survey: Survey, cells: Sequence[Cell]) -> tuple[str, dict[Cell, int]] | None:
    """The successor that saves most, and what it saves."""
    best: tuple[int, tuple[int, ...], str, dict[Cell, int]] | None = None
    for name in _list_successors(survey, cells[0]):
        elsewhere, at = Elsewhere(name), survey.window.end
        savings = {cell: save_elsewhere(survey.prices, cell, at, elsewhere) for cell in cells}
        candidate = (sum(savings.values()), read_name(name).version, name, savings)
        if candidate[0] > 0 and (best is None or candidate[:2] > best[:2]):
            best = candidate
    return None if best is None else (best[2], best[3])


def _list_successors(survey: Survey, cell: Cell) -> Iterator[str]:
    """The successors of a cell's model that are as cheap in everything."""
    own = find_price(survey.prices, cell, survey.window.end)
    found = list_prices().find(cell.text("provider"), cell.text("model"))
    if own is None or found is None:
        return
    vendor, listed = found
    for provider, name in list_prices().lines:
        if provider != vendor or not succeeds(name, listed):
            continue
        other = find_price(survey.prices, cell, survey.window.end, model=name)
        if other and _is_as_cheap(other.tariff.base, own.tariff.base):
            yield name


def _is_as_cheap(one: Rates, other: Rates) -> bool:
    """Whether no rate of the one is above the other's."""
    for name in _RATES:
        rate, limit = getattr(one, name), getattr(other, name)
        if rate is not None and limit is not None and rate > limit:
            return False
    return True


def _build(chosen: Slice, cells: Sequence[Cell], name: str, savings: dict[Cell, int]) -> Finding:
    model = chosen.values["model"]
    return Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.WASTE,
        slice=chosen,
        entities=entities_of(chosen),
        advice=Advice(
            title=f"{shorten(model)} has a cheaper successor: {shorten(name)}",
            why=(
                f"{count_calls(cells):,} calls of {shorten(model)} cost"
                f" {show_usd(sum_costs(cells))}. {name} is a later version of the same family at"
                f" the same vendor, and no dearer in anything: the same tokens would have cost"
                f" {show_usd(sum(savings.values()))} less."
            ),
            action=f"Move the calls of {shorten(model)} to {shorten(name)}.",
            steps=(
                f"Run your evaluations, or a sample of real prompts, on {shorten(name)}.",
                "Move one agent, and compare its errors, durations and outcomes for a week.",
                "Move the others, and pin the version.",
            ),
            role=Role.AI,
        ),
        certainty=Decimal("0.8"),
        savings=savings,
        elsewhere=Elsewhere(name),
        numbers={"successor": name},
    )


INVESTIGATOR = Investigator("outdated_model", "Models with a cheaper successor", look)
