"""The lake's tables: one list of columns from which the Parquet schema, the Glue table and the SQL
lint are made.

Times are UTC; events carry them as epoch milliseconds (`timestamp` columns are milliseconds in
Parquet too). Money is integer nano-USD, null when unknown. Durations are milliseconds.
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
    """Columns from their names, in one text a type."""
    columns: dict[str, Type] = {}
    for kind, names in by_type.items():
        columns.update(dict.fromkeys(names.split(), Type[kind.upper()]))
    return columns


def _without_hour(table: Table) -> dict[str, Type]:
    return {name: kind for name, kind in table.columns.items() if name != "hour"}


def _by_name(*tables: Table) -> dict[str, Table]:
    return {table.name: table for table in tables}


VERSIONING = {
    **_columns(text="event_id"),
    **_columns(integer="version"),
    **_columns(flag="deleted"),
}
"""A row is one version of an event; only the newest version counts, and not when it says
deleted."""

_IDENTITY = VERSIONING | _columns(
    text="transaction_id channel", instant="requested_at received_at revised_at"
)
"""What every event has. `requested_at` decides the day that it stands in; `channel` is how it came:
REST, OTLP or BULK. `revised_at` is when a version after the first was made, null of the first.
"""
_PRICE = _columns(
    text="price_status price_source price_version unpriced_reason",
    integer="cost_nano stated_cost_nano",
)
"""`unpriced_reason` says why a cost is unknown (pricing/usage.py, `Reason`). `stated_cost_nano` is
the whole cost as the client stated it, whether it was taken or not."""
_OWNERS = _columns(
    text="organization_id organization product_id product subscriber_id subscriber subscriber_email"
) | _columns(text="credential_id credential agent job_id trace_id api_key_id")

AI_EVENTS = Table(
    "ai_events",
    _IDENTITY
    | _columns(text="kind", instant="responded_at first_token_at")
    | _columns(integer="duration_ms time_to_first_token_ms")
    | _columns(text="provider model model_source model_host operation_type operation_subtype")
    | _columns(text="stop_reason error_reason")
    | _columns(flag="is_streamed", integer="error_code retry_number")
    | _columns(integer="input_tokens output_tokens total_tokens reasoning_tokens cache_read_tokens")
    | _columns(integer="cache_creation_tokens cache_creation_5m_tokens cache_creation_1h_tokens")
    | _columns(
        integer="audio_input_tokens audio_output_tokens characters images", real="seconds credits"
    )
    | _columns(text="billing_unit resolution quality")
    | _PRICE
    | _columns(text="cost_type pricing_tier service_tier")
    | _columns(
        integer="input_cost_nano output_cost_nano cache_read_cost_nano cache_creation_cost_nano"
    )
    | _columns(integer="media_cost_nano")
    | _columns(text="cost_source assistant")
    | _OWNERS
    | _columns(text="subscription agent_version task_type")
    | _columns(text="trace_type trace_name parent_transaction_id transaction_name")
    | _columns(text="squad_id squad_name squad_role ticket_id environment region")
    | _columns(text="middleware_source extras"),
)
"""One AI call. `kind` is COMPLETION, AUDIO, IMAGE or VIDEO.

`seconds` are those of the audio or video that was heard or made, not of the call. `cost_source` is
revenium_metered, coding_assistant or provider_billing; `assistant` names the coding assistant whose
flat plan covers the call (null when the call is billed by use). `extras` is JSON text of all that
has no column.
"""

TOOL_EVENTS = Table(
    "tool_events",
    _IDENTITY
    | _columns(
        text="tool_id tool tool_type tool_provider operation error_reason workflow_id extras"
    )
    | _columns(integer="duration_ms", flag="is_success")
    | _PRICE
    | _OWNERS,
)
"""One call of a tool. `tool_id` is what the caller wrote; `tool`, `tool_type` and `tool_provider`
come from the registry and are null for a tool that nobody registered. `extras` is the usage that
the caller told, as JSON text."""

API_EVENTS = Table(
    "api_events",
    _IDENTITY
    | _columns(text="method resource source_id source_type content_type remote_host user_agent")
    | _columns(integer="request_bytes response_bytes response_code duration_ms")
    | _columns(real="backend_latency_ms gateway_latency_ms", text="response_content_type")
    | _columns(flag="has_request has_response")
    | _columns(
        text="subscriber_id subscriber subscriber_email credential_id credential api_key_id"
    ),
)
"""One call of an API, joined from the record of its request and that of its response, in whatever
order they came. Neither tells a time, so `requested_at` is when the first of the two arrived."""

CUSTOM_EVENTS = Table(
    "custom_events",
    _IDENTITY
    | _columns(text="source_id source_type payload", flag="is_billable")
    | _columns(
        text="subscriber_id subscriber subscriber_email credential_id credential api_key_id"
    ),
)
"""One event of the caller's own making. `payload` is JSON text of metric names and values;
`is_billable` is false for what came while usage billing was off, which is never rated later."""

TRACE_SPANS = Table(
    "trace_spans",
    _IDENTITY
    | _columns(text="kind name trace_id parent_transaction_id operation agent tool error_reason")
    | _columns(text="job_id api_key_id")
    | _columns(instant="responded_at", integer="duration_ms", flag="is_success", text="extras"),
)
"""One span of a trace that is no model call: an agent's run, a tool's. `kind` is AGENT, TOOL or
OTHER; it costs nothing, and keeps together the tree of the calls below it."""

ROLLUP_HOURLY = Table(
    "rollup_hourly",
    _columns(instant="hour")
    | _columns(text="dimension value value_id provider kind cost_source assistant")
    | _columns(
        integer="calls priced cost_nano min_cost_nano max_cost_nano unpriced unpriced_tokens"
    )
    | _columns(integer="timed duration_ms")
    | _columns(
        integer="min_duration_ms max_duration_ms minutes input_tokens output_tokens total_tokens"
    )
    | _columns(integer="reasoning_tokens cache_read_tokens cache_creation_tokens"),
)
"""Sums of ai_events by UTC hour and one dimension, for dimensions of few values. Null `value`: the
call had none.

