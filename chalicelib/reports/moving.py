"""Moving: which groups moved the cost most against the window before, in USD, and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.clock import iso
from chalicelib.kit.money import to_usd
from chalicelib.kit.pages import page_block
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import AGENT, CUSTOMER, MODEL, PRODUCT, PROVIDER, Dimension
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.effects import Cell, explain
from chalicelib.reports.facts import (
    CALLS,
    TOKENS,
    UNPRICED_TOKENS,
    count_priced,
    count_rows,
    sum_of,
)
from chalicelib.reports.measures import quotient
from chalicelib.reports.moving_schemas import MovingQuery
from chalicelib.reports.planner import Question
from chalicelib.reports.rows import Rows
from chalicelib.reports.service import ask_rows, count_left_out, find_renames, window_before

Json = dict[str, Any]
_COST, _CALLS, _PRICED = sum_of(CALLS, "cost_nano"), count_rows(CALLS), count_priced(CALLS)
_GROUPS: Mapping[str, Dimension] = {
    "model": MODEL,
    "agent": AGENT,
    "product": PRODUCT,
    "customer": CUSTOMER,
}


@dataclass(slots=True)
class Side:
    """A group in one of the two windows: its cells, and its calls of unknown cost."""

    cells: dict[str, Cell] = field(default_factory=dict)
    unpriced: int = 0

    @property
    def cost(self) -> int:
        """Nano-USD."""
        return sum(cell.cost for cell in self.cells.values())

    @property
    def calls(self) -> int:
        """Of known cost."""
        return sum(cell.calls for cell in self.cells.values())


def find_moving(world: World, team: Scope, query: MovingQuery) -> Json:
    """See CostMovers. Raises Invalid, EngineBusy."""
    window, by = query.window(world.now()), _GROUPS[query.group_by]
    before, asker = window_before(window), Asker.of(world, team)
    question = Question(
        by=(by,),
        terms=(_COST, _CALLS, _PRICED),
        assistants=find_billed_assistants(world.documents, team),
        renames=find_renames(world, team, {by.column}),
    )
    told = [ask_rows(asker, each, question) for each in (before, window)]
    costs, unpriced = [_costs_of(rows) for rows in told], [_count_unpriced(rows) for rows in told]
    ranked = _rank(*costs)
    page = query.page_request()
    names = list(page.cut(ranked))
    sides = [_read_sides(asker, each, question, names) for each in (before, window)]
    left_out = count_left_out(asker, window, question)
    totals = [sum(each.values()) for each in costs]
    return {
        "period": _show_window(window),
        "before": _show_window(before),
        "currentCost": to_usd(totals[1]),
        "previousCost": to_usd(totals[0]),
        "change": to_usd(totals[1] - totals[0]),
        "currentUnpricedCalls": unpriced[1],
        "previousUnpricedCalls": unpriced[0],
        "movers": [_show(name, sides[0][name], sides[1][name]) for name in names],
        "page": page_block(page, len(ranked)),
        "incompleteDays": sorted(asker.incomplete),
        "flatPlanCalls": sum(left_out.values()),
    }


def _costs_of(rows: Rows) -> dict[str, int]:
    return dict(zip(rows.names, rows.amounts(_COST), strict=True))


def _count_unpriced(rows: Rows) -> int:
    return sum(rows.amounts(_CALLS)) - sum(rows.amounts(_PRICED))


def _rank(before: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    """Names by how far they moved, the farthest first."""
    moved = {name: now.get(name, 0) - before.get(name, 0) for name in (*before, *now)}
    return sorted(moved, key=lambda name: (-abs(moved[name]), name))


def _read_sides(
    asker: Asker, window: Window, question: Question, names: Sequence[str]
) -> Mapping[str, Side]:
    """Some groups in a window, by name: models by who sold them, all others by their models."""
    (by,) = question.by
    found: dict[str, Side] = defaultdict(Side)
    if not names:
        return found
    cells = Question(
        by=(by, PROVIDER if by is MODEL else MODEL),
        terms=(_COST, _CALLS, _PRICED, TOKENS, UNPRICED_TOKENS),
        filters=_narrow(by, names),
        assistants=question.assistants,
        renames=question.renames,
    )
    rows = ask_rows(asker, window, cells)
    wanted = set(names)
    told = zip(rows, *map(rows.amounts, cells.terms), strict=True)
    for group, cost, calls, priced, tokens, without in told:
        if group.name not in wanted:
            continue
        side = found[group.name]
        side.unpriced += calls - priced
        if priced:
            side.cells[str(group.names[1])] = Cell(priced, cost, tokens - without)
    return found


def _narrow(by: Dimension, names: Sequence[str]) -> dict[str, Sequence[str]]:
    """What keeps to the rows of some names; those without a name cannot be asked for by one."""
    return {} if by.absent in names else {by.column: sorted(names)}


def _show_window(window: Window) -> Json:
    return {"start": iso(window.start), "end": iso(window.end)}


def _show(name: str, before: Side, now: Side) -> Json:
    effects = explain(before.cells, now.cells)
    return {
        "groupName": name,
        "currentCost": to_usd(now.cost),
        "previousCost": to_usd(before.cost),
        "change": to_usd(effects.change),
        "changePercent": quotient(effects.change * 100, before.cost) if before.cost else None,
        "currentCalls": now.calls,
        "previousCalls": before.calls,
        "effects": {
            "volume": to_usd(effects.volume),
            "mix": to_usd(effects.mix),
            "size": to_usd(effects.size),
            "price": to_usd(effects.price),
        },
        "currentUnpricedCalls": now.unpriced,
        "previousUnpricedCalls": before.unpriced,
    }
