"""Retention: after as many days as a tenant has set, events are gone: their rows in the lake,
their versions in the ledger, their prompts. Needs pyarrow.

What they cost stays: a day is only emptied when its rollups hold all of it, and these are never
made anew. Those by person and by key lose the names; rollups of single traces go, and so do exports
in the lake. Charges stay, and so do the counts that open invoices are rated by.

An event that comes for a day that is past is acknowledged, and is in no report.
"""

import json
from dataclasses import dataclass, replace
from secrets import token_hex

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.export.service import EXPORTS
from chalicelib.identity.records import TEAM, TENANT
from chalicelib.identity.settings import RETENTION_DAYS, TenantSettings
from chalicelib.kit.clock import DAY, day_of
from chalicelib.kit.errors import Invalid, NotFound
from chalicelib.kit.turns import in_turn
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.damage import note_vanished_files, set_aside
from chalicelib.lake.days import announce_swap, lease_day, read_states, release_day
from chalicelib.lake.limits import FIRST, first_day, set_limit
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.reading import DamagedFile, decode_file, read_file
from chalicelib.lake.rebuild import rebuild_day
from chalicelib.lake.rolling import FILE, roll_day, sum_again
from chalicelib.lake.rollups import PERSONAL, ROLLUPS
from chalicelib.lake.tables import (
    AI_EVENTS,
    DAMAGED,
    EVENT_TABLES,
    QUARANTINE,
    ROLLED_UP,
    ROLLUP_DAILY,
)
from chalicelib.metering import prompts
from chalicelib.ports.documents import Record
from chalicelib.ports.lake import LakeObject, LakePath, NotInLake
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.roster import RETAINING

MOST_DAYS = 36_500
_PERSONAL = [dimension.name for dimension in PERSONAL]
_SINGLE = [rollup for rollup in ROLLUPS if rollup.only]
"""The rollups that hold single traces, and single executions of squads."""
_AT_ONCE = 1_000
"""Events that are dropped from the ledger at once."""
_IDS = pa.schema([("event_id", pa.string())])


@dataclass(slots=True)
class RetentionReport:
    """What was emptied: `days` of event tables (and of quarantine and exports), their `events`, and
    the `prompts` of these.

    `waiting`: days that could not be emptied yet, because they wait for their rollup or somebody is
    at work on them.
    """

    days: int = 0
    events: int = 0
    prompts: int = 0
    waiting: int = 0


def set_retention(world: World, tenant: Scope, days: int | None) -> None:
    """Have a tenant keep events for so many days, or for ever (None). Raises Invalid, NotFound,
    Stale."""
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise Invalid(f"days must lie between 1 and {MOST_DAYS}", field="days")
    record = _read_tenant(world, tenant)
    if days is not None:
        RETAINING.enrol(world.documents, tenant)
    doc = {**record.doc, RETENTION_DAYS: days}
    world.documents.update(tenant, replace(record, doc=doc))
    if days is None:
        for team in _list_teams(world, tenant):
            if first_day(world.documents, team) != FIRST:
                set_limit(world.documents, team, FIRST)


def read_retention(world: World, tenant: Scope) -> int | None:
    """How many days a tenant keeps events; None: for ever. Raises NotFound."""
    return TenantSettings.of(_read_tenant(world, tenant)).retention_days


def _read_tenant(world: World, tenant: Scope) -> Record:
    record = world.documents.get(tenant, TENANT, tenant)
    if record is None:
        raise NotFound(f"there is no tenant {tenant}")
    return record


def empty_due_days(world: World, *, until: int | None = None) -> RetentionReport:
    """Empty what is past, of all tenants. Begins no day after the instant `until` (ms)."""
    total = RetentionReport()
    tenants = [Scope(record.id) for record in RETAINING.members(world.documents)]
    for tenant in in_turn(tenants, world.now()):
        days = read_retention(world, tenant)
        if days is None:
            continue
        for team in _list_teams(world, tenant):
            if _is_over(world, until):
                return total
            first = day_of(world.now() - days * DAY)
            _empty_team(world, team, first, total, until)
    return total


def _is_over(world: World, until: int | None) -> bool:
    return until is not None and world.now() >= until


def _list_teams(world: World, tenant: Scope) -> list[Scope]:
    """The teams of a tenant, also those that were deleted: their events are still there."""
    records = world.documents.every(tenant)
    return [Scope(record.id) for record in records if record.kind == TEAM]


