"""Bulk: many records at once from a file: to add, to correct what is stored, or to void it.

A record is what a client would have posted. Reading a file twice changes nothing the second time.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any

from pydantic import ValidationError

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import day_of
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.http.validation import faults_of, read_body, read_json
from chalicelib.kit.ids import event_id
from chalicelib.lake.limits import first_day
from chalicelib.metering.completions import completion_draft
from chalicelib.metering.correcting import correct_row, is_gone
from chalicelib.metering.customs import custom_draft
from chalicelib.metering.drafts import Draft
from chalicelib.metering.enriching import is_other_call
from chalicelib.metering.event_schemas import GenericEventIngest, ToolEventIngest
from chalicelib.metering.joining import as_other_call
from chalicelib.metering.media import audio_draft, image_draft, video_draft
from chalicelib.metering.media_schemas import AiAudioIngest, AiImageIngest, AiVideoIngest
from chalicelib.metering.revisions import revise, void
from chalicelib.metering.rows import COMPLETION
from chalicelib.metering.schemas import AiCompletionIngest, Wire
from chalicelib.metering.service import events_of, record, time_faults
from chalicelib.metering.settling import CLOSED
from chalicelib.metering.sharing import SHARED, Asked, find_meant
from chalicelib.metering.tools import tool_draft
from chalicelib.metering.weak_ids import first_id
from chalicelib.ports.events import EventRecord
from chalicelib.ports.world import World
from chalicelib.resources.audit import CORRECT, VOID, note_change

AT_ONCE = 10_000
"""Records of a file that are taken together."""
_READ_AT_ONCE = 100
MakeDraft = Callable[[World, Principal, Any], Draft]


class Mode(StrEnum):
    """ADD leaves known records as they are; CORRECT makes a new version of those that differ, and
    adds the others; VOID takes records back and needs their transaction ids only."""

    ADD = "add"
    CORRECT = "correct"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: its wire model, its draft, and the kind in its event id."""

    model: type[Wire]
    draft: MakeDraft
    identity: str


KINDS: Mapping[str, Kind] = {
    "completion": Kind(
        AiCompletionIngest, lambda _, __, body: completion_draft(body), "COMPLETION"
    ),
    "audio": Kind(AiAudioIngest, lambda _, __, body: audio_draft(body), "AUDIO"),
    "image": Kind(AiImageIngest, lambda _, __, body: image_draft(body), "IMAGE"),
    "video": Kind(AiVideoIngest, lambda _, __, body: video_draft(body), "VIDEO"),
    "tool": Kind(ToolEventIngest, lambda world, _, body: tool_draft(body, world.now()), "TOOL"),
    "event": Kind(GenericEventIngest, custom_draft, "EVENT"),
}


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A record of a file: where it stands, and its JSON text or (of a CSV file) its members."""

    number: int
    content: bytes | Mapping[str, Any]
    columns: Mapping[str, Any] = field(default_factory=dict)
    """Columns of the event that no member of the wire has: a cost that the exporting product
    reckoned is kept beside ours (`stated_cost_nano`)."""
    fault: str = ""
    """Why its file cannot be read here: then it is rejected, whatever it holds."""

    def transaction_id(self) -> str:
        """The id that it names; empty when it names none or cannot be read."""
        content: Any = self.content
        if isinstance(content, bytes):
            try:
                content = read_json(content)
            except ValueError:
                return ""
        if not isinstance(content, Mapping):
            return ""
        given = [content.get(name) for name in ("spanId", "transactionId")]
        return first_id(*(each for each in given if isinstance(each, str))) or ""


@dataclass(slots=True)
class Tally:
    """What became of the records: `same` were known already and stay, or were voided before."""

    lines: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    rejected: int = 0
    emptied: int = 0
    """Those that lie on days which retention has emptied: they are in no report."""


Reject = Callable[[FileRecord, Sequence[Fault]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The reading of one file: whose records they are, of which kind, what to do with them, whom to
    tell of bad ones, and what became of them so far."""

    world: World
    principal: Principal
    kind: Kind
    mode: Mode
    tell: Reject
    source: str = ""
    """The name of the file, for the audit entry of what it changes."""
    tally: Tally = field(default_factory=Tally)

    def run(self, records: Iterable[FileRecord]) -> Iterator[int]:
        """Take the records, thousands at a time, and yield their number after each; a bad one is
        told and stops nothing. Leaves an audit entry when stored events were changed.

        Raises what the stores raise: the file can then be read again from its beginning.
        """
        rest = iter(records)
        try:
            while some := list(islice(rest, AT_ONCE)):
                self.tally.lines += len(some)
                _VERBS[self.mode](self, list(filter(self._is_whole, some)))
                yield len(some)
        finally:
            self._audit()

    def _is_whole(self, record: FileRecord) -> bool:
        """Whether a record could be read; else it is rejected."""
        if record.fault:
            self.reject(record, [Fault("", record.fault, "MALFORMED")])
        return not record.fault

    def _audit(self) -> None:
        """Leave an entry of what was changed; adding is no change, nor is a richer record."""
        if self.tally.changed and self.mode is not Mode.ADD:
            action = VOID if self.mode is Mode.VOID else CORRECT
            facts = {
                "changed": self.tally.changed,
                "added": self.tally.added,
                "kind": self.kind.identity,
                "file": self.source,
            }
            note_change(self.world, self.principal.team, action, self.principal.key_id, facts)

    def reject(self, record: FileRecord, faults: Sequence[Fault]) -> None:
        """Count a record that cannot be taken, and tell of it."""
        self.tally.rejected += 1
        self.tell(record, faults)


