"""Enriching: several records of one call make one event, the richer ones filling what others left
open, as new versions.

Records that came by one channel are joined first, the fuller one before the others
(call_records.py). Order of trust between the channels: what a correcting file said, what a client
stated over REST, what a file holds, telemetry (`_TRUST`). Of a column the most trusted channel that
has it decides. The counts of tokens belong together, because they hold one another: the most
trusted channel's stand, and what it did not tell of cache, reasoning and costs is filled by the
next one when both agree on input and output.

None of these choices minds which record came first: any order, repetition and mixture of the
records of a call ends in the same event. To be able to choose anew, an event that was made of the
records of several channels keeps each of them in its extras (`records`).
"""

import json
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from chalicelib.kit.clock import DAY, HOUR, SECOND, day_of
from chalicelib.metering.assistants import assistant_of_call
from chalicelib.metering.call_records import (
    BROKEN_OFF,
    DETAILS,
    OF_COUNTS,
    OURS,
    RECORDS,
    TOKENS,
    CallRecord,
)
from chalicelib.metering.rows import cost_columns, extras_text, usage_of
from chalicelib.metering.settling import CLOSED, ENRICHED, SETTLED, is_open
from chalicelib.metering.weak_ids import is_weak_id
from chalicelib.pricing.book import PriceSource
from chalicelib.pricing.rating import rate

Row = Mapping[str, Any]
MOST = 6
"""Versions that enriching makes of an event; the first record of a channel makes one more if it
must, and so does the first whole answer after parts of it."""
CORRECTION = "CORRECT"
_TRUST = (CORRECTION, "REST", "BULK", "OTLP")
"""Channels, the most trusted first; a correction (correcting.py) counts as one of its own."""
_AGREED = ("input_tokens", "output_tokens")
"""Counts that two channels must agree on before one fills what the other left open of counts."""
_TELEMETRY = "OTLP"
_TOGETHER = 10 * SECOND
"""Milliseconds between the times of two records of a call whose id several calls may have."""
_FARTHEST = DAY
"""Milliseconds between the times of two records of one call: clocks are wrong by a time zone."""


def is_other_call(known: Row, coming: Row) -> bool:
    """Whether a record with the id of an event is of another call. What was corrected or closed
    may count anything else than the records that it was made of, which can come again."""
    extras = json.loads(known.get("extras") or "{}")
    if not is_open(known, extras):
        return False
    is_weak = coming["channel"] != _TELEMETRY and is_weak_id(coming["transaction_id"])
    if _is_of_other_trace(known, extras, coming):
        return True
    if CLOSED in extras:
        return is_weak and abs(known["requested_at"] - coming["requested_at"]) > _TOGETHER
    can_be_one = _is_surely_one if is_weak else is_one_call
    told = _told_by_channel(known, extras)
    return not any(
        can_be_one(each, coming, _is_one_client(channel, each, coming)) for channel, each in told
    )


def is_left_out(known: Row, coming: Row) -> bool:
    """Whether a record changes nothing, though it says something. It may be of another call than
    the event with its id, which was taken back, erased or corrected; what begins in the same
    instant is an old record of the call, whose counts were corrected. Or its event has had all of
    its versions."""
    extras = json.loads(known.get("extras") or "{}")
    if is_open(known, extras) and CLOSED not in extras and not known["deleted"]:
        # Nearly every record that comes again ends here, without being taken apart.
        return extras.get(ENRICHED, 0) >= MOST and _is_over_most(known, extras, coming)
    return not any(
        each["requested_at"] == coming["requested_at"] or is_one_call(each, coming)
        for _, each in _told_by_channel(known, extras)
    )


def _is_over_most(known: Row, extras: Row, coming: Row) -> bool:
    record = CallRecord.of(coming)
    before = read_records(known, extras).get(coming["channel"])
    if before is None or not _is_spent(extras, before, record):
        return False
    return before.join(record) != before


def _is_of_other_trace(known: Row, extras: Row, coming: Row) -> bool:
    """Whether two spans have one id in two traces: some clients number the spans of each trace. The
    ids of responses (the extra `responseId`) are the same in all traces."""
    trace = coming.get("trace_id")
    if coming["channel"] != _TELEMETRY or not trace or "responseId" in (coming.get("extras") or ""):
        return False
    spans = read_records(known, extras).get(_TELEMETRY)
    return spans is not None and spans.columns.get("trace_id") not in (None, trace)


def _is_one_client(channel: str, known: Row, coming: Row) -> bool:
    """Whether one client tells both records. Two instrumentations may tell of a call by spans, of
    which one lies in the time of the other, and may read its input differently."""
    if channel != coming["channel"]:
        return False
    if channel != _TELEMETRY:
        return True
    begins = max(known["requested_at"], coming["requested_at"])
    ends = [row.get("responded_at") or row["requested_at"] for row in (known, coming)]
    return bool(begins > min(ends))


