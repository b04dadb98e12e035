"""Estimating: what a call that is about to be made will cost at most, by the price that metering
would take, input as counted and output at its cap."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.budgets.reservation_schemas import EstimateSource, ReservationRequest
from chalicelib.directory.attribution import attribute
from chalicelib.directory.prices import prices_of
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import SECOND
from chalicelib.metering.completions import completion_draft
from chalicelib.metering.rows import COMPLETION, cost_columns, event_of, usage_of
from chalicelib.metering.schemas import AiCompletionIngest, IngestAttribution
from chalicelib.metering.vocabulary import IngestStopReason
from chalicelib.ports.world import World
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import CallCost, Source

Json = dict[str, Any]
_EMPTY = AiCompletionIngest.model_construct()
"""Every member as it is where nobody tells it: to copy it is far quicker than to construct it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a call will be: its row, and its cost in nano-USD (None: unknown)."""

    row: Json
    cost: int | None
    source: EstimateSource


def estimate_call(
    world: World, principal: Principal, body: ReservationRequest, now: int
) -> Estimate:
    """What metering would make of the call, if it happened now with all the output it may have."""
    draft = completion_draft(_completion(body, now))
    cost = rate(usage_of(draft.row, draft.extras), prices_of(world, principal.team))
    draft.row |= cost_columns(cost) | {"kind": COMPLETION, "received_at": now}
    owners = attribute(world, principal, draft.names)
    row = json.loads(event_of(principal, "", draft, owners).body)
    return Estimate(row, cost.cost, _source(body, cost))


def _source(body: ReservationRequest, cost: CallCost) -> EstimateSource:
    if body.estimatedCost is not None:
        return EstimateSource.STATED
    if cost.cost is None:
        return EstimateSource.UNKNOWN
    if body.maxOutputTokenCount is None:
        return EstimateSource.INPUT_ONLY
    return EstimateSource.TEAM if cost.source is Source.TEAM else EstimateSource.BOOK


def _completion(body: ReservationRequest, now: int) -> AiCompletionIngest:
    """The record that the call would be metered with."""
    shared = {name: getattr(body, name) for name in IngestAttribution.model_fields}
    moment = datetime.fromtimestamp(now / SECOND, UTC)
    sent, received = body.inputTokenCount or 0, body.maxOutputTokenCount or 0
    shared |= {
        "credentialAlias": body.credentialAlias or body.subscriberCredential,
        "totalCost": body.estimatedCost,
        "inputMessages": None,
        "outputResponse": None,
        "attributes": None,
    }
    told = {
        "model": body.model,
        "provider": body.provider,
        "requestTime": moment,
        "responseTime": moment,
        "requestDuration": 0,
        "inputTokenCount": sent,
        "outputTokenCount": received,
        "totalTokenCount": sent + received,
        "isStreamed": False,
        "stopReason": IngestStopReason.END.value,
    }
    # All of it was validated as the body of the reservation.
    return _EMPTY.model_copy(update=shared | told)
