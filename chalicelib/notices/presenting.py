"""Deliveries as they are shown."""

from collections.abc import Mapping
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.notices.records import Delivery, Status
from chalicelib.notices.sending import read_body
from chalicelib.resources.hal import self_link

Json = dict[str, Any]
_PATH = "/profitstream/v2/api/deliveries"


def present(delivery: Delivery) -> Json:
    """A delivery as lists show it."""
    waits = delivery.status is Status.PENDING
    return {
        "id": delivery.id,
        "label": delivery.subject,
        "resourceType": "delivery",
        "key": delivery.key,
        "event": delivery.event,
        "subject": delivery.subject,
        "destination": delivery.destination,
        "status": delivery.status,
        "reason": delivery.reason or None,
        "attempts": delivery.attempts,
        "nextAttemptAt": iso(delivery.due) if waits else None,
        "created": iso(delivery.created_at),
        "updated": iso(delivery.updated_at),
        "_links": self_link(f"{_PATH}/{delivery.id}"),
    }


def present_detail(delivery: Delivery) -> Json:
    """A delivery with its content and its tries."""
    log = [_present_try(entry) for entry in delivery.log]
    content = {"text": delivery.text, "body": read_body(delivery), "log": log}
    return present(delivery) | content


def _present_try(entry: Mapping[str, Any]) -> Json:
    return {
        "at": iso(entry["at"]),
        "status": entry["status"],
        "ms": entry["ms"],
        "error": entry["error"] or None,
        "answer": entry["answer"] or None,
    }