def _empty_team(
    world: World, team: Scope, first: str, total: RetentionReport, until: int | None
) -> None:
    """Empty the days before the first one that is kept (YYYY-MM-DD): a day is past when its last
    instant is."""
    # From here on the writer adds nothing to these days.
    set_limit(world.documents, team, first)
    world.lake.sweep(team)
    world.vault.sweep(team)
    for table in (*EVENT_TABLES, QUARANTINE, EXPORTS, DAMAGED):
        for day in world.lake.days(team, table):
            if day >= first:
                break
            if _is_over(world, until):
                return
            empty = _empty_day if table in EVENT_TABLES else _drop_day
            if empty(world, team, table, day, total):
                total.days += 1
            else:
                total.waiting += 1


def _empty_day(world: World, team: Scope, table: str, day: str, total: RetentionReport) -> bool:
    """Empty a day of a table of events once its rollups hold all of it; of a dirty day these are
    made first. False when that is not so yet, or somebody else is at work on the day."""
    state = read_states(world, team, table, [day])[day]
    if note_vanished_files(world, team, table, day) or state.lost:
        rebuild_day(world, team, day, [table])
    if not state.is_clean:
        compact_day(world, team, table, day)
    if table in ROLLED_UP and not read_states(world, team, table, [day])[day].is_rolled:
        roll_day(world, team, day, table)
    state = read_states(world, team, table, [day])[day]
    if not state.is_rolled:
        return False
    lease = lease_day(world, team, table, day, f"retention-{token_hex(8)}")
    if lease is None:
        return False
    empty = False
    try:
        if lease.quiet and lease.generation == state.rolled:
            names = [file.path.name for file in world.lake.list(team, table, day)]
            announce_swap(world, lease, gone=names)
            if table == AI_EVENTS.name:
                _take_out_names(world, team, day)
            single = [each.daily.name for each in _SINGLE if each.events.name == table]
            world.lake.delete(team, [LakePath(name, day, FILE) for name in single])
            empty = _drop_day(world, team, table, day, total)
    finally:
        release_day(world, lease)
    return empty


def _drop_day(world: World, team: Scope, table: str, day: str, total: RetentionReport) -> bool:
    """Remove prompts and versions of the events of a day, then the file that tells which events
    these are, so that the next run mends a crash. False when a file does not tell: the next run
    writes the day anew before it empties it."""
    for file in list(world.lake.list(team, table, day)):
        try:
            wanted = _read_event_ids(world, team, file)
        except DamagedFile as damage:
            set_aside(world, team, damage.path, damage.reason)
            return False
        if prompts.any_kept(world, team):
            for each in list(prompts.kept_of(world, team, frozenset(wanted))):
                prompts.forget(world, team, each)
                total.prompts += 1
        for start in range(0, len(wanted), _AT_ONCE):
            world.events.drop(team, wanted[start : start + _AT_ONCE])
        world.lake.delete(team, [file.path])
        total.events += len(wanted)
    return True


def _read_event_ids(world: World, team: Scope, file: LakeObject) -> list[str]:
    if file.path.table in (EXPORTS, DAMAGED):
        return []
    data = world.lake.get(team, file.path)
    if file.path.table == QUARANTINE:
        return [str(json.loads(line)["eventId"]) for line in data.splitlines()]
    ids: list[str] = decode_file(file.path, data, _IDS)["event_id"].to_pylist()
    return ids


def _take_out_names(world: World, team: Scope, day: str) -> None:
    """Take the names out of a day's rollups by person and by key; what they spent stays, as
    nobody's."""
    path = LakePath(ROLLUP_DAILY.name, day, FILE)
    try:
        rows = read_file(world, team, path, schema_of(ROLLUP_DAILY))
    except NotInLake:
        return  # there were no AI events on that day
    except DamagedFile as damage:
        set_aside(world, team, damage.path, damage.reason)
        return
    is_personal = pc.is_in(rows["dimension"], value_set=pa.array(_PERSONAL))
    nameless = rows.filter(is_personal)
    if not nameless.num_rows:
        return
    nobody = pa.nulls(nameless.num_rows, pa.string())
    for column in ("value", "value_id"):
        place = nameless.schema.get_field_index(column)
        nameless = nameless.set_column(place, column, nobody)
    others = rows.filter(pc.invert(is_personal))
    world.lake.put(team, path, encode(pa.concat_tables([others, sum_again(nameless)])))
