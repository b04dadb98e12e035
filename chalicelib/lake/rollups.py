"""Rollups: which sums of clean days are kept, and which columns of the events they can be asked
by."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.lake.dimensions import (
    API_KEY,
    DIMENSIONS,
    PROVIDER,
    SQUAD,
    TRACE,
    USER,
    Dimension,
)
from chalicelib.lake.tables import (
    AI_EVENTS,
    ROLLUP_DAILY,
    ROLLUP_HOURLY,
    SQUAD_DAILY,
    TOOL_EVENTS,
    TOOL_ROLLUP_DAILY,
    TOOL_ROLLUP_HOURLY,
    TOOL_TRACE_DAILY,
    TRACE_DAILY,
    Table,
    Type,
)

PERSONAL = (API_KEY, USER)
"""Dimensions whose values name a person."""
PERSONAL_COLUMNS = frozenset((API_KEY.column, API_KEY.ident, USER.column, *USER.beside.values()))
"""The columns of events that they are told by."""
ROLLUP_FILE = "rollup.parquet"
"""The name of the one file that a day of a rollup is."""
MINUTES = "minutes"
"""The sum that counts the minutes which had calls."""


@dataclass(frozen=True, slots=True, eq=False)
class Rollup:
    """Sums of `events` by the columns that `keys` maps to those of the rollup. `dimension`, when it
    has one, tells its rows from those of its neighbours in the same tables. `hourly` None: kept by
    day alone.

    `texts` maps further columns of the events, of which any value of those that share a key will
    do, to those of the rollup. `minutes`: it counts the minutes that had calls, which can be asked
    by its own keys and no fewer. `only`: it leaves out events without a value in this column, and
    can be asked by this column alone.
    """

    events: Table
    daily: Table
    hourly: Table | None
    keys: Mapping[str, str]
    dimension: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    minutes: bool = False
    only: str = ""

    @property
    def sums(self) -> list[str]:
        """Its columns that are drawn together; the others are keys. Minutes are not among them:
        they are counted when all of them are known."""
        sums: list[str] = []
        for name, kind in self.daily.columns.items():
            if kind in (Type.INTEGER, Type.INSTANT) and name != MINUTES:
                sums.append(name)
        return [*sums, *self.texts.values()]

    @property
    def sources(self) -> Mapping[str, str]:
        """The columns of the events that its columns are made from, where they have other
        names."""
        renamed = {**self.keys, **self.texts}
        return {target: source for source, target in renamed.items()}

    def outlives_events(self, columns: Collection[str]) -> bool:
        """Whether it says the same by these columns of the events after retention has emptied its
        day: single traces go with it, and names of people."""
        return not self.only and PERSONAL_COLUMNS.isdisjoint(columns)

    def answers(self, columns: Collection[str], sums: Collection[str]) -> bool:
        """Whether it can be asked by all of these columns of the events for all of these sums."""
        if MINUTES in sums and not (self.minutes and self.keys.keys() == set(columns)):
            return False
        if self.only and self.only not in columns:
            return False
        return self.keys.keys() >= set(columns) and self._columns_told >= set(sums)

    @property
    def _columns_told(self) -> set[str]:
        """The columns of the events that it has sums of, or any value of."""
        return {*self.daily.columns, *self.texts}


def _of_calls(dimension: Dimension) -> Rollup:
    beside = {source: name for name, source in dimension.beside.items()}
    keys = {
        dimension.column: "value",
        **beside,
        **_same_names("kind", "cost_source", "assistant"),
    }
    hourly = ROLLUP_HOURLY if dimension.hourly else None
    texts = {dimension.ident: "value_id"} if dimension.ident else {}
    return Rollup(
        AI_EVENTS, ROLLUP_DAILY, hourly=hourly, keys=keys, dimension=dimension.name, texts=texts
    )


def _by_day(
    events: Table, daily: Table, only: Dimension, keys: Sequence[str], texts: Sequence[str] = ()
) -> Rollup:
    """Sums by day of the events that have a value in the column of `only`, and by further keys."""
    return Rollup(
        events,
        daily,
        hourly=None,
        keys=_same_names(only.column, *keys),
        texts=_same_names(*texts),
        only=only.column,
    )


def _same_names(*names: str) -> dict[str, str]:
    return dict(zip(names, names, strict=True))


_TOOL_KEYS = _same_names("tool_id", "agent", "tool_type", "tool_provider")
ROLLUPS = (
    *(_of_calls(dimension) for dimension in DIMENSIONS),
    Rollup(
        AI_EVENTS,
        ROLLUP_DAILY,
        hourly=ROLLUP_HOURLY,
        keys={PROVIDER.column: "value"},
        dimension="throughput",
        minutes=True,
    ),
    Rollup(TOOL_EVENTS, TOOL_ROLLUP_DAILY, hourly=TOOL_ROLLUP_HOURLY, keys=_TOOL_KEYS),
    _by_day(AI_EVENTS, TRACE_DAILY, TRACE, ["assistant"], ["agent", "trace_type", "trace_name"]),
    _by_day(TOOL_EVENTS, TOOL_TRACE_DAILY, TRACE, ["tool_id"]),
    _by_day(AI_EVENTS, SQUAD_DAILY, SQUAD, ["squad_name", "trace_id", "agent", "assistant"]),
)


def rollup_for(events: Table, columns: Collection[str], sums: Collection[str]) -> Rollup | None:
    """The first rollup of a table that tells these sums by these columns: the smaller ones are
    declared first. None when there is none."""
    for rollup in ROLLUPS:
        if rollup.events is events and rollup.answers(columns, sums):
            return rollup
    return None