def _make_drafts(load: Load, records: Sequence[FileRecord]) -> list[tuple[FileRecord, Draft]]:
    """The draft of each record that can be taken; the others are rejected."""
    drafts = []
    first = first_day(load.world.documents, load.principal.team)
    for file_record in records:
        try:
            body = _read_body(load.kind, file_record)
            draft = load.kind.draft(load.world, load.principal, body)
        except ValidationError as error:
            load.reject(file_record, faults_of(error))
            continue
        except Invalid as error:
            load.reject(file_record, error.faults)
            continue
        faults = _faults(draft, body, load.world.now())
        if faults:
            load.reject(file_record, faults)
            continue
        draft.row["channel"] = "BULK"
        draft.row.update(file_record.columns)
        if first and day_of(draft.row["requested_at"]) < first:
            load.tally.emptied += 1
        drafts.append((file_record, draft))
    return drafts


def _read_body(kind: Kind, record: FileRecord) -> Wire:
    """The wire model of a record. Raises ValidationError."""
    if isinstance(record.content, bytes):
        return read_body(kind.model, record.content)
    return kind.model.model_validate(record.content)


def _faults(draft: Draft, body: Any, now: int) -> list[Fault]:  # noqa: ANN401 - any wire model
    """Without an id of its own, a record that is read again would be another one. `now` in UTC
    epoch ms."""
    if not first_id(getattr(body, "spanId", None), body.transactionId):
        return [Fault("transactionId", "a record of a file must carry its id", "MISSING")]
    return time_faults(draft, now)


def _add(load: Load, records: Sequence[FileRecord]) -> None:
    """Add what is new, and what makes known calls richer; other known records stay as they are."""
    drafts = [draft for _, draft in _make_drafts(load, records)]
    for receipt in record(load.world, load.principal, drafts):
        load.tally.added += receipt.fresh
        load.tally.changed += receipt.richer
        load.tally.same += not (receipt.fresh or receipt.richer)


def _correct(load: Load, records: Sequence[FileRecord]) -> None:
    """Add what is new, and bring known events to what their records say."""
    world, team = load.world, load.principal.team
    drafts = _make_drafts(load, records)
    if load.kind.identity == COMPLETION:
        for _, draft in drafts:
            draft.extras[CLOSED] = [draft.row["channel"]]
    events = events_of(world, load.principal, [draft for _, draft in drafts], world.now())
    fresh = world.events.append(team, events)
    load.tally.added += sum(fresh)
    old = [each for each, is_new in zip(events, fresh, strict=True) if not is_new]
    others = _find_others(load, old)
    known: dict[str, tuple[FileRecord, EventRecord]] = {}
    first: dict[str, EventRecord] = {}
    for (file_record, _), event, is_new in zip(drafts, events, fresh, strict=True):
        if event.event_id in others or _is_other(first.setdefault(event.event_id, event), event):
            load.reject(file_record, [SHARED])
        elif not is_new:
            known[event.event_id] = (file_record, event)
    _correct_known(load, known)


