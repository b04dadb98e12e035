"""Dry runs as they are shown."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.budgets.amounts import scale
from chalicelib.budgets.cost_controls import COST_CONTROLS
from chalicelib.budgets.dry_runs import DryRun, Spending, Spot, dry_run
from chalicelib.budgets.records import COST_CONTROL, CostControl
from chalicelib.budgets.vocabulary import CostControlAction, UnpricedCalls
from chalicelib.kit.clock import iso
from chalicelib.kit.money import to_usd
from chalicelib.ports.documents import Record
from chalicelib.resources.checks import check_team
from chalicelib.resources.store import Store

Json = dict[str, Any]
_MOST_ROWS = 100
_ALWAYS = (
    "a call takes what it cost; a reservation holds an estimate until the cost is known",
    "calls stand in the order in which they began, each counted before the next one begins",
    "callers that poll stop when the line is reached, and a moment late; this is what reserving "
    "would have stopped",
    "what callers would have done instead of a blocked call is not known: its retries and what "
    "followed it are here as they came",
)
_UNKNOWN_COST: Mapping[UnpricedCalls, str] = {
    UnpricedCalls.ZERO: "calls of unknown cost count for nothing",
    UnpricedCalls.ESTIMATE: "calls of unknown cost count for nothing here, because what would have "
    "been reserved for them is not known",
    UnpricedCalls.FALLBACK: "calls of unknown cost count for their tokens at fallbackPrice",
}


def try_control(store: Store, members: Mapping[str, Any], days: int) -> Json:
    """What a cost control of these members would have stopped; nothing is stored. Raises Invalid
    with all faults of it, and what `dry_run` raises."""
    check_team(members.get("teamId"), store.principal.team)
    doc = COST_CONTROLS.apply_rules(store, dict(members), None)
    control = CostControl.of(Record(COST_CONTROL, "dry-run", doc))
    return _show(control, dry_run(store.world, store.principal.team, control, days))


def _show(control: CostControl, found: DryRun) -> Json:
    over = found.over
    firsts = [each.first for each in over.values() if each.first is not None]
    ordered = sorted(over, key=lambda spot: (-over[spot].cost, -over[spot].blocked, *spot))
    return {
        "startDate": iso(found.window.start),
        "endDate": iso(found.window.end),
        "stops": control.action is CostControlAction.BLOCK,
        "calls": found.calls,
        "used": scale(control.metric, found.used),
        "unpricedCalls": found.unpriced,
        "blockedCalls": sum(each.blocked for each in over.values()),
        "blockedCost": to_usd(sum(each.cost for each in over.values())),
        "blockedUnpricedCalls": sum(each.unpriced for each in over.values()),
        "blockedFlatPlanCalls": sum(each.flat_plan for each in over.values()),
        "firstBlockedAt": iso(min(firsts)) if firsts else None,
        "windows": len({key for key, _ in over}),
        "groups": len({group for _, group in over if group}),
        "rows": [_show_row(control, spot, over[spot]) for spot in ordered[:_MOST_ROWS]],
        "rowsLeftOut": max(0, len(over) - _MOST_ROWS),
        "incompleteDays": found.incomplete,
        "approximations": list(_list_approximations(control, found)),
    }


def _show_row(control: CostControl, spot: Spot, spending: Spending) -> Json:
    return {
        **spending.window.times(),
        "groupValue": spot[1] or None,
        "calls": spending.calls,
        "used": scale(control.metric, spending.used),
        "blockedCalls": spending.blocked,
        "blockedCost": to_usd(spending.cost),
        "blockedUnpricedCalls": spending.unpriced,
        "blockedFlatPlanCalls": spending.flat_plan,
        "firstBlockedAt": iso(spending.first or 0),
    }


def _list_approximations(control: CostControl, found: DryRun) -> Iterator[str]:
    yield from _ALWAYS
    if found.unpriced:
        yield _UNKNOWN_COST[control.unpriced]
    if control.is_shadow:
        yield "in shadow mode it stops nothing: this is what it would stop in force"
    if control.action is not CostControlAction.BLOCK:
        yield "it only warns: calls that do not fit go on, and are used up too"
