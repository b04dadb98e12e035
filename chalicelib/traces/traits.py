"""Traits: what the calls of some traces have in them beside figures: models, agents, squads."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.kit.windows import whole_days_of
from chalicelib.lake.dimensions import TRACE
from chalicelib.lake.sql import Sql, select_from
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, count_events
from chalicelib.reports.planner import Question
from chalicelib.reports.statements import ask_events

_COLUMNS = "model provider agent environment middleware_source squad_id squad_name".split()
_READ = ("trace_id", *_COLUMNS, "cost_nano")


@dataclass
class Traits:
    """How many calls of a trace have each value, by column; `costs` (nano-USD) and `uses` are those
    of each model and its provider."""

    values: dict[str, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in _COLUMNS}
    )
    costs: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    uses: Counter[tuple[str, str | None]] = field(default_factory=Counter)

    def add(self, row: Mapping[str, Any], calls: int = 1) -> None:
        """Count some calls that are alike; `cost_nano` is the cost of all of them."""
        for name in _COLUMNS:
            if row.get(name) is not None:
                self.values[name][row[name]] += calls
        if row.get("model") is not None:
            key = (row["model"], row.get("provider"))
            self.costs[key] += row.get("cost_nano") or 0
            self.uses[key] += calls

    @classmethod
    def of(cls, calls: Iterable[Mapping[str, Any]]) -> "Traits":
        """Those of some calls; `cost_nano` is the cost of each. Few are unlike each other in a long
        trace, so alike ones are counted first."""
        uses: Counter[tuple[Any, ...]] = Counter()
        costs: Counter[tuple[Any, ...]] = Counter()
        for row in calls:
            alike = tuple(row[name] for name in _COLUMNS)
            uses[alike] += 1
            costs[alike] += row["cost_nano"] or 0
        traits = cls()
        for alike, calls_alike in uses.items():
            row = dict(zip(_COLUMNS, alike, strict=True)) | {"cost_nano": costs[alike]}
            traits.add(row, calls_alike)
        return traits

    def names(self, column: str) -> list[str]:
        """The values in a column, sorted."""
        return sorted(self.values[column])

    def most(self, column: str) -> str | None:
        """The value that most calls have, of equals the first in order."""
        counts = self.values[column]
        return min(counts, key=lambda name: (-counts[name], name), default=None)

    def unanimous(self, column: str) -> str | None:
        """The value of all calls that have one; None when they do not agree."""
        names = self.names(column)
        return names[0] if len(names) == 1 else None

    def main_model(self) -> tuple[str | None, str | None]:
        """The model with the largest share of the cost, and its provider."""
        ordered = sorted(self.uses, key=lambda key: (-self.costs[key], -self.uses[key], str(key)))
        return ordered[0] if ordered else (None, None)


def read_traits(
    asker: Asker, rows: Sequence[Mapping[str, Any]], assistants: Sequence[str] | None
) -> Mapping[str, Traits]:
    """The traits of traces, by id, of the days that their calls stand in. Raises EngineBusy."""
    traits: dict[str, Traits] = {row["trace_id"]: Traits() for row in rows}
    if not traits:
        return traits
    question = Question(
        by=(),
        terms=(count_events(CALLS),),
        filters={TRACE.column: sorted(traits)},
        assistants=assistants,
    )
    shown = ("trace_id", *_COLUMNS, "sum(cost_nano) as cost_nano", "count(*) as calls")
    places = ", ".join(str(place) for place in range(1, len(_COLUMNS) + 2))

    def group(events: Sql) -> Sql:
        return select_from(shown, events) + Sql(f" group by {places}")

    windows = whole_days_of((row["begun"], row["ended"]) for row in rows)
    result = ask_events(asker, windows, question, _READ, group)
    for row in result.rows if result else ():
        told: dict[str, Any] = dict(zip((*_READ, "calls"), row, strict=True))
        cost = told["cost_nano"]
        traits[told["trace_id"]].add(told | {"cost_nano": int(cost or 0)}, told["calls"])
    return traits