def _find_others(load: Load, events: Sequence[EventRecord]) -> set[str]:
    """The ids of events whose ids two stored calls share, of which one began when the record did:
    correcting the other one would lose it."""
    team = load.principal.team
    shared: dict[str, str] = {}
    for event in events:
        row = json.loads(event.body)
        if row.get("kind") == COMPLETION:
            shared[as_other_call(team, row)["event_id"]] = event.event_id
    found: set[str] = set()
    ids = list(shared)
    for start in range(0, len(ids), _READ_AT_ONCE):
        stored = load.world.events.get(team, ids[start : start + _READ_AT_ONCE])
        found.update(map(shared.__getitem__, stored))
    return found


def _is_other(first: EventRecord, event: EventRecord) -> bool:
    """Whether an event is of another call than the first one of a file that has its id."""
    if first is event:
        return False
    row = json.loads(event.body)
    known = {**json.loads(first.body), "extras": None}
    return row.get("kind") == COMPLETION and is_other_call(known, row)


def _correct_known(load: Load, known: Mapping[str, tuple[FileRecord, EventRecord]]) -> None:
    """Bring known events to what their records say; `known` by event id."""
    refused: set[str] = set()

    def change(row: dict[str, Any]) -> dict[str, Any] | None:
        file_record, event = known[row["event_id"]]
        wanted = correct_row(row, json.loads(event.body))
        fault = _find_fault(row, wanted) if wanted else None
        if fault and event.event_id not in refused:
            refused.add(event.event_id)
            load.reject(file_record, [fault])
        return None if fault else wanted

    changed = revise(load.world, load.principal.team, list(known), change)
    load.tally.changed += len(changed)
    load.tally.same += len(known) - len(changed) - len(refused)


def _find_fault(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> Fault | None:
    """Why a stored row cannot become another one."""
    if is_gone(row):
        return _GONE
    return _MOVED if day_of(row["requested_at"]) != day_of(wanted["requested_at"]) else None


_GONE = Fault("transactionId", "the stored record was deleted, and stays so", "DELETED")
_MOVED = Fault(
    "requestTime",
    "lies on another UTC day than the stored record: void that one and add this under another "
    "transaction id",
    "DAY_CHANGED",
)


def _void(load: Load, records: Sequence[FileRecord]) -> None:
    """Take events back, by the transaction ids of the records; of two calls that share one, the one
    whose time and counts the record has."""
    world, team = load.world, load.principal.team
    lines: list[FileRecord] = []
    asked: list[Asked] = []
    for file_record in records:
        transaction = file_record.transaction_id()
        if transaction:
            lines.append(file_record)
            asked.append(_ask(load, file_record, transaction))
        else:
            load.reject(file_record, [_NAMELESS])
    meant: list[str] = []
    for file_record, found in zip(lines, find_meant(world, team, asked), strict=True):
        if isinstance(found, Fault):
            load.reject(file_record, [found])
        else:
            meant.append(found)
    voided = void(world, team, meant)
    load.tally.changed += len(voided)
    load.tally.same += len(meant) - len(voided)


def _ask(load: Load, record: FileRecord, transaction: str) -> Asked:
    """What a record may mean: an id is enough, but where two calls share it."""
    team = load.principal.team
    identity = event_id(team, load.kind.identity, transaction)
    if load.kind.identity != COMPLETION:
        return Asked(identity)
    try:
        draft = load.kind.draft(load.world, load.principal, _read_body(load.kind, record))
    except (ValidationError, Invalid):
        return Asked(identity)
    row = draft.row | {"event_id": identity, "channel": "BULK"}
    by_time, by_counts = as_other_call(team, row), as_other_call(team, row, 1)
    return Asked(identity, row, (by_time["event_id"], by_counts["event_id"]))


_NAMELESS = Fault("transactionId", "the id of the record to void is missing", "MISSING")
_VERBS = {Mode.ADD: _add, Mode.CORRECT: _correct, Mode.VOID: _void}
