"""API calls: a record of the request and one of the response, joined in whatever order they
come."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from chalicelib.directory.attribution import attribute
from chalicelib.directory.names import Names
from chalicelib.directory.registry import SOURCE, registry
from chalicelib.identity.records import Principal
from chalicelib.kit.ids import event_id
from chalicelib.lake.tables import API_EVENTS
from chalicelib.metering.bodies import NAME, TRANSACTION_ID, text
from chalicelib.metering.event_schemas import ApiRequestIngest, ApiResponseIngest
from chalicelib.metering.revisions import next_version
from chalicelib.metering.rows import event_record
from chalicelib.metering.service import acknowledgement
from chalicelib.ports.documents import Stale
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

KIND = "API"
_RESOURCE = 2_048
_ATTEMPTS = 5


def record_request(world: World, principal: Principal, body: ApiRequestIngest) -> dict[str, Any]:
    """Record the request half; its acknowledgement (MeteringAck). A second one of the same id
    changes nothing."""
    owners = attribute(world, principal, Names(credential_value=text(body.credential, NAME)))
    half = owners | {
        "method": body.method,
        "resource": text(body.resource, _RESOURCE) or None,
        "source_id": _source(world, principal.team, body),
        "source_type": body.sourceType or "UNKNOWN",
        "content_type": text(body.contentType, NAME) or None,
        "remote_host": text(body.remoteHost, NAME) or None,
        "user_agent": text(body.userAgent, NAME) or None,
        "request_bytes": body.requestMessageSize,
        "has_request": True,
    }
    return _join(world, principal, body.transactionId, half, "has_request")


def record_response(world: World, principal: Principal, body: ApiResponseIngest) -> dict[str, Any]:
    """Record the response half; its acknowledgement (MeteringAck). A second one of the same id
    changes nothing."""
    half = {
        "response_code": body.responseCode,
        "duration_ms": _duration(body),
        "backend_latency_ms": body.backendLatency,
        "gateway_latency_ms": body.gatewayLatency,
        "response_bytes": body.responseMessageSize,
        "response_content_type": text(body.contentType, NAME) or None,
        "has_response": True,
    }
    return _join(world, principal, body.transactionId, half, "has_response")


def _duration(body: ApiResponseIngest) -> int | None:
    """Milliseconds of the call: as told, else the sum of the latencies that are told."""
    if body.totalDuration is not None:
        return body.totalDuration
    latencies = [each for each in (body.backendLatency, body.gatewayLatency) if each is not None]
    return round(sum(latencies)) if latencies else None


def _join(
    world: World, principal: Principal, transaction_id: str, half: Mapping[str, Any], mark: str
) -> dict[str, Any]:
    """Store the half that came first as version 1, and both together as version 2.

    Raises Stale when others keep changing the record meanwhile.
    """
    now, team = world.now(), principal.team
    identity = event_id(team, KIND, transaction_id)
    first = {
        "event_id": identity,
        "version": 1,
        "deleted": False,
        "transaction_id": transaction_id[:TRANSACTION_ID],
        "channel": "REST",
        "requested_at": now,
        "received_at": now,
        "api_key_id": principal.key_id,
        **half,
    }
    if world.events.append(team, [event_record(team, API_EVENTS, first)])[0]:
        return acknowledgement(world, identity, now, "metering")
    for _ in range(_ATTEMPTS):
        known = world.events.get(team, [identity])[identity]
        row = json.loads(known.body)
        joined = next_version(known, {**row, **half}, now)
        if row.get(mark) or world.events.append(team, [joined])[0]:
            return acknowledgement(world, identity, row["received_at"], "metering")
    raise Stale(KIND, identity)


def _source(world: World, team: Scope, body: ApiRequestIngest) -> str | None:
    """The id of the source that served the call: by its own name, else by the host or the first
    part of the path, so that a path with ids in it does not make a source of each."""
    name = text(body.sourceId, NAME) or _place(text(body.resource, _RESOURCE))
    return registry(world).obtain_id(team, SOURCE, name) if name else None


def _place(resource: str) -> str:
    """The host of a URL, else the first part of its path; empty when there is neither."""
    try:
        parts = urlsplit(resource)
    except ValueError:
        return ""
    if parts.hostname:
        return parts.hostname[:NAME]
    head, _, _ = parts.path.strip("/").partition("/")
    return f"/{head}"[:NAME] if head else ""
