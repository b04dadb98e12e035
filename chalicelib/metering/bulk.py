"""Bulk: many records at once from a file: to add, to correct what is stored, or to void it.

A record is what a client would have posted. Reading a file twice changes nothing the second time.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from pydantic import ValidationError

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import day_of
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.http.validation import faults_of
from chalicelib.kit.ids import event_id
from chalicelib.metering.completions import completion_draft
from chalicelib.metering.customs import custom_draft
from chalicelib.metering.drafts import Draft
from chalicelib.metering.event_schemas import GenericEventIngest, ToolEventIngest
from chalicelib.metering.media import audio_draft, image_draft, video_draft
from chalicelib.metering.media_schemas import AiAudioIngest, AiImageIngest, AiVideoIngest
from chalicelib.metering.revisions import revise, void
from chalicelib.metering.schemas import AiCompletionIngest, Wire
from chalicelib.metering.service import events_of, record, time_faults
from chalicelib.metering.tools import tool_draft
from chalicelib.ports.events import EventRecord
from chalicelib.ports.world import World

AT_ONCE = 10_000
_OWN = frozenset({"event_id", "version", "received_at", "channel", "api_key_id"})
"""Columns that a correction leaves as they were: when and how the event first came."""
Make = Callable[[World, Principal, Any], Draft]


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
    draft: Make
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
class Line:
    """A record of a file: where it stands, and its JSON text or (of a CSV file) its members."""

    number: int
    content: bytes | Mapping[str, Any]


@dataclass(slots=True)
class Tally:
    """What became of the lines: `same` were known already and stay, or were voided before."""

    lines: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    rejected: int = 0


Reject = Callable[[Line, Sequence[Fault]], None]


def load(
    world: World,
    principal: Principal,
    kind: Kind,
    mode: Mode,
    lines: Iterable[Line],
    reject: Reject,
    tally: Tally,
) -> Iterator[int]:
    """Take the lines, thousands at a time, and yield their number after each; a bad line is told
    and stops nothing.

    Raises what the stores raise: the file can then be read again from its beginning.
    """
    rest = iter(lines)
    while some := list(islice(rest, AT_ONCE)):
        tally.lines += len(some)
        _VERBS[mode](world, principal, kind, some, _counted(reject, tally), tally)
        yield len(some)


def _counted(reject: Reject, tally: Tally) -> Reject:
    def refuse(line: Line, faults: Sequence[Fault]) -> None:
        tally.rejected += 1
        reject(line, faults)

    return refuse


def _drafts(
    world: World, principal: Principal, kind: Kind, lines: Sequence[Line], reject: Reject
) -> list[tuple[Line, Draft]]:
    found = []
    for line in lines:
        try:
            if isinstance(line.content, bytes):
                body = kind.model.model_validate_json(line.content)
            else:
                body = kind.model.model_validate(line.content)
            draft = kind.draft(world, principal, body)
        except ValidationError as error:
            reject(line, faults_of(error))
            continue
        except Invalid as error:
            reject(line, error.faults)
            continue
        if faults := _faults(draft, body, world.now()):
            reject(line, faults)
            continue
        draft.row["channel"] = "BULK"
        found.append((line, draft))
    return found


def _faults(draft: Draft, body: Any, now: int) -> list[Fault]:  # noqa: ANN401 - any wire model
    """Without an id of its own, a record that is read again would be another one."""
    if not (body.transactionId or getattr(body, "spanId", None)):
        return [Fault("transactionId", "a record of a file must carry its id", "MISSING")]
    return time_faults(draft, now)


def _add(
    world: World,
    principal: Principal,
    kind: Kind,
    lines: Sequence[Line],
    reject: Reject,
    tally: Tally,
) -> None:
    drafts = [draft for _, draft in _drafts(world, principal, kind, lines, reject)]
    fresh = sum(recorded.fresh for recorded in record(world, principal, drafts))
    tally.added += fresh
    tally.same += len(drafts) - fresh


def _correct(
    world: World,
    principal: Principal,
    kind: Kind,
    lines: Sequence[Line],
    reject: Reject,
    tally: Tally,
) -> None:
    found = _drafts(world, principal, kind, lines, reject)
    events = events_of(world, principal, [draft for _, draft in found], world.now())
    fresh = world.events.append(principal.team, events)
    tally.added += sum(fresh)
    known = {
        event.event_id: (line, event)
        for (line, _), event, new in zip(found, events, fresh, strict=True)
        if not new
    }
    _revise(world, principal.team, known, reject, tally)


def _revise(
    world: World,
    team: str,
    known: Mapping[str, tuple[Line, EventRecord]],
    reject: Reject,
    tally: Tally,
) -> None:
    """Bring known events to what their lines say."""
    moved: list[str] = []

    def change(row: dict[str, Any]) -> dict[str, Any] | None:
        line, event = known[row["event_id"]]
        wanted = _corrected(row, event)
        if day_of(row["requested_at"]) != day_of(wanted["requested_at"]):
            moved.append(event.event_id)
            reject(line, [_MOVED])
            return None
        return wanted if wanted != row else None

    changed = revise(world, team, list(known), change)
    tally.changed += len(changed)
    tally.same += len(known) - len(changed) - len(moved)


_MOVED = Fault(
    "requestTime",
    "lies on another UTC day than the stored record: void that one and add this under another transaction id",
    "DAY_CHANGED",
)


def _corrected(row: Mapping[str, Any], event: EventRecord) -> dict[str, Any]:
    """The stored row as it should be: every column by the correction, null where it says nothing,
    but for our own. Kinds whose records tell no time keep theirs."""
    wanted: dict[str, Any] = json.loads(event.body)
    own = {name: row[name] for name in _OWN if name in row}
    if "payload" in row:
        own["requested_at"] = row["requested_at"]
    blank = {name: None for name in row if name not in wanted}
    return {**blank, **wanted, **own}


def _void(
    world: World,
    principal: Principal,
    kind: Kind,
    lines: Sequence[Line],
    reject: Reject,
    tally: Tally,
) -> None:
    ids: dict[str, Line] = {}
    for line in lines:
        identity = _transaction_id(line)
        if identity:
            ids[event_id(principal.team, kind.identity, identity)] = line
        else:
            reject(
                line, [Fault("transactionId", "the id of the record to void is missing", "MISSING")]
            )
    known: set[str] = set()
    for start in range(0, len(ids), 100):
        known |= world.events.get(principal.team, list(ids)[start : start + 100]).keys()
    for unknown in ids.keys() - known:
        reject(ids[unknown], [Fault("transactionId", "there is no such record", "NOT_FOUND")])
    voided = void(world, principal.team, [identity for identity in ids if identity in known])
    tally.changed += len(voided)
    tally.same += len(known) - len(voided)


def _transaction_id(line: Line) -> str:
    content: Any = line.content
    if isinstance(content, bytes):
        try:
            content = json.loads(content)
        except ValueError:
            return ""
    given = (
        content.get("spanId") or content.get("transactionId")
        if isinstance(content, Mapping)
        else None
    )
    return given if isinstance(given, str) else ""


_VERBS = {Mode.ADD: _add, Mode.CORRECT: _correct, Mode.VOID: _void}
