"""What counts as another cost of a stored event, and sums of such changes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from chalicelib.lake.tables import AI_EVENTS

Row = Mapping[str, Any]
COSTS = tuple(
    name for name in AI_EVENTS.columns if name.endswith("cost_nano") and name != "stated_cost_nano"
)
_COMPARED = ("price_status", *COSTS)


@dataclass(slots=True)
class CostChanges:
    """Of one model or tool: events looked at, and those whose cost changed, with the costs before
    and after in nano-USD (an unknown cost counts as 0) and how many were and are without a known
    one. `new`: of the cost after, that of events which had none before. `still_unpriced`: of all
    looked at, those that have no known cost before nor after; counted by previews alone."""

    events: int = 0
    changed: int = 0
    before: int = 0
    after: int = 0
    unpriced_before: int = 0
    unpriced_after: int = 0
    new: int = 0
    still_unpriced: int = 0

    def add(self, other: "CostChanges") -> None:
        """Add what was found of other events."""
        for member in fields(self):
            total = getattr(self, member.name) + getattr(other, member.name)
            setattr(self, member.name, total)

    def count(self, row: Row, columns: Row) -> None:
        """Count an event whose stored row gets other columns of its cost."""
        self.changed += 1
        self.before += row["cost_nano"] or 0
        self.after += columns["cost_nano"] or 0
        self.unpriced_before += row["cost_nano"] is None
        self.unpriced_after += columns["cost_nano"] is None
        if row["cost_nano"] is None:
            self.new += columns["cost_nano"] or 0


def extras_of(row: Row) -> dict[str, Any]:
    """What of a stored row has no column."""
    text = row.get("extras")
    return json.loads(text) if text else {}


def differs(row: Row, columns: Row) -> bool:
    """Whether the money differs; another version of a price list that says the same is no
    change."""
    return any(row.get(name) != columns[name] for name in _COMPARED if name in columns)
