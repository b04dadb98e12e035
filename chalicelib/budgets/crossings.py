"""Crossings: rules whose usage has moved over a line. Each is noted once a window, line and group,
as an enforcement event."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from chalicelib.budgets.amounts import fraction
from chalicelib.budgets.readings import Usage
from chalicelib.budgets.records import CostControl
from chalicelib.budgets.vocabulary import AlertDimension, CostControlAction
from chalicelib.budgets.windows import BudgetWindow
from chalicelib.kit.ids import event_id
from chalicelib.kit.logs import logger
from chalicelib.ports.documents import Record, Taken
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.measures import plain

ENFORCEMENT_EVENT = "ENFORCEMENT_EVENT"
_LAST = 10**16
_MOST, _MOST_AT_ONCE = 2_000, 200
"""Crossings of a team that are noted at all, and by one who makes its set: somebody may wait for
it; the next one goes on."""
_PERCENT = Decimal(100)


class Line(StrEnum):
    """The lines of a rule."""

    HARD = "HARD"
    WARN = "WARN"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A line that is crossed, in the unit of the metric. `group` is empty for a rule without
    groups."""

    rule: CostControl
    window: BudgetWindow
    line: Line
    threshold: Decimal
    value: Decimal
    group: str = ""

    @property
    def blocks(self) -> bool:
        """Whether calls are stopped by it, or would be without shadow mode."""
        return self.line is Line.HARD and self.rule.action is CostControlAction.BLOCK

    def id_for(self, team: Scope) -> str:
        """The same for the same line, window and group, however often it is looked at."""
        parts = "|".join((self.rule.id, self.window.key, self.line, self.group))
        return event_id(team, ENFORCEMENT_EVENT, parts)


def find_crossings(rule: CostControl, window: BudgetWindow, usage: Usage) -> Iterator[Crossing]:
    """The lines of a rule that its usage is over."""
    values = usage.groups if rule.group_by else {"": usage.total}
    lines = ((Line.HARD, rule.hard_limit), (Line.WARN, rule.warn_threshold))
    for group, value in values.items():
        for line, threshold in lines:
            if threshold is not None and value >= threshold:
                yield Crossing(rule, window, line, threshold, value, group)


def note_crossings(
    world: World, team: Scope, crossings: Sequence[Crossing], known: Sequence[str]
) -> list[str]:
    """Store an enforcement event of each crossing that is not `known` yet, so many at once; the ids
    of all that are stored. Of very many groups those are noted that are most over a line."""
    chosen = crossings
    if len(crossings) > _MOST:
        extra = {"team": team, "left": len(crossings) - _MOST}
        logger().warning("more groups are over a line than are noted", extra=extra)
        chosen = sorted(crossings, key=_urgency)[:_MOST]
    by_id = {crossing.id_for(team): crossing for crossing in chosen}
    seen = by_id.keys() & set(known)
    fresh = [identity for identity in by_id if identity not in seen][:_MOST_AT_ONCE]
    for identity in fresh:
        _store(world, team, identity, by_id[identity])
    return [*seen, *fresh]


def _urgency(crossing: Crossing) -> tuple[bool, Decimal]:
    return bool(crossing.group), -fraction(crossing.value, crossing.threshold)


def _store(world: World, team: Scope, identity: str, crossing: Crossing) -> None:
    now = world.now()
    # Pages are in the order of names: counting down puts the newest first.
    name = f"{_LAST - now:016d}"
    doc = _describe(crossing)
    record = Record(ENFORCEMENT_EVENT, identity, doc, name, created_at=now, updated_at=now)
    try:
        world.documents.create(team, record)
    except Taken:
        return  # another process saw it too


def _describe(crossing: Crossing) -> dict[str, Any]:
    rule = crossing.rule
    words = "VIOLATION" if crossing.line is Line.HARD else "WARN"
    shadow = "SHADOW_" if rule.is_shadow else ""
    percent = fraction(crossing.value, crossing.threshold) * _PERCENT
    doc: dict[str, Any] = {
        "operation": f"ENFORCEMENT_{shadow}{words}",
        "outcome": _outcome(crossing),
        "level": Line.HARD if crossing.blocks else Line.WARN,
        "tier": crossing.line,
        "isShadow": rule.is_shadow,
        "action": rule.action,
        "ruleId": rule.id,
        "ruleName": rule.name,
        "metricType": rule.metric,
        "windowKey": crossing.window.key,
        "currentValue": str(crossing.value),
        "threshold": str(plain(crossing.threshold)),
        "usagePercent": str(plain(percent)),
        "mailTo": list(rule.emails),
        "channels": list(rule.channels),
    }
    if rule.group_by:
        doc |= {"groupBy": rule.group_by, "groupValue": crossing.group}
        if rule.group_by is AlertDimension.SUBSCRIBER and "@" in crossing.group:
            doc["subscriberEmail"] = crossing.group
    whom = f" of {crossing.group}" if crossing.group else ""
    doc["rawDetails"] = (
        f"{doc['outcome']}: {rule.name}{whom}, {rule.metric} {doc['currentValue']} of "
        f"{doc['threshold']} ({crossing.line}) in {crossing.window.key}"
    )
    return doc


def _outcome(crossing: Crossing) -> str:
    if crossing.blocks:
        return "WOULD_BLOCK" if crossing.rule.is_shadow else "BLOCKED"
    return "WOULD_WARN" if crossing.rule.is_shadow else "WARNED"
