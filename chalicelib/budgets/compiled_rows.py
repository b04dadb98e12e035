"""Rows of the compiled set: cost controls as SDKs read them."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.budgets.amounts import fraction
from chalicelib.budgets.readings import Usage
from chalicelib.budgets.records import CostControl, RuleFilter
from chalicelib.budgets.vocabulary import AlertDimension, AlertFilterOperator, CostControlMetricType
from chalicelib.kit.clock import iso
from chalicelib.kit.ids import number_of
from chalicelib.kit.logs import logger
from chalicelib.ports.scope import Scope
from chalicelib.reports.measures import plain

Json = dict[str, Any]


def compile_rows(
    team: Scope, rule: CostControl, usage: Usage, now: int, most: int
) -> Iterator[Json]:
    """A rule as SDKs read it. What is limited by person has a line for each; by any other group,
    the rule stands once for each group that is over a line, with a filter for it. `most` are told
    of, those that used most: no document may grow without an end."""
    head = {
        "ruleId": number_of(rule.id),
        "controlId": rule.id,
        "teamId": number_of(team),
        "name": rule.name,
        "action": rule.action,
        "shadowMode": rule.is_shadow,
        "metricType": rule.metric,
        "periodType": rule.window,
        "denyMessage": rule.deny_message or None,
        **usage.window.times(),
        "compiledAt": iso(now),
    }
    if usage.unpriced:
        head["unpricedCount"] = usage.unpriced
    if rule.group_by is None:
        yield (
            head | show_filters(rule.filters) | _lines(rule, usage.total) | {"groupBreakdown": None}
        )
        return
    head["groupBy"] = rule.group_by
    if rule.group_by is AlertDimension.SUBSCRIBER:
        yield head | show_filters(rule.filters) | _persons(rule, usage, most)
        return
    over = [(name, value) for name, value in _rank(usage) if value >= _lowest(rule)]
    if len(over) > most:
        head["groupsLeftOut"] = len(over) - most
        extra = {"team": team, "rule": rule.id, "groups": len(over) - most}
        logger().warning("more groups are over a line than polls are told of", extra=extra)
    for name, value in over[:most]:
        lines = _lines(rule, value)
        if lines["breached"] or lines["warnBreached"]:
            own = RuleFilter(rule.group_by, AlertFilterOperator.IS, (name,))
            yield head | show_filters([*rule.filters, own]) | lines | {"groupBreakdown": None}


def show_filters(filters: Sequence[RuleFilter]) -> Json:
    """The filters of a rule as SDKs read them."""
    shown: list[Json] = []
    for each in filters:
        is_list = each.operator is AlertFilterOperator.IN
        shown.append(
            {
                "dimension": each.dimension,
                "operator": each.operator,
                "value": ",".join(each.values),
                "values": list(each.values) if is_list else None,
            }
        )
    return {"filters": shown}


def _lines(rule: CostControl, value: Decimal) -> Json:
    """How far a value is from the lines of a rule. Fractions have nine decimals."""
    warn = rule.warn_threshold if rule.hard_limit is not None else None
    return {
        "threshold": plain(rule.threshold),
        "warnThreshold": None if warn is None else plain(warn),
        "currentValue": value,
        "percentUsed": fraction(value, rule.threshold),
        "warnPercentUsed": None if warn is None else fraction(value, warn),
        "breached": value >= rule.threshold,
        "warnBreached": None if warn is None else value >= warn,
    }


def _lowest(rule: CostControl) -> Decimal:
    """The line that a rule has first."""
    lines = (rule.hard_limit, rule.warn_threshold)
    return min(line for line in lines if line is not None)


def _rank(usage: Usage) -> list[tuple[str, Decimal]]:
    return sorted(usage.groups.items(), key=lambda pair: (-pair[1], pair[0]))


def _persons(rule: CostControl, usage: Usage, most: int) -> Json:
    """The lines of a limit by person: nobody is over it before anybody has used anything."""
    ranked = _rank(usage)
    highest = ranked[0][1] if ranked else Decimal(0)
    lines = _lines(rule, highest)
    people: list[Json] = []
    for name, value in ranked[:most]:
        people.append(
            {
                "groupValue": name,
                "displayName": name,
                "currentValue": value,
                "usagePercent": fraction(value, rule.threshold),
                "breached": value >= rule.threshold,
            }
        )
    if len(ranked) > most:
        lines["groupsLeftOut"] = len(ranked) - most
    is_money = rule.metric is CostControlMetricType.TOTAL_COST
    return lines | {"groupBreakdown": people if is_money else None}
