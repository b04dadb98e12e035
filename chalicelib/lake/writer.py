"""The writer: from a batch of the feed to Parquet files, one per team, table and day."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.kit.clock import millis
from chalicelib.lake.days import close_days, open_days
from chalicelib.lake.limits import first_day
from chalicelib.lake.parquet import encode
from chalicelib.lake.rows import Reject, sift_rows
from chalicelib.lake.tables import AI_EVENTS, EVENT_TABLES, QUARANTINE
from chalicelib.lake.teams import note_assistants, note_completion
from chalicelib.ports.events import EventRecord, by_team
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.lake import LakePath
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.roster import LAKE

FEED_PREFIX = "feed-"
_NO_DAY = "1970-01-01"
"""Where records stand whose day is none."""


def write(world: World, batch: FeedBatch) -> None:
    """Write a batch. A repeated batch replaces its own files; a bad record goes to the quarantine
    and stops nothing.

    Raises whatever the ports raise: the batch must then come again.
    """
    for team, events in by_team(batch.events).items():
        _write_team(world, team, _name(batch), events)


def _name(batch: FeedBatch) -> str:
    return FEED_PREFIX + re.sub(r"[^A-Za-z0-9.-]", "_", f"{batch.shard}-{batch.first}-{batch.last}")


def _write_team(world: World, team: Scope, name: str, events: Sequence[EventRecord]) -> None:
    parts: defaultdict[tuple[str, str], list[EventRecord]] = defaultdict(list)
    for event in events:
        parts[event.table, event.day].append(event)
    rejects: list[Reject] = []
    rows: defaultdict[str, dict[str, pa.Table]] = defaultdict(dict)
    for (table, day), part in parts.items():
        good, bad = _rows(table, day, part)
        rejects += bad
        if good is not None:
            rows[table][day] = good
    LAKE.enrol(world.documents, team)
    first = first_day(world.documents, team)
    _quarantine(world, team, name, [each for each in rejects if not _is_past(each, first)])
    for table, by_day in rows.items():
        kept = {day: part for day, part in by_day.items() if day >= first}
        if kept:
            _put(world, team, table, name, kept)
    _note_activity(world, team, list(rows[AI_EVENTS.name].values()))


def _is_past(reject: Reject, first: str) -> bool:
    """Whether a record is of a day that retention has emptied."""
    return _is_day(reject.event.day) and reject.event.day < first


def _put(world: World, team: Scope, table: str, name: str, rows: Mapping[str, pa.Table]) -> None:
    """Put the files of a batch, one a day."""
    open_days(world, team, table, list(rows), name)
    # Once more: retention begins no day that is open, and may have set its limit just before we
    # opened this one.
    first = first_day(world.documents, team)
    file = f"{name}.parquet"
    kept = [day for day in rows if day >= first]
    for day in kept:
        world.lake.put(team, LakePath(table, day, file), encode(rows[day]))
    added = {day: {file: rows[day].num_rows} if day in kept else {} for day in rows}
    close_days(world, team, table, added, name)


def _rows(
    table: str, day: str, events: Sequence[EventRecord]
) -> tuple[pa.Table | None, list[Reject]]:
    """The rows of a partition (None when it has none), and the records that cannot be rows."""
    if table not in EVENT_TABLES:
        return None, [Reject(event, f"unknown table {table!r}") for event in events]
    if not _is_day(day):
        return None, [Reject(event, f"{day!r} is no day") for event in events]
    tables, rejects = sift_rows(table, day, events)
    return (pa.concat_tables(tables) if tables else None), rejects


def _is_day(day: str) -> bool:
    try:
        return date.fromisoformat(day).isoformat() == day
    except ValueError:
        return False


def _quarantine(world: World, team: Scope, name: str, rejects: Sequence[Reject]) -> None:
    """One object of JSON lines a batch and day, under the batch's name, so that a repeated batch
    replaces it."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for reject in rejects:
        event = reject.event
        record = {
            "reason": reject.reason,
            "table": event.table,
            "day": event.day,
            "eventId": event.event_id,
            "version": event.version,
            "body": event.body,
        }
        lines[event.day if _is_day(event.day) else _NO_DAY].append(json.dumps(record))
    for day, records in lines.items():
        world.lake.put(
            team, LakePath(QUARANTINE, day, f"{name}.jsonl"), "\n".join(records).encode()
        )


def _note_activity(world: World, team: Scope, tables: Sequence[pa.Table]) -> None:
    """Remember the newest receipt time of a completion, and which assistants have called."""
    newest: list[int] = []
    assistants: set[str] = set()
    for rows in tables:
        completions = pc.equal(pc.utf8_lower(rows["kind"]), "completion")
        assistants.update(name for name in pc.unique(rows["assistant"]).to_pylist() if name)
        received = pc.max(rows["received_at"].filter(completions)).as_py()
        if received:
            newest.append(millis(received))
    if assistants:
        note_assistants(world.documents, team, assistants)
    if newest:
        note_completion(world.documents, team, max(newest))
