"""Budgets of a team: the portfolio, the progress of one, and its reset."""

from typing import Any

from chalicelib.alerts.effects import do_effects
from chalicelib.alerts.evaluating import evaluate_rule
from chalicelib.alerts.progress import RISKS, Progress, read_progress, require_budget
from chalicelib.alerts.progress_rows import (
    show,
    show_groups,
    show_head,
    show_names,
    show_trend,
    show_use,
)
from chalicelib.alerts.progress_schemas import PORTFOLIO_ROWS, PortfolioQuery, ProgressQuery
from chalicelib.alerts.records import AlertRule, list_rules
from chalicelib.alerts.rules import ANOMALIES
from chalicelib.budgets.usage import Reader
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import iso
from chalicelib.kit.http.messages import Request
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.resources.hal import build_page, parse_sort, self_link, sort_rows
from chalicelib.resources.store import Store

Json = dict[str, Any]
PATH = "/profitstream/v2/api/ai/alerts"
_SORTED = ("risk", "percentUsed", "name", "alertId")


def page_portfolio(
    world: World, principal: Principal, query: PortfolioQuery, asked: Request
) -> Json:
    """A page of the budgets that are switched on, with their progress; those of which most is used
    come first unless it is asked for another order. Raises Invalid, EngineBusy."""
    orders = parse_sort(query.sort, _SORTED, "budget") or [("percentUsed", True)]
    now = world.now() if query.now is None else query.now
    reader = Reader(Asker.of(world, principal.team))
    budgets = [rule for rule in list_rules(world, principal.team) if rule.is_budget]
    found = [read_progress(world, principal, rule, now, reader) for rule in budgets]
    ordered = sort_rows(found, orders, _sort_value)
    rows = [_show_item(progress, query) for progress in query.request.cut(ordered)]
    return build_page(asked, query.request, PORTFOLIO_ROWS, rows, len(ordered))


def _sort_value(progress: Progress, member: str) -> Any:  # noqa: ANN401 - what can be sorted by
    match member:
        case "risk":
            return RISKS.index(progress.risk)
        case "percentUsed":
            return progress.fraction
        case "name":
            return progress.rule.name
    return progress.rule.id


def _show_item(progress: Progress, query: PortfolioQuery) -> Json:
    rule = progress.rule
    item = {
        **show_head(progress),
        **show_names(progress),
        **show_use(progress),
        **(show_trend(progress) if query.includeTrend else {}),
        "cumulativePeriod": rule.period,
        "_links": self_link(f"{PATH}/{rule.id}/budget/progress"),
    }
    if rule.group_by is None:
        return item
    values = [value for _, value in progress.groups]
    return item | {
        "groups": show_groups(progress, query.groupLimit),
        "groupCount": len(values),
        "groupsOverLimit": sum(1 for value in values if value >= rule.threshold),
        "worstPercentUsed": progress.worst,
    }


def read_one(world: World, principal: Principal, rule_id: str, query: ProgressQuery) -> Json:
    """The progress of one budget. Raises UndecodableId, UnknownRecord, Unprocessable,
    EngineBusy."""
    rule = require_budget(world, principal, rule_id)
    now = world.now() if query.now is None else query.now
    return show(read_progress(world, principal, rule, now), trend=query.includeTrend)


def reset(world: World, principal: Principal, rule_id: str) -> Json:
    """Let the use of a budget begin anew at this instant, inside its period; alerts of what was
    used before are over. Answers the progress. Raises UndecodableId, UnknownRecord, Unprocessable,
    Stale, EngineBusy."""
    require_budget(world, principal, rule_id)
    store = Store(world, principal, ANOMALIES)
    now = world.now()
    rule = AlertRule.of(store.change(store.get(rule_id), {"resetAt": iso(now)}))
    if rule.is_enabled:
        evaluate_rule(world, (principal.tenant, principal.team), rule, now=now)
    else:
        do_effects(world, principal.tenant, principal.team, rule)
    return show(read_progress(world, principal, rule, now), trend=True)
