"""Rows: from a draft to the ledger's event, and from a stored row back to what rating needs to
know."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import day_of
from chalicelib.kit.jsontext import pack
from chalicelib.lake.tables import AI_EVENTS, Table
from chalicelib.metering.assistants import assistant_of
from chalicelib.metering.drafts import Draft
from chalicelib.ports.events import EventRecord
from chalicelib.pricing.usage import Rating, Usage

Row = Mapping[str, Any]
_MOST_EXTRAS = 16_384
_FREE_FORM = ("attributes", "usageMetadata")
"""Extras of any size: the first to go when all of them together would become too long."""


def usage_of(row: Row, extras: Row) -> Usage:
    """What rating needs to know of an AI call. `extras` holds the costs that the client states, in
    USD."""
    get, more = row.get, extras.get
    return Usage(
        get("provider") or "",
        get("model") or "",
        row["requested_at"],
        get("input_tokens") or 0,
        get("output_tokens") or 0,
        get("reasoning_tokens") or 0,
        get("cache_read_tokens") or 0,
        get("cache_creation_tokens") or 0,
        get("cache_creation_5m_tokens") or 0,
        get("cache_creation_1h_tokens") or 0,
        _exact(more("totalCost")),
        _exact(more("inputTokenCost")),
        _exact(more("outputTokenCost")),
        _exact(more("cacheReadTokenCost")),
        _exact(more("cacheCreationTokenCost")),
        bool(more("billingSkipped")),
        _exact(more("costMultiplier")),
        get("pricing_tier") or "STANDARD",
        get("service_tier") or "",
        speed if isinstance(speed := more("speed"), str) else "",
        row.get("kind") or "COMPLETION",
        get("billing_unit") or "",
        get("operation_subtype") or "",
        get("audio_input_tokens") or 0,
        get("audio_output_tokens") or 0,
        _exact(get("seconds")),
        get("characters") or 0,
        get("images") or 0,
        _exact(get("credits")),
        get("resolution") or "",
        get("quality") or "",
        failed=get("stop_reason") == "ERROR" or get("error_code") is not None,
    )


def _exact(value: Decimal | str | float | None) -> Decimal | None:
    """A stored number. The shortest text of a double is the number that the client wrote, up to 15
    digits of it."""
    return value if value is None or isinstance(value, Decimal) else Decimal(str(value))


def rated(rating: Rating) -> dict[str, Any]:
    """The columns of a rating."""
    legs = rating.legs
    return {
        "price_status": rating.status.value,
        "price_source": rating.source.value,
        "price_version": rating.price_version,
        "cost_nano": rating.cost,
        "input_cost_nano": legs.input,
        "output_cost_nano": legs.output,
        "cache_read_cost_nano": legs.cache_read,
        "cache_creation_cost_nano": legs.cache_creation,
        "media_cost_nano": legs.media or None,
    }


def event_of(principal: Principal, event_id: str, draft: Draft, owners: Row) -> EventRecord:
    """Version 1 of a record that is attributed and rated."""
    row = {
        "event_id": event_id,
        "version": 1,
        "deleted": False,
        "api_key_id": principal.key_id,
        **draft.row,
        **owners,
    }
    if draft.table is AI_EVENTS:
        provider, agent = row.get("provider") or "", row.get("agent")
        row["cost_source"], row["assistant"] = assistant_of(provider, agent, row.get("model_host"))
    if draft.extras:
        row["extras"] = extras_text(draft.extras)
    return stored(principal.team, draft.table, row)


def stored(team: str, table: Table, row: Row) -> EventRecord:
    """A row as a version of the ledger; columns without a value are left out."""
    text = pack({name: value for name, value in row.items() if value is not None})
    return EventRecord(
        team, row["event_id"], row["version"], table.name, day_of(row["requested_at"]), text
    )


def extras_text(extras: Row) -> str:
    """JSON text of what has no column, without its free-form parts when it would become too
    long."""
    text = pack(extras)
    if len(text) > _MOST_EXTRAS:
        dropped = {f"{name}Dropped": True for name in _FREE_FORM if name in extras}
        text = pack(
            {name: value for name, value in extras.items() if name not in _FREE_FORM} | dropped
        )
    return text