def _told_by_channel(known: Row, extras: Row) -> Sequence[tuple[str, Row]]:
    """What is known of a call: its columns, and those that each channel told."""
    records = read_records(known, extras)
    return [(known["channel"], known), *zip(records, map(_COLUMNS, records.values()), strict=True)]


_COLUMNS = attrgetter("columns")


def _is_surely_one(known: Row, coming: Row, by_one_client: bool) -> bool:
    """Whether two records of an id that several calls are likely to have are of one call: they
    begin in one instant, or near each other and agree on the input and on a whole output."""
    apart = abs(known["requested_at"] - coming["requested_at"])
    if apart == 0:
        return is_one_call(known, coming, by_one_client)
    output, other = known.get("output_tokens") or 0, coming.get("output_tokens") or 0
    is_part = not BROKEN_OFF.isdisjoint((known.get("stop_reason"), coming.get("stop_reason")))
    agree = output == other or is_part
    return apart <= _TOGETHER and agree and not _inputs(known).isdisjoint(_inputs(coming))


def is_one_call(known: Row, coming: Row, by_one_client: bool = False) -> bool:
    """Whether two records of one id can be of one call: their times lie near each other, and they
    agree on the output or on a reading of the input, or one of them does not tell it. Equal outputs
    prove nothing where both are 0, or where one client told both, unless they begin in one
    instant."""
    apart = abs(known["requested_at"] - coming["requested_at"])
    if apart > _FARTHEST + HOUR:
        return False
    output, other = known.get("output_tokens") or 0, coming.get("output_tokens") or 0
    mine, others = _inputs(known), _inputs(coming)
    if not mine.isdisjoint(others):
        return True
    if output != other:
        return not (output and other)
    if output and not by_one_client:
        return True
    return apart == 0 or max(mine) == 0 or max(others) == 0


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
    if channel in records:
        if _is_spent(extras, records[channel], record):
            return None
        record = records[channel].join(record)
    records[channel] = record
    if records == before:
        return None
    made = {ENRICHED: times + 1}
    if SETTLED in extras:
        made[SETTLED] = known["version"] + 1
    if CLOSED in extras:
        made[CLOSED] = extras[CLOSED]
    columns = _next_columns(known, records, made, prices)
    has_order = channel in before and before[channel].fillings != record.fillings
    return columns if has_order or _says_more(known, columns, record) else None


def _is_spent(extras: Row, before: CallRecord, coming: CallRecord) -> bool:
    """Whether an event has had all versions that records of one channel make of it. The whole
    answer after parts of it makes one more."""
    is_whole = coming.fullness[0] and not before.fullness[0]
    return extras.get(ENRICHED, 0) >= MOST and not is_whole


def _says_more(known: Row, columns: Row, record: CallRecord) -> bool:
    """Whether another version would differ in more than the list of its records; or would have to
    keep a record whose counts do not agree with those that stand, because others may come to."""
    if any(known.get(name) != value for name, value in columns.items() if name != "extras"):
        return True
    before, after = CallRecord.of(known), CallRecord.of(columns)
    if before.extras != after.extras:
        return True
    return any(record.columns.get(name) != columns.get(name) for name in _AGREED)


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
    columns: dict[str, Any] = {**dict.fromkeys(known.keys() - OURS), **whole.columns}
    if day_of(columns["requested_at"]) != day_of(known["requested_at"]):
        # A row never moves to another day.
        columns["requested_at"] = known["requested_at"]
    columns["channel"] = next((name for name in ranked if name != CORRECTION), known["channel"])
    columns["cost_source"], columns["assistant"] = assistant_of_call(columns)
    cost = rate(usage_of(columns, whole.extras), prices)
    columns |= cost_columns(cost)
    extras: dict[str, Any] = {**whole.extras, **made}
    if len(ranked) > 1 or records[ranked[0]].fillings:
        extras[RECORDS] = {channel: records[channel].as_json() for channel in ranked}
    columns["extras"] = extras_text(extras)
    return columns


def _combine(records: Sequence[CallRecord]) -> CallRecord:
    """One record of several, the most trusted first."""
    columns: dict[str, Any] = {}
    extras: dict[str, Any] = {}
    first = records[0].columns
    tokens = {name: first.get(name) for name in TOKENS}
    for record in records:
        agrees = all(first.get(name) == record.columns.get(name) for name in _AGREED)
        for name, value in record.columns.items():
            if agrees or name not in OF_COUNTS:
                columns.setdefault(name, value)
        for name, value in record.extras.items():
            if agrees or f"extras.{name}" not in OF_COUNTS:
                extras.setdefault(name, value)
        for name in DETAILS:
            if agrees and tokens[name] is None:
                tokens[name] = record.columns.get(name)
    return CallRecord(columns | tokens, extras)
