"""The lake's tables: one list of columns from which the Parquet schema, the Glue table and the SQL lint are made.

Times are UTC; events carry them as epoch milliseconds (`timestamp` columns are milliseconds in Parquet too). Money is
integer nano-USD, null when unknown. Durations are milliseconds.
"""

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """Column types, by their Athena names."""

    TEXT = "string"
    INTEGER = "bigint"
    REAL = "double"
    FLAG = "boolean"
    INSTANT = "timestamp"


@dataclass(frozen=True, slots=True)
class Table:
    """A lake table; `team` and `day` are partition keys beside these columns."""

    name: str
    columns: dict[str, Type]


def _columns(**by_type: str) -> dict[str, Type]:
    return {name: Type[kind.upper()] for kind, names in by_type.items() for name in names.split()}


VERSIONING = {
    **_columns(text="event_id"),
    **_columns(integer="version"),
    **_columns(flag="deleted"),
}
"""A row is one version of an event; only the newest version counts, and not when it says deleted."""

AI_EVENTS = Table(
    "ai_events",
    VERSIONING
    | _columns(
        text="kind transaction_id channel",
        instant="requested_at responded_at first_token_at received_at",
    )
    | _columns(integer="duration_ms time_to_first_token_ms")
    | _columns(text="provider model model_source model_host operation_type operation_subtype stop_reason error_reason")
    | _columns(flag="is_streamed", integer="error_code retry_number")
    | _columns(integer="input_tokens output_tokens total_tokens reasoning_tokens cache_read_tokens")
    | _columns(integer="cache_creation_tokens cache_creation_5m_tokens cache_creation_1h_tokens")
    | _columns(text="cost_type price_status price_source price_version pricing_tier service_tier")
    | _columns(integer="cost_nano input_cost_nano output_cost_nano cache_read_cost_nano cache_creation_cost_nano")
    | _columns(text="cost_source assistant")
    | _columns(text="organization_id organization product_id product subscriber_id subscriber subscriber_email")
    | _columns(text="credential_id credential subscription agent agent_version task_type")
    | _columns(text="trace_id trace_type trace_name parent_transaction_id transaction_name")
    | _columns(text="job_id squad_id squad_name squad_role ticket_id environment region")
    | _columns(text="middleware_source api_key_id extras"),
)
"""One AI call: completion, audio, image or video. `kind` tells which.

`cost_source` is revenium_metered, coding_assistant or provider_billing; `assistant` names the coding assistant whose
flat plan covers the call (null when the call is billed by use). `extras` is JSON text of all that has no column.
"""

ROLLUP_HOURLY = Table(
    "rollup_hourly",
    _columns(instant="hour")
    | _columns(text="dimension value provider cost_source assistant")
    | _columns(integer="calls priced cost_nano min_cost_nano max_cost_nano unpriced duration_ms")
    | _columns(integer="input_tokens output_tokens total_tokens cache_read_tokens cache_creation_tokens"),
)
"""Sums of ai_events by UTC hour and one dimension, for dimensions of few values. Null `value`: the call had none.

`provider` is filled for the dimension `model` alone, whose report can be narrowed to providers; it is null elsewhere.
`priced` and `unpriced` are the calls with and without a known cost; they add up to `calls`.
"""

ROLLUP_DAILY = Table("rollup_daily", {name: kind for name, kind in ROLLUP_HOURLY.columns.items() if name != "hour"})
"""The same by UTC day, for all dimensions."""

QUARANTINE = "quarantine"
"""Prefix of records that could not be written, as JSON objects; not a table, nothing queries it."""

EVENT_TABLES = {table.name: table for table in (AI_EVENTS,)}
"""The tables that events are written to, and that compaction keeps clean."""

TABLES = {table.name: table for table in (AI_EVENTS, ROLLUP_HOURLY, ROLLUP_DAILY)}
