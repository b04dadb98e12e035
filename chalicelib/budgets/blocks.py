"""Blocks: calls that are stopped, or would be, by something else than a limit that is reached: an
alert that fires and is to act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.selecting import list_dimensions
from chalicelib.budgets.vocabulary import AlertDimension, CostControlAction, CostControlWindowType
from chalicelib.budgets.windows import window_at
from chalicelib.kit.clock import iso
from chalicelib.kit.ids import number_of
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend

Json = dict[str, Any]
_KIND, _ID = "BUDGET_BLOCKS", "blocks"
MOST_BLOCKS = 1_000
"""Blocks of a team that are enforced; a rule that fires for more groups than that is better made
without groups."""


@dataclass(frozen=True, slots=True)
class Block:
    """What stops the calls that pass all `filters` since an instant (UTC epoch ms); with
    `is_shadow` it would. `group` is empty for a rule without groups; `filters` holds it too.
    `threshold` is the rule's, in the unit of its metric."""

    rule_id: str
    name: str
    metric: str
    group_by: AlertDimension | None
    group: str
    filters: Sequence[RuleFilter]
    since: int
    is_shadow: bool
    threshold: Decimal

    @property
    def columns(self) -> list[str]:
        """The columns of calls that it looks at."""
        return [each.column for each in list_dimensions(self)]

    @property
    def deny_message(self) -> str:
        """What is told of a call that it stops."""
        whom = f" for {self.group}" if self.group else ""
        return f"{self.name} fires{whom} since {iso(self.since)}"

    def doc(self) -> Json:
        """As it is stored."""
        return {
            "ruleId": self.rule_id,
            "name": self.name,
            "metric": self.metric,
            "groupBy": self.group_by,
            "group": self.group,
            "filters": [[each.dimension, each.operator, *each.values] for each in self.filters],
            "since": self.since,
            "isShadow": self.is_shadow,
            "threshold": str(self.threshold),
        }

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> "Block":
        """The block that was stored."""
        return cls(
            rule_id=doc["ruleId"],
            name=doc["name"],
            metric=doc["metric"],
            group_by=AlertDimension(doc["groupBy"]) if doc["groupBy"] else None,
            group=doc["group"],
            filters=[RuleFilter.parse(*each) for each in doc["filters"]],
            since=doc["since"],
            is_shadow=doc["isShadow"],
            threshold=Decimal(doc["threshold"]),
        )

    def compile(self, team: Scope, now: int) -> Json:
        """As SDKs read it, but for its filters: a rule that is breached. Its window is the hour: an
        SDK that hears nothing for longer lets calls through again."""
        line = self.threshold if self.threshold > 0 else Decimal(1)
        return {
            "ruleId": number_of(self.rule_id),
            "teamId": number_of(team),
            "name": self.name,
            "action": CostControlAction.BLOCK,
            "shadowMode": self.is_shadow,
            "metricType": self.metric,
            "periodType": CostControlWindowType.HOURLY,
            "groupBy": self.group_by,
            "denyMessage": self.deny_message,
            **window_at(CostControlWindowType.HOURLY, now).times(),
            "compiledAt": iso(now),
            "threshold": line,
            "warnThreshold": None,
            "currentValue": line,
            "percentUsed": Decimal(1),
            "warnPercentUsed": None,
            "breached": True,
            "warnBreached": None,
            "groupBreakdown": None,
        }


def keep_blocks(world: World, team: Scope, blocks: Sequence[Block]) -> bool:
    """Stop just these calls from now on, the first MOST_BLOCKS of them; whether that is something
    new."""
    wanted = [block.doc() for block in blocks[:MOST_BLOCKS]]
    changed = False

    def change(doc: Doc) -> Doc | None:
        nonlocal changed
        changed = wanted != list(doc.get("blocks", ()))
        return {"blocks": wanted} if changed else None

    amend(world.documents, team, _KIND, _ID, change)
    return changed


def read_blocks(world: World, team: Scope) -> list[Block]:
    """What stops calls now."""
    record = world.documents.get(team, _KIND, _ID)
    return [Block.of(doc) for doc in record.doc["blocks"]] if record else []
