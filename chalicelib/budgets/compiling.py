"""Compiling: the cost controls of a team with what has been used under each, as SDKs poll it before
they call a model.

The set is one document, made anew when somebody asks and it is older than it may be; a rule that is
written makes it at once. So polls cost one read.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from chalicelib.budgets.crossings import Crossing, find_crossings, note_crossings
from chalicelib.budgets.records import COST_CONTROL, CostControl, RuleFilter
from chalicelib.budgets.usage import Usage, read_usage
from chalicelib.budgets.vocabulary import AlertDimension, AlertFilterOperator, CostControlMetricType
from chalicelib.budgets.windows import BudgetWindow, window_at
from chalicelib.kit.clock import SECOND, iso
from chalicelib.kit.ids import number_of
from chalicelib.kit.jsontext import dumps
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.measures import plain
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.listing import read_all

Json = dict[str, Any]
_KIND, _ID = "ENFORCEMENT_RULES", "compiled"
_DIGITS = Decimal("1e-9")
MOST_RULES = 500
"""Rules that a team may have: each is a question to the lake."""
_MOST_GROUPS = 1_000
"""Persons of a rule in the set, those who used most; no document may grow without an end."""
_MOST_CROSSED = 2_000
"""Crossings that are remembered in the set; others are found to be known when they are stored."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A compiled set: the rules as SDKs read them, and when it was made (UTC epoch ms)."""

    rules: Sequence[Json]
    compiled_at: int


def read_rules(world: World, team: Scope, rule_id: str = "") -> RuleSet:
    """The compiled set of a team, at most `enforcement_age_s` old unless the lake is too busy to be
    asked, which `compiled_at` tells; of one cost control when its id is given, nothing for an id
    that is unknown. Raises EngineBusy when there is no set yet."""
    record = world.documents.get(team, _KIND, _ID)
    kept = RuleSet(_read(record.doc["rules"]), record.doc["compiledAt"]) if record else None
    oldest = world.now() - int(world.settings.enforcement_age_s * SECOND)
    is_fresh = kept is not None and kept.compiled_at >= oldest
    found = kept if kept and is_fresh else _renew(world, team, kept)
    if not rule_id:
        return found
    number = number_of(rule_id)
    return replace(found, rules=[each for each in found.rules if each["ruleId"] == number])


def _renew(world: World, team: Scope, kept: RuleSet | None) -> RuleSet:
    """A new set; the one that is kept when the lake cannot be asked: rules that stop too early or
    too late by a minute are better than none."""
    try:
        return compile_rules(world, team)
    except EngineBusy:
        if kept is None:
            raise
        return kept


def compile_rules(world: World, team: Scope, *, changed: bool = False) -> RuleSet:
    """Make the set anew, and keep it, unless one that began later is kept by now; when rules have
    just `changed`, in any case. Raises EngineBusy."""
    now = world.now()
    asker = Asker.of(world, team)
    rules: list[Json] = []
    crossings: list[Crossing] = []
    for rule in list_rules(world, team):
        window = window_at(rule.window, now)
        usage = read_usage(asker, rule, window.until(now))
        rules += _compile(team, rule, window, usage, now)
        crossings += find_crossings(rule, window, usage)
    text = dumps(rules).decode()
    record = world.documents.get(team, _KIND, _ID)
    known: Sequence[str] = record.doc.get("crossed", ()) if record else ()
    crossed = note_crossings(world, team, crossings, known)

    def change(doc: Doc) -> Doc | None:
        if not changed and doc.get("compiledAt", 0) >= now:
            return None
        return {"rules": text, "compiledAt": now, "crossed": crossed[:_MOST_CROSSED]}

    amend(world.documents, team, _KIND, _ID, change)
    return RuleSet(_read(text), now)


def _read(text: str) -> list[Json]:
    """The rules of a kept set, amounts exact."""
    return json.loads(text, parse_float=Decimal)  # type: ignore[no-any-return]


def list_rules(world: World, team: Scope) -> list[CostControl]:
    """The cost controls of a team that are switched on, by name."""
    rules = map(CostControl.of, read_all(world, team, COST_CONTROL, MOST_RULES))
    return [rule for rule in rules if rule.is_enabled]


def _compile(
    team: Scope, rule: CostControl, window: BudgetWindow, usage: Usage, now: int
) -> Iterator[Json]:
    """A rule as SDKs read it. What is limited by person has a line for each; by any other group,
    the rule stands once for each group that is over a line, with a filter for it."""
    head = {
        "ruleId": number_of(rule.id),
        "teamId": number_of(team),
        "name": rule.name,
        "action": rule.action,
        "shadowMode": rule.is_shadow,
        "metricType": rule.metric,
        "periodType": rule.window,
        "denyMessage": rule.deny_message or None,
        **window.times(),
        "compiledAt": iso(now),
    }
    if usage.unpriced:
        head["unpricedCount"] = usage.unpriced
    if rule.group_by is None:
        yield head | _filters(rule.filters) | _lines(rule, usage.total) | {"groupBreakdown": None}
        return
    head["groupBy"] = rule.group_by
    if rule.group_by is AlertDimension.SUBSCRIBER:
        yield head | _filters(rule.filters) | _persons(rule, usage)
        return
    for name, value in usage.groups.items():
        lines = _lines(rule, value)
        if lines["breached"] or lines["warnBreached"]:
            own = RuleFilter(rule.group_by, AlertFilterOperator.IS, (name,))
            yield head | _filters([*rule.filters, own]) | lines | {"groupBreakdown": None}


def _filters(filters: Sequence[RuleFilter]) -> Json:
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
        "percentUsed": _fraction(value, rule.threshold),
        "warnPercentUsed": None if warn is None else _fraction(value, warn),
        "breached": value >= rule.threshold,
        "warnBreached": None if warn is None else value >= warn,
    }


def _persons(rule: CostControl, usage: Usage) -> Json:
    """The lines of a limit by person: nobody is over it before anybody has used anything."""
    ranked = sorted(usage.groups.items(), key=lambda pair: (-pair[1], pair[0]))
    highest = ranked[0][1] if ranked else Decimal(0)
    lines = _lines(rule, highest)
    people: list[Json] = []
    for name, value in ranked[:_MOST_GROUPS]:
        people.append(
            {
                "groupValue": name,
                "displayName": name,
                "currentValue": value,
                "usagePercent": _fraction(value, rule.threshold),
                "breached": value >= rule.threshold,
            }
        )
    is_money = rule.metric is CostControlMetricType.TOTAL_COST
    return lines | {"groupBreakdown": people if is_money else None}


def _fraction(value: Decimal, line: Decimal) -> Decimal:
    return plain((value / line).quantize(_DIGITS))