`provider` is filled for the dimension `model` alone, whose report can be narrowed to providers; it
is null elsewhere. `kind` is that of the calls, as in ai_events. `value_id` is the id of the value
where it has one: an organization, a product, a credential. Of a user, whose value is the e-mail
address, it is the name of the subscriber. `priced` and `unpriced` are the calls with and without a
known cost; they add up to `calls`. `unpriced_tokens` are those of the latter, `timed` the calls
whose duration is known. `minutes`, how many of them had calls, is known of the dimension
`throughput` alone, that is of providers: minutes of smaller groups than those asked for do not add
up.
"""

ROLLUP_DAILY = Table("rollup_daily", _without_hour(ROLLUP_HOURLY))
"""The same by UTC day, for all dimensions."""

TOOL_ROLLUP_HOURLY = Table(
    "tool_rollup_hourly",
    _columns(instant="hour")
    | _columns(text="tool_id agent tool_type tool_provider")
    | _columns(integer="calls priced cost_nano successes timed duration_ms"),
)
"""Sums of tool_events by UTC hour, agent and tool: tools are few, and a tool has one type and one
provider, so that one rollup serves all reports on tools."""

TOOL_ROLLUP_DAILY = Table("tool_rollup_daily", _without_hour(TOOL_ROLLUP_HOURLY))
"""The same by UTC day."""

TRACE_DAILY = Table(
    "trace_daily",
    _columns(text="trace_id agent assistant trace_type trace_name")
    | _columns(instant="min_requested_at max_ended_at")
    | _columns(integer="calls errors priced cost_nano")
    | _columns(integer="input_tokens output_tokens total_tokens unpriced_tokens"),
)
"""Traces: sums of the ai_events of each trace by UTC day. `agent`, `trace_type` and `trace_name`
are any of those in it, `max_ended_at` is when the last answer had come, `errors` the calls that
failed."""

SQUAD_DAILY = Table(
    "squad_daily",
    _columns(text="squad_id squad_name trace_id agent assistant")
    | _columns(instant="min_requested_at max_requested_at max_ended_at")
    | _columns(integer="calls errors priced cost_nano"),
)
"""Squads: sums of the ai_events of each execution (`squad_id`) by UTC day, name, trace and
agent."""

TOOL_TRACE_DAILY = Table(
    "tool_trace_daily", _columns(text="trace_id tool_id", integer="calls priced cost_nano")
)
"""Sums of the tool_events of each trace by UTC day and tool."""

CHARGES = Table(
    "charges",
    _columns(text="charge_id", instant="earned_at")
    | _columns(text="type charge_type element currency", integer="amount_nano usd_nano")
    | _columns(text="exchange_rate rate_source rate_date", flag="is_adjustment")
    | _columns(text="invoice_id subscription_id product_id product organization_id organization")
    | _columns(text="subscriber_id subscriber subscriber_email"),
)
"""What subscriptions earned: a row per charge and UTC day, `earned_at` the start of that day. A row
stands once.

`amount_nano` is in billionths of the plan's `currency`, `usd_nano` the same at `exchange_rate` (USD
for one of the currency, decimal text) of `rate_date`; null without a rate. The rows of a charge add
up to it exactly.
"""

BILLING_DAYS = Table(
    "billing_days",
    _columns(instant="billed_at", text="provider connection_id model token_kind cost_type")
    | _columns(text="usage_type service_tier workspace_id workspace api_key_id api_key user_email")
    | _columns(text="description currency")
    | _columns(integer="amount_nano usd_nano list_nano credits_nano")
    | _columns(integer="input_tokens output_tokens cache_read_tokens cache_creation_tokens")
    | _columns(integer="requests"),
)
"""What providers billed: the lines of their reports by UTC day, one file a connection and day that
is replaced as a whole. `billed_at` is the start of the day.

Lines of cost have amounts and no tokens, lines of usage the reverse, so that both add up.
`amount_nano` is in billionths of the `currency`; `usd_nano` is the same in nano-USD at the exchange
rate of the day, as are `list_nano`, by list price, and `credits_nano`, what credits paid of it; all
three are null without a rate. Tokens stand beside one another: `input_tokens` are neither read from
a cache nor written to one.
"""

QUARANTINE = "quarantine"
"""Prefix of records that could not be written, as JSON objects; not a table, nothing queries it."""

DAMAGED = "damaged"
"""Prefix of files that could not be read, set aside as `<table>.<name>`; not a table, nothing
queries it."""

EVENT_TABLES = _by_name(AI_EVENTS, TOOL_EVENTS, API_EVENTS, CUSTOM_EVENTS, TRACE_SPANS)
"""The tables that events are written to, and that compaction keeps clean."""

ROLLED_UP = frozenset({AI_EVENTS.name, TOOL_EVENTS.name})
"""The tables whose days are summed up once they are clean; a day of any other is finished by
then."""

TABLES = EVENT_TABLES | _by_name(
    ROLLUP_HOURLY,
    ROLLUP_DAILY,
    TOOL_ROLLUP_HOURLY,
    TOOL_ROLLUP_DAILY,
    TRACE_DAILY,
    TOOL_TRACE_DAILY,
    SQUAD_DAILY,
    CHARGES,
    BILLING_DAYS,
)
"""All that SQL can ask."""
