"""What is stored of destinations and deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalicelib.kit.clock import DAY
from chalicelib.ports.documents import Record

SLACK, WEBHOOK = "SLACK_CONFIGURATION", "WEBHOOK_CONFIGURATION"
"""Kinds of destinations, records of a tenant."""
DELIVERY = "DELIVERY"
"""One notice on its way to one destination, a record of a team."""
TEST = "test"
"""The event of messages that somebody sends to see whether they arrive."""
OVERLAP_MS = DAY
"""For so long messages are signed with a former secret too."""
_DUE, _FAILED = "due-", "failed-"


class Channel(StrEnum):
    """How a notice travels."""

    EMAIL = "email"
    SLACK = "slack"
    WEBHOOK = "webhook"


class Status(StrEnum):
    """What became of a delivery. One that is SKIPPED was not to be sent: its destination is gone,
    switched off, or wants no such event."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Hook:
    """A destination that is called. `url` is sealed for Slack, whose URLs are secrets; `secrets`
    are those of a webhook, sealed, each with the instant (UTC epoch ms) until which it is used,
    None without an end."""

    id: str
    name: str
    url: str
    is_enabled: bool
    events: Sequence[str]
    secrets: Sequence[tuple[str, int | None]]

    @classmethod
    def of(cls, record: Record) -> "Hook":
        """The destination of its record, of either kind."""
        doc = record.doc
        return cls(
            id=record.id,
            name=record.name,
            url=doc["webhookUrl"] if record.kind == SLACK else doc["url"],
            is_enabled=doc.get("enabled") is not False,
            events=doc.get("events") or (),
            secrets=[(each["sealed"], each["until"]) for each in doc.get("secrets") or ()],
        )

    def wants(self, event: str) -> bool:
        """Whether an event is to be sent here: any where none are named; `alert` names all whose
        names begin with `alert.` too."""
        if not self.events:
            return True
        return any(event == each or event.startswith(f"{each}.") for each in self.events)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way. `body` is JSON text. `due` is when it is tried next (UTC epoch ms);
    `tries` counts since it was made or replayed, `attempts` all, of which `log` holds the last."""

    id: str
    created_at: int
    key: str
    event: str
    subject: str
    text: str
    body: str
    channel: Channel
    target: str
    status: Status
    due: int
    tries: int
    attempts: int
    reason: str
    updated_at: int
    log: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, record: Record) -> "Delivery":
        """The delivery of its record."""
        doc = record.doc
        return cls(
            id=record.id,
            created_at=record.created_at,
            key=doc["key"],
            event=doc["event"],
            subject=doc["subject"],
            text=doc["text"],
            body=doc["body"],
            channel=Channel(doc["channel"]),
            target=doc["target"],
            status=Status(doc["status"]),
            due=doc["due"],
            tries=doc["tries"],
            attempts=doc["attempts"],
            reason=doc["reason"],
            updated_at=doc["changed"],
            log=doc["log"],
        )

    @property
    def destination(self) -> str:
        """Where it goes: `email:<address>`, `slack:<id>`, `webhook:<id>`."""
        return f"{self.channel}:{self.target}"


def place_in_line(status: Status, at: int) -> str:
    """The reference of a delivery's record, by which those that are due, and those that have
    failed, are found in the order of their times (UTC epoch ms)."""
    match status:
        case Status.PENDING:
            return f"{_DUE}{at:016d}"
        case Status.FAILED:
            return f"{_FAILED}{at:016d}"
    return ""


def line_of(status: Status) -> str:
    """What the references of all that wait, or of all that have failed, begin with."""
    return {Status.PENDING: _DUE, Status.FAILED: _FAILED}[status]
