"""Enriching: several records of one call make one event, the richer ones filling what others left
open, as new versions.

Order of trust: what a correcting file said, then what a client stated, over REST or in a file, then
telemetry (`_TRUST`).
Of a column the most trusted record that has it decides. The counts of tokens belong together,
because they hold one another: the most trusted record's stand, and what it did not tell of cache
and reasoning is filled by the next one when both agree on input and output.

Records of equal trust are joined: of their counts the richer set stands, of times the earlier begin
and the later end, of any other column the greater. Among records that were stated (REST, files) the
first stands whole, as the contract has it.

Every one of these choices is a maximum by a total order, so any order, repetition and mixture of
the records of a call ends in the same event. To be able to choose anew, an event that was made of
records of different trust keeps each of them in its extras (`records`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.metering.assistants import assistant_of
from chalicelib.metering.rows import cost_columns, extras_text, usage_of
from chalicelib.metering.settling import CLOSED, ENRICHED, SETTLED, is_open
from chalicelib.pricing.book import PriceSource
from chalicelib.pricing.rating import rate

Row = Mapping[str, Any]
RECORDS = "records"
"""Extras: the records of an event by their channel."""
MOST = 6
"""Versions that enriching makes of an event; the first stated record makes one more if it must."""
CORRECTION = "CORRECT"
_TRUST = (CORRECTION, "REST", "BULK", "OTLP")
"""Channels, the most trusted first; a correction (correcting.py) counts as one of its own."""
_TELEMETRY = "OTLP"
_OURS = frozenset(
    "event_id version deleted received_at revised_at api_key_id channel price_status "
    "price_source price_version unpriced_reason cost_nano input_cost_nano output_cost_nano "
    "cache_read_cost_nano cache_creation_cost_nano media_cost_nano cost_source assistant "
    "extras".split()
)
"""Columns that are made by us of the others, or told apart."""
_COUNTED = ("provider", "model", "input_tokens", "output_tokens", "total_tokens")
_DETAILS = (
    "cache_read_tokens",
    "cache_creation_tokens",
    "cache_creation_5m_tokens",
    "cache_creation_1h_tokens",
    "reasoning_tokens",
)
_TOKENS = (*_COUNTED, *_DETAILS)
MADE = frozenset((RECORDS, ENRICHED, SETTLED, CLOSED))
"""Extras that are ours."""
_LEAST = frozenset(("requested_at", "first_token_at", "time_to_first_token_ms"))
"""Columns of which the smaller value stands."""
_FARTHEST = DAY
"""Milliseconds between the times of two records of one call: clocks are wrong by a time zone."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One record of a call: its columns (none of ours), and its extras."""

    columns: Row
    extras: Row

    @classmethod
    def of(cls, row: Row) -> "CallRecord":
        """That of an attributed row."""
        extras = json.loads(row.get("extras") or "{}")
        told = {name: value for name, value in extras.items() if name not in MADE}
        columns = {name: value for name, value in row.items() if name not in _OURS}
        return cls({name: value for name, value in columns.items() if value is not None}, told)

    @classmethod
    def from_json(cls, kept: Row) -> "CallRecord":
        """From what the extras of an event keep."""
        return cls(kept["columns"], kept["extras"])

    def as_json(self) -> dict[str, Any]:
        """As the extras of an event keep it."""
        return {"columns": dict(self.columns), "extras": dict(self.extras)}


def is_other_call(known: Row, coming: Row) -> bool:
    """Whether a record with the id of an event is of another call. What was corrected or closed
    may say anything else than the records that it was made of, which can come again."""
    extras = json.loads(known.get("extras") or "{}")
    if CLOSED in extras or not is_open(known, extras):
        return False
    return not is_one_call(known, coming)


def is_one_call(known: Row, coming: Row) -> bool:
    """Whether two records of one id can be of one call: their times lie near each other, and they
    agree on the output or on a reading of the input."""
    if abs(known["requested_at"] - coming["requested_at"]) > _FARTHEST + HOUR:
        return False
    outputs = {row.get("output_tokens") or 0 for row in (known, coming)}
    if len(outputs) == 1 or 0 in outputs:
        return True
    return not _inputs(known).isdisjoint(_inputs(coming))


def _inputs(row: Row) -> set[int]:
    """What may be meant by the input of a record."""
    given = row.get("input_tokens") or 0
    read, written = row.get("cache_read_tokens") or 0, row.get("cache_creation_tokens") or 0
    return {given, given + written, given + read + written, max(0, given - read)}


def enrich(known: Row, coming: Row, prices: PriceSource) -> dict[str, Any] | None:
    """The columns of the next version of a call's event, of which another record came; None when it
    says nothing more, or when the event was taken back or closed (settling.py)."""
    extras = json.loads(known.get("extras") or "{}")
    times = extras.get(ENRICHED, 0)
    if known["deleted"] or not is_open(known, extras):
        return None
    channel = coming["channel"]
    if channel in extras.get(CLOSED, ()):
        return None
    before = read_records(known, extras)
    records = dict(before)
    record = CallRecord.of(coming)
    is_stated = channel != _TELEMETRY
    if is_stated and records.keys() - {_TELEMETRY}:
        return None
    if times >= MOST + is_stated:
        return None
    records[channel] = _join(records[channel], record) if channel in records else record
    if records == before:
        return None
    made = {ENRICHED: times + 1}
    if SETTLED in extras:
        made[SETTLED] = known["version"] + 1
    if CLOSED in extras:
        made[CLOSED] = extras[CLOSED]
    columns = _next_columns(known, records, made, prices)
    return columns if _says_more(known, columns, record) else None


