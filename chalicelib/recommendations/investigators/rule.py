"""What all rules are made with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.kit.money import to_usd
from chalicelib.recommendations.cells import Cell, groups_of
from chalicelib.recommendations.findings import Entity, Finding, Input, Query
from chalicelib.recommendations.habits import WORK
from chalicelib.recommendations.slices import FacetValue, Slice
from chalicelib.recommendations.surveys import Survey

_DIMENSIONS = {
    "agent": "agent",
    "taskType": "task_type",
    "model": "model",
    "provider": "provider",
    "organizationId": "consuming_org_id",
    "credentialId": "credential_id",
}
"""Dimensions of the contract by facet, those first that say most."""
_LONGEST, _SHOWN = 200, 40
_EVERYTHING = Entity("cost_source", "revenium_metered")


@dataclass(frozen=True, slots=True)
class Investigator:
    """A rule that is run. `id` is also the category of its findings; `version` counts up when the
    rule changes. `needs` are the questions of the survey that it looks at beside the cells."""

    id: str
    name: str
    look: Callable[[Survey], Iterable[Finding]]
    needs: tuple[str, ...] = ()
    version: str = "1"


def entities_of(chosen: Slice, label: str = "") -> tuple[Entity, ...]:
    """What a slice is about; all calls when it says nothing. `label` is the name of a customer or a
    key, which slices know by their ids."""
    found: list[Entity] = []
    for facet, dimension in _DIMENSIONS.items():
        if value := str(chosen.values.get(facet, "")):
            shown = label if facet.endswith("Id") else ""
            found.append(Entity(dimension, value[:_LONGEST], shown[:_LONGEST]))
    return tuple(found) or (_EVERYTHING,)


def shorten(name: FacetValue) -> str:
    """A name as it stands in a title; calls without one are told so."""
    text = " ".join(str(name).split()) or "no name"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def show_usd(nano: int) -> str:
    """12.34 USD; more digits where it is less than a cent."""
    return f"{to_usd(nano):,.2f} USD" if abs(nano) >= 10**7 or not nano else f"{to_usd(nano):f} USD"


def show_share(share: float) -> str:
    """12 %, or 1.2 %."""
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %"


def completions(survey: Survey, *, failed: bool = False) -> Sequence[Cell]:
    """The cells of completions that cost something: of those that did not fail, or of those that
    did."""
    found: list[Cell] = []
    for cell in survey.cells():
        is_wanted = cell.text("kind") == "COMPLETION" and cell.flag("failed") is failed
        if is_wanted and cell.cost > 0:
            found.append(cell)
    return found


def by_work(cells: Sequence[Cell]) -> Mapping[tuple[FacetValue, ...], list[Cell]]:
    """Cells by the kind of their work."""
    return groups_of(cells, WORK)


def work_slice(key: Sequence[FacetValue], **more: FacetValue) -> Slice:
    """The calls of one kind of work."""
    return Slice({**dict(zip(WORK, key, strict=True)), **more})


def share_out(amount: int, cells: Sequence[Cell], costs: Sequence[int]) -> dict[Cell, int]:
    """An amount, given to cells in proportion to their `costs` and to none more than that: all of
    it, as far as they reach."""
    total = sum(costs)
    wanted = min(amount, total)
    if wanted <= 0:
        return {}
    shares: dict[Cell, int] = {}
    passed = given = 0
    for cell, cost in zip(cells, costs, strict=True):
        if cost > 0:
            passed += cost
            shares[cell] = wanted * passed // total - given
            given += shares[cell]
    return shares


def usd(name: str, nano: int, query: Query | None = None) -> Input:
    """An input that is money."""
    return Input(name, to_usd(nano), "USD", query)


def number(name: str, value: int, unit: str) -> Input:
    """An input that is a number of something."""
    return Input(name, Decimal(value), unit)


def count_calls(cells: Iterable[Cell]) -> int:
    """How many calls cells have."""
    return sum(cell.calls for cell in cells)


def sum_costs(cells: Iterable[Cell]) -> int:
    """What cells cost, nano-USD."""
    return sum(cell.cost for cell in cells)
