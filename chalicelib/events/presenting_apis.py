"""Calls of APIs as the wire shows them."""

from chalicelib.events.listings import APIS
from chalicelib.events.presenting import (
    Json,
    Surroundings,
    copy_members,
    refer,
    show_head,
    show_moment,
    show_owners,
)
from chalicelib.events.values import Event

_API_COLUMNS = {
    "transactionId": "transaction_id",
    "method": "method",
    "resource": "resource",
    "remoteHost": "remote_host",
    "userAgent": "user_agent",
    "contentType": "content_type",
    "sourceType": "source_type",
    "requestMessageSize": "request_bytes",
    "responseMessageSize": "response_bytes",
    "responseCode": "response_code",
    "backendLatency": "backend_latency_ms",
    "gatewayLatency": "gateway_latency_ms",
    "totalDuration": "duration_ms",
    "latency": "duration_ms",
}


_ERRORS_FROM = 400
"""Of HTTP: a response with this code or a higher one is an error."""


def show_api_call(event: Event, around: Surroundings) -> Json:
    """A call of an API; what its response tells is null until it has come."""
    row = event.row
    code = row.get("response_code")
    took = row.get("duration_ms")
    responded = row["requested_at"] + took if took is not None else None
    credential = refer("credential", row.get("credential_id"), row.get("credential"))
    return {
        **show_head(APIS, "apis", event),
        **copy_members(event, _API_COLUMNS),
        **show_owners(event, around),
        "credential": credential,
        "source": refer("source", row.get("source_id"), None, "sources"),
        "subscriptionId": row.get("subscription"),
        "requestTime": show_moment(row["requested_at"]),
        "responseTime": show_moment(responded),
        "requests": 1,
        "errors": 0 if code is None else int(code >= _ERRORS_FROM),
    }
