"""Records of a call, and what becomes of several that came by one channel.

Of these the fuller one stands: one that tells of a finished answer before one of an answer that was
broken off, then the one with more output. What it left open is filled by the next fuller one, but
for counts, costs and how the answer ended. Counts of tokens stand together: of records that are
equally full, those of the one that tells cache or reasoning apart. Where such records differ in
anything else, the greater value stands; of times the earlier begin and the later end, of all.

Every choice is a maximum by a total order: any order and repetition of records ends in the same.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from chalicelib.metering.settling import CLOSED, ENRICHED, SETTLED

Row = Mapping[str, Any]
RECORDS = "records"
"""Extras: the records of an event by their channel."""
MADE = frozenset((RECORDS, ENRICHED, SETTLED, CLOSED))
"""Extras that are ours."""
OURS = frozenset(
    "event_id version deleted received_at revised_at api_key_id channel price_status "
    "price_source price_version unpriced_reason cost_nano input_cost_nano output_cost_nano "
    "cache_read_cost_nano cache_creation_cost_nano media_cost_nano cost_source assistant "
    "extras".split()
)
"""Columns that are made by us of the others, or told apart."""
DETAILS = (
    "cache_read_tokens",
    "cache_creation_tokens",
    "cache_creation_5m_tokens",
    "cache_creation_1h_tokens",
    "reasoning_tokens",
)
TOKENS = ("provider", "model", "input_tokens", "output_tokens", "total_tokens", *DETAILS)
_EXTRA = "extras."
"""Begins the name of an extra among those of columns."""
OF_COUNTS = frozenset(
    "stated_cost_nano error_code error_reason extras.totalCost extras.inputTokenCost "
    "extras.outputTokenCost extras.cacheReadTokenCost extras.cacheCreationTokenCost".split()
)
"""Columns and extras that say something of the counts beside them, and nothing of others."""
_TOGETHER = frozenset((*TOKENS, "stop_reason"))
"""Columns that are taken of one record."""
_NO_FILLING = _TOGETHER | OF_COUNTS
"""Columns and extras that are of the fullest record alone."""
_LEAST = frozenset(("requested_at", "first_token_at", "time_to_first_token_ms"))
"""Columns of which the smaller value stands."""
_TIMES = frozenset(("requested_at", "responded_at"))
"""Columns that are chosen of all records."""
BROKEN_OFF = frozenset(("CANCELLED", "TIMEOUT", "ERROR"))
"""How an answer ended of which more may come."""


Fullness = tuple[bool, int]
"""Whether the answer was finished, and its output in tokens."""
Fact = tuple[Fullness, Any]
"""A value, and the fullness of the record that told it."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What one channel told of a call: columns (none of ours), and extras."""

    columns: Row
    extras: Row
    fillings: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """How full the records were that filled what the fullest one left open, by column or extra."""

    @classmethod
    def of(cls, row: Row) -> "CallRecord":
        """That of an attributed row."""
        extras = json.loads(row.get("extras") or "{}")
        names = [name for name, value in row.items() if value is not None and name not in OURS]
        return cls({name: row[name] for name in names}, tell_extras(extras))

    @classmethod
    def from_json(cls, kept: Row) -> "CallRecord":
        """From what the extras of an event keep."""
        fillings = {name: tuple(each) for name, each in kept.get("fillings", {}).items()}
        return cls(kept["columns"], kept["extras"], fillings)

    def as_json(self) -> dict[str, Any]:
        """As the extras of an event keep it."""
        kept: dict[str, Any] = {"columns": dict(self.columns), "extras": dict(self.extras)}
        if self.fillings:
            kept["fillings"] = dict(self.fillings)
        return kept

    @property
    def fullness(self) -> Fullness:
        """Of the answer that it tells of."""
        finished = self.columns.get("stop_reason") not in BROKEN_OFF
        return finished, self.columns.get("output_tokens") or 0

    def join(self, other: "CallRecord") -> "CallRecord":
        """One record of two that came by one channel."""
        full = max(self.fullness, other.fullness)
        fullest = [each.columns for each in (self, other) if each.fullness == full]
        counts = _choose_counts(fullest)
        mine, others = self._facts(), other._facts()
        facts: dict[str, Fact] = {}
        for name in sorted(mine.keys() | others.keys()):
            chosen = _choose(name, mine.get(name), others.get(name))
            if name not in _NO_FILLING or chosen[0] == full:
                facts[name] = chosen
        for name in _TOGETHER:
            facts.pop(name, None)
            if counts[name] is not None:
                facts[name] = full, counts[name]
        columns: dict[str, Any] = {}
        extras: dict[str, Any] = {}
        fillings: dict[str, Fullness] = {}
        for name, (level, value) in facts.items():
            if level != full and name not in _TIMES:
                fillings[name] = level
            if name.startswith(_EXTRA):
                extras[name.removeprefix(_EXTRA)] = value
            else:
                columns[name] = value
        return CallRecord(columns, extras, fillings)

    def _facts(self) -> dict[str, Fact]:
        """Columns and extras, each with the fullness of the record that told it."""
        full, facts = self.fullness, {}
        for prefix, told in (("", self.columns), (_EXTRA, self.extras)):
            for name, value in told.items():
                facts[prefix + name] = self.fillings.get(prefix + name, full), value
        return facts


def tell_extras(extras: Row) -> dict[str, Any]:
    """Extras without ours."""
    return {name: value for name, value in extras.items() if name not in MADE}


def _choose(name: str, one: Fact | None, other: Fact | None) -> Fact:
    """Of what two records tell of one column or extra what stands. Raises ValueError without
    either."""
    told = [each for each in (one, other) if each is not None]
    level = max(map(itemgetter(0), told))
    if name not in _TIMES:
        told = [each for each in told if each[0] == level]
    values = sorted(map(itemgetter(1), told), key=_order)
    return level, values[0 if name in _LEAST else -1]


def _choose_counts(records: Sequence[Row]) -> dict[str, Any]:
    """Of the columns of one or two records that are equally full, those that stand together: of the
    one that tells cache or reasoning apart, then of the one that counts more. Where both count the
    same, each detail that either tells stands."""
    best = max(map(_richness, records))
    chosen = [each for each in records if _richness(each) == best]
    counts: dict[str, Any] = {name: chosen[0].get(name) for name in _TOGETHER}
    for each in chosen:
        for name in DETAILS:
            if name in each:
                counts[name] = max(counts[name] or 0, each[name])
    return counts


def _richness(columns: Row) -> tuple[Any, ...]:
    """How much a set of counts tells, of one output."""
    tells_details = any(name in columns for name in DETAILS)
    counts = [columns.get(name) or 0 for name in ("total_tokens", "input_tokens")]
    words = [columns.get(name) or "" for name in ("provider", "model", "stop_reason")]
    return tells_details, *counts, *words


def _order(value: Any) -> tuple[bool, float, str]:  # noqa: ANN401 - any column
    """A total order of all values: numbers by size, before anything else by its text."""
    if isinstance(value, int | float):
        return False, value, ""
    return True, 0, json.dumps(value, sort_keys=True, default=str)
