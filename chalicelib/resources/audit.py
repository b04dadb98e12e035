"""Audit: entries of what was changed of stored events: by re-rating, by files that correct or take
back, by erasing a person, by saying which assistants are paid by use; of limits at providers, of
looks at prompts, of keys made and revoked, of payments. One entry a change, never changed
afterwards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from chalicelib.kit.clock import iso, millis
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import new_id
from chalicelib.kit.money import to_usd
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources import hal
from chalicelib.resources.errors import TooMany
from chalicelib.resources.listing import MOST, read_all
from chalicelib.resources.schemas import PageQuery, Wire, build_page_model

AUDIT = "AUDIT"
RE_RATE, CORRECT, VOID, ERASE = "RE_RATE", "CORRECT", "VOID", "ERASE"
BILLING_MODE = "BILLING_MODE"
PROVIDER_LIMIT = "PROVIDER_LIMIT"
"""A limit was written to a provider, or taken away there."""
LOOK = "PROMPT_LOOK"
"""Somebody looked at the prompts of a call: nothing was changed."""
KEY_MADE, KEY_REVOKED = "KEY_MADE", "KEY_REVOKED"
PAYMENT = "PAYMENT"
"""Somebody noted that an invoice was paid."""
_FORMER_KINDS = {"RERATING": RE_RATE, "ERASURE": ERASE}
"""Kinds that held entries before there was one for all; nothing is added to them any more."""
_LAST = 10**16
_HEAD = frozenset({"action", "author", "at", "firstDay", "lastDay", "model", "lines"})
ROWS = "auditEntryList"

_Usd = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class AuditLine(Wire):
    """What one change did to the calls of a model, or of a tool (then the provider is `tool`)."""

    provider: str | None = None
    model: str | None = None
    changed: int = Field(description="calls whose cost is another one now")
    costBefore: _Usd = Field(description="USD; a cost that was unknown counts as 0")
    costAfter: _Usd = Field(description="USD")
    unpricedBefore: int | None = None
    unpricedAfter: int | None = None


class AuditEntry(Wire):
    """One change of many events."""

    id: str
    action: str = Field(
        description=f"{RE_RATE}, {CORRECT}, {VOID}, {ERASE}, {BILLING_MODE}, {PROVIDER_LIMIT}, "
        f"{LOOK}, {KEY_MADE}, {KEY_REVOKED}, {PAYMENT}"
    )
    author: str | None = Field(None, description="who asked for it")
    changedAt: datetime
    firstDay: str | None = Field(None, description="first UTC day whose events were changed")
    lastDay: str | None = None
    model: str | None = Field(None, description="the model or tool that was asked for")
    lines: list[AuditLine] = Field(default_factory=list)
    facts: dict[str, Any] = Field(
        default_factory=dict, description="what else is known: counts, the file's name"
    )


AuditEntryPage = build_page_model("AuditEntryPage", ROWS, AuditEntry)


class AuditQuery(PageQuery):
    """Which entries: of changes that were made in a time, of one kind, of a day's events."""

    startDate: datetime | None = None
    endDate: datetime | None = Field(None, description="exclusive")
    action: str | None = None
    day: str | None = Field(None, description="a UTC day, YYYY-MM-DD, whose events were changed")

    @property
    def window(self) -> "Window":
        """What is asked for."""
        since = millis(self.startDate) if self.startDate else 0
        until = millis(self.endDate) if self.endDate else _LAST
        return Window(since, until, self.action or "", self.day or "")


@dataclass(frozen=True, slots=True)
class Window:
    """Which entries: of changes made from `since` until `until` (UTC epoch ms, the latter
    exclusive), of one action, or that concern a day's events; empty for all."""

    since: int = 0
    until: int = _LAST
    action: str = ""
    day: str = ""

    def holds(self, record: Record) -> bool:
        """Whether an entry is asked for."""
        doc = record.doc
        if not self.since <= record.created_at < self.until:
            return False
        if self.action and self.action != _action_of(record):
            return False
        return not self.day or (doc.get("firstDay") or "") <= self.day <= (doc.get("lastDay") or "")


def note_change(
    world: World, team: Scope, action: str, author: str, facts: Mapping[str, Any]
) -> None:
    """Leave an entry of a change. `facts` are JSON; of these `firstDay`, `lastDay`, `model` and
    `lines` are told apart from the rest."""
    now = world.now()
    doc = {"action": action, "author": author, "at": now, **facts}
    # Pages are in the order of names: counting down puts the newest first.
    name = f"{_LAST - now:016d}"
    world.documents.create(team, Record(AUDIT, new_id(), doc, name, created_at=now, updated_at=now))


def list_entries(world: World, team: Scope, window: Window) -> list[dict[str, Any]]:
    """The entries of a window, the newest first, as they are shown. Raises TooMany over 10,000."""
    rows = []
    for record in _walk_back(world, team, window.since):
        if window.holds(record):
            rows.append(_present(record))
        if len(rows) > MOST:
            raise TooMany(f"there are over {MOST} entries: narrow the time (startDate, endDate)")
    return rows


def page_entries(world: World, team: Scope, query: AuditQuery, asked: Request) -> dict[str, Any]:
    """A HAL page of entries, the newest first. Raises TooMany."""
    rows = list_entries(world, team, query.window)
    return hal.build_page(asked, query.request, ROWS, query.request.cut(rows), len(rows))


def _walk_back(world: World, team: Scope, since: int) -> Iterator[Record]:
    """Entries, the newest first, until one that is older than `since`."""
    former: list[Record] = []
    for kind in _FORMER_KINDS:
        former += read_all(world, team, kind)
    former.sort(key=lambda record: record.created_at, reverse=True)
    for record in chain(walk(world.documents, team, AUDIT), former):
        if record.created_at < since:
            return
        yield record


def _action_of(record: Record) -> str:
    return str(record.doc.get("action") or _FORMER_KINDS.get(record.kind, ""))


def _present(record: Record) -> dict[str, Any]:
    doc = record.doc
    facts = {name: value for name, value in doc.items() if name not in _HEAD}
    return {
        "id": record.id,
        "action": _action_of(record),
        "author": doc.get("author"),
        "changedAt": iso(record.created_at),
        "firstDay": doc.get("firstDay"),
        "lastDay": doc.get("lastDay"),
        "model": doc.get("model"),
        "lines": [_present_line(line) for line in doc.get("lines") or ()],
        "facts": facts,
    }


def _present_line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "provider": line["provider"],
        "model": line["model"],
        "changed": line["changed"],
        "costBefore": to_usd(line["beforeNano"]),
        "costAfter": to_usd(line["afterNano"]),
        "unpricedBefore": line.get("unpricedBefore"),
        "unpricedAfter": line.get("unpricedAfter"),
    }
