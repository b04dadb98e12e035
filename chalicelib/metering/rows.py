"""Rows: from a draft to the ledger's event, and from a stored row back to what rating needs to
know."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import day_of
from chalicelib.kit.jsontext import pack
from chalicelib.kit.money import to_exact
from chalicelib.lake.tables import AI_EVENTS, Table
from chalicelib.metering.assistants import assistant_of_call
from chalicelib.metering.drafts import Draft
from chalicelib.metering.searches import MEMBERS, count_searches
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.pricing.labels import fold_label
from chalicelib.pricing.usage import CallCost, Usage

Row = Mapping[str, Any]
COMPLETION = "COMPLETION"
"""The kind of a call that is billed by tokens alone."""
MODALITIES = (COMPLETION, "AUDIO", "IMAGE", "VIDEO")
"""The kinds of AI calls."""
_MOST_EXTRAS = 16_384
_FREE_FORM = ("attributes", "usageMetadata")
"""Extras of any size: the first to go when all of them together would become too long."""


RATED = tuple(
    "requested_at kind provider model model_host operation_subtype stop_reason error_code "
    "pricing_tier service_tier input_tokens output_tokens reasoning_tokens cache_read_tokens "
    "cache_creation_tokens cache_creation_5m_tokens cache_creation_1h_tokens total_tokens "
    "audio_input_tokens audio_output_tokens billing_unit seconds characters images credits "
    "resolution quality stated_cost_nano extras".split()
)
"""The columns that `usage_of` reads."""


def usage_of(row: Row, extras: Row) -> Usage:
    """What rating needs to know of an AI call. `extras` holds the costs that the client states, in
    USD."""
    get = row.get
    kind = get("kind") or COMPLETION
    provider = get("provider") or ""
    if get("model_host"):
        provider = _charging_host(provider, row["model_host"])
    usage = Usage(
        provider=provider,
        model=get("model") or "",
        instant=row["requested_at"],
        kind=kind,
        input=get("input_tokens") or 0,
        output=get("output_tokens") or 0,
        reasoning=get("reasoning_tokens") or 0,
        cache_read=get("cache_read_tokens") or 0,
        cache_creation=get("cache_creation_tokens") or 0,
        total=get("total_tokens") or 0,
        cache_creation_5m=get("cache_creation_5m_tokens") or 0,
        cache_creation_1h=get("cache_creation_1h_tokens") or 0,
        audio_input=get("audio_input_tokens") or 0,
        audio_output=get("audio_output_tokens") or 0,
        pricing_tier=get("pricing_tier") or "STANDARD",
        service_tier=get("service_tier") or "",
        subtype=get("operation_subtype") or "",
        failed=get("stop_reason") == "ERROR" or get("error_code") is not None,
    )
    if kind != COMPLETION:
        _put_quantities(usage, row)
    if not _STATEMENTS.isdisjoint(extras):
        _put_statements(usage, extras)
    if usage.total_cost is None:
        usage.stated = get("stated_cost_nano")
    return usage


def _put_quantities(usage: Usage, row: Row) -> None:
    """What was used beside tokens: a completion has nothing of it."""
    usage.unit = row.get("billing_unit") or ""
    usage.seconds = _exact(row.get("seconds"))
    usage.characters = row.get("characters") or 0
    usage.images = row.get("images") or 0
    usage.credits = _exact(row.get("credits"))
    usage.resolution = row.get("resolution") or ""
    usage.quality = row.get("quality") or ""


def _put_statements(usage: Usage, extras: Row) -> None:
    """What the client says of the cost, in USD, and what else has no column."""
    get = extras.get
    usage.total_cost = _exact(get("totalCost"))
    usage.input_cost = _exact(get("inputTokenCost"))
    usage.output_cost = _exact(get("outputTokenCost"))
    usage.cache_read_cost = _exact(get("cacheReadTokenCost"))
    usage.cache_creation_cost = _exact(get("cacheCreationTokenCost"))
    usage.billing_skipped = bool(get("billingSkipped"))
    usage.cost_multiplier = _exact(get("costMultiplier"))
    usage.searches = count_searches(extras)
    if get("completionStatus") in _FAILED:
        usage.failed = True
    if not usage.service_tier:
        usage.service_tier = get("priorityTier") or ""
        usage.asked_tier = get("requestedServiceTier") or ""
    speed = get("speed")
    # Of audio, the speed is a number: how fast the voice speaks.
    if isinstance(speed, str):
        usage.speed = speed


_CLAUDES = frozenset({"anthropic", "claude", "claudecode", "claudecowork"})
_HOSTS_OF_CLAUDE = frozenset({"bedrock", "vertex", "vertexai"})


def _charging_host(provider: str, host: str) -> str:
    """Who charges for a call: Claude's own clients keep their label when they call it elsewhere,
    and tell where in `modelHost`. Claude on Foundry costs what Anthropic charges."""
    if fold_label(provider) in _CLAUDES and fold_label(host) in _HOSTS_OF_CLAUDE:
        return host
    return provider


_FAILED = frozenset({"FAILED", "ERROR"})
"""What clients of video say of a job that made nothing."""
_STATEMENTS = frozenset(
    (
        "totalCost",
        "inputTokenCost",
        "outputTokenCost",
        "cacheReadTokenCost",
        "cacheCreationTokenCost",
        "billingSkipped",
        "costMultiplier",
        "completionStatus",
        "priorityTier",
        "requestedServiceTier",
        "speed",
        "attributes",
        *MEMBERS,
    )
)
"""Extras that `_put_statements` reads: most calls have none of them."""


def _exact(value: Decimal | str | float | None) -> Decimal | None:
    return value if value is None else to_exact(value)


def cost_columns(cost: CallCost) -> dict[str, Any]:
    """The columns of a cost, nano-USD; None where it is unknown."""
    legs = cost.legs
    return {
        "price_status": str(cost.status),
        "price_source": str(cost.source),
        "price_version": cost.price_version,
        "unpriced_reason": cost.reason and str(cost.reason),
        "cost_nano": cost.cost,
        "input_cost_nano": legs.input,
        "output_cost_nano": legs.output,
        "cache_read_cost_nano": legs.cache_read,
        "cache_creation_cost_nano": legs.cache_creation,
        "media_cost_nano": legs.media or None,
    }


def event_of(principal: Principal, event_id: str, draft: Draft, owners: Row) -> EventRecord:
    """Version 1 of a record that is attributed and rated. The row of the draft becomes that of the
    event: a copy would cost as much as attribution."""
    row = draft.row
    row |= owners
    row["event_id"], row["version"], row["deleted"] = event_id, 1, False
    row["api_key_id"] = principal.key_id
    if draft.table is AI_EVENTS:
        row["cost_source"], row["assistant"] = assistant_of_call(row)
    if draft.extras:
        row["extras"] = extras_text(draft.extras)
    for name in [name for name, value in row.items() if value is None]:
        del row[name]
    return _record_of(principal.team, draft.table, row)


def event_record(team: Scope, table: Table, row: Row) -> EventRecord:
    """A row as a version of the ledger; columns without a value are left out."""
    kept = {name: value for name, value in row.items() if value is not None}
    return _record_of(team, table, kept)


def _record_of(team: Scope, table: Table, row: Row) -> EventRecord:
    """A row without empty columns as a version of the ledger."""
    return EventRecord(
        team=team,
        event_id=row["event_id"],
        version=row["version"],
        table=table.name,
        day=day_of(row["requested_at"]),
        body=pack(row),
    )


def extras_text(extras: Row) -> str:
    """JSON text of what has no column, without its free-form parts when it would become too
    long."""
    text = pack(extras)
    if len(text) <= _MOST_EXTRAS:
        return text
    kept = dict(extras)
    for name in _FREE_FORM:
        if name in kept:
            del kept[name]
            kept[f"{name}Dropped"] = True
    return pack(kept)