def _says_more(known: Row, columns: Row, record: CallRecord) -> bool:
    """Whether another version would differ in more than the list of its records; or would have to
    keep counts that do not agree with those that stand, because others may come to agree."""
    if any(known.get(name) != value for name, value in columns.items() if name != "extras"):
        return True
    before, after = CallRecord.of(known), CallRecord.of(columns)
    if before.extras != after.extras:
        return True
    return any(name in record.columns for name in _DETAILS) and any(
        record.columns.get(name) != columns.get(name) for name in ("input_tokens", "output_tokens")
    )


def read_records(known: Row, extras: Row) -> dict[str, CallRecord]:
    """The records that an event was made of, by channel."""
    kept = extras.get(RECORDS)
    if kept:
        return {channel: CallRecord.from_json(each) for channel, each in kept.items()}
    channel = CORRECTION if CLOSED in extras else known["channel"]
    return {channel: CallRecord.of(known)}


def _next_columns(
    known: Row, records: Mapping[str, CallRecord], made: Row, prices: PriceSource
) -> dict[str, Any]:
    ranked = [channel for channel in _TRUST if channel in records]
    whole = _combine([records[channel] for channel in ranked])
    columns: dict[str, Any] = {**dict.fromkeys(known.keys() - _OURS), **whole.columns}
    if day_of(columns["requested_at"]) != day_of(known["requested_at"]):
        # A row never moves to another day.
        columns["requested_at"] = known["requested_at"]
    columns["channel"] = next((name for name in ranked if name != CORRECTION), known["channel"])
    agent = columns.get("agent")
    provider = columns.get("provider") or ""
    columns["cost_source"], columns["assistant"] = assistant_of(
        provider, agent, columns.get("model_host")
    )
    cost = rate(usage_of(columns, whole.extras), prices)
    columns |= cost_columns(cost)
    extras: dict[str, Any] = {**whole.extras, **made}
    if len(ranked) > 1:
        extras[RECORDS] = {channel: records[channel].as_json() for channel in ranked}
    columns["extras"] = extras_text(extras)
    return columns


def _combine(records: Sequence[CallRecord]) -> CallRecord:
    """One record of several, the most trusted first."""
    columns: dict[str, Any] = {}
    extras: dict[str, Any] = {}
    for record in reversed(records):
        columns |= record.columns
        extras |= record.extras
    return CallRecord(columns | _combine_tokens(records), extras)


def _combine_tokens(records: Sequence[CallRecord]) -> dict[str, Any]:
    """The counts of the most trusted record; what it does not tell is told by the next one that
    agrees with it."""
    first = records[0].columns
    tokens = {name: first.get(name) for name in _TOKENS}
    for record in records[1:]:
        other = record.columns
        if any(first.get(name) != other.get(name) for name in ("input_tokens", "output_tokens")):
            continue
        for name in _DETAILS:
            if tokens[name] is None:
                tokens[name] = other.get(name)
    return tokens


def _join(one: CallRecord, other: CallRecord) -> CallRecord:
    """One record of two of equal trust."""
    tokens = max((_tokens_of(one), _tokens_of(other)), key=_richness)
    columns: dict[str, Any] = {}
    for name in sorted(one.columns.keys() | other.columns.keys()):
        if name not in _TOKENS:
            columns[name] = _choose(name, one.columns.get(name), other.columns.get(name))
    extras: dict[str, Any] = {}
    for name in sorted(one.extras.keys() | other.extras.keys()):
        extras[name] = _choose(name, one.extras.get(name), other.extras.get(name))
    return CallRecord(columns | tokens, extras)


def _tokens_of(record: CallRecord) -> dict[str, Any]:
    return {name: record.columns[name] for name in _TOKENS if name in record.columns}


def _richness(tokens: Row) -> tuple[Any, ...]:
    """How much a set of counts tells: of two records the one of the whole answer, then the one that
    tells cache and reasoning apart."""
    details = sum(1 for name in _DETAILS if tokens.get(name) is not None)
    counts = [tokens.get(name) or 0 for name in ("output_tokens", "total_tokens")]
    return counts[0], details, counts[1], json.dumps(tokens, sort_keys=True)


def _choose(name: str, one: Any, other: Any) -> Any:  # noqa: ANN401 - any column
    """Of two values of a column the one that stands."""
    if one is None or other is None:
        return other if one is None else one
    least = name in _LEAST
    first, second = sorted((one, other), key=_order)
    return first if least else second


def _order(value: Any) -> tuple[bool, float, str]:  # noqa: ANN401 - any column
    """A total order of all values: numbers by size, before anything else by its text."""
    if isinstance(value, int | float):
        return False, value, ""
    return True, 0, json.dumps(value, sort_keys=True, default=str)
