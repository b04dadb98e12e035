"""Presenting: traces as the wire shows them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from chalicelib.kit.clock import iso
from chalicelib.kit.money import to_usd
from chalicelib.reports.measures import plain
from chalicelib.resources.hal import self_link
from chalicelib.traces.traits import Traits

Json = dict[str, Any]
PATH = "/profitstream/v2/api/sources/metrics/ai/traces"


def usd(nano: int | None) -> Decimal:
    """An amount in USD; 0 where nothing is known, which a count beside it tells."""
    return plain(to_usd(int(nano or 0)))


def status_of(calls: int, failures: int) -> str:
    """SUCCESS when no call failed, FAILED when all did, else PARTIAL."""
    if not failures:
        return "SUCCESS"
    return "FAILED" if failures >= calls else "PARTIAL"


def link_to(trace: str, part: str = "") -> Json:
    """The link of a trace, or of a part of it."""
    return self_link(f"{PATH}/{quote(trace, safe='')}{part}")


def show_trace(row: Mapping[str, Any], traits: Traits) -> Json:
    """A trace, from its totals and its traits."""
    model, provider = traits.main_model()
    agents = traits.names("agent")
    return {
        "id": row["trace_id"],
        "resourceType": "ai.trace",
        "label": row["trace_name"] or row["trace_id"],
        "traceId": row["trace_id"],
        "traceType": row["trace_type"],
        "traceName": row["trace_name"],
        "startTime": iso(row["begun"]),
        "endTime": iso(row["ended"]),
        "traceDuration": row["duration_ms"],
        "transactionCount": row["calls"],
        "errorCount": row["failures"],
        "unpricedCount": row["calls"] - row["priced"],
        "agentCount": len(agents),
        "inputTokenCount": row["input_tokens"] or 0,
        "outputTokenCount": row["output_tokens"] or 0,
        "totalTokenCount": row["total_tokens"] or 0,
        "totalCost": usd(row["cost_nano"]),
        "model": model,
        "provider": provider,
        "models": traits.names("model"),
        "providers": traits.names("provider"),
        "agents": agents,
        "environment": traits.most("environment"),
        "source": traits.unanimous("middleware_source"),
        "squadId": traits.most("squad_id"),
        "squadName": traits.most("squad_name"),
        "status": status_of(row["calls"], row["failures"]),
        "_links": link_to(row["trace_id"]),
    }
