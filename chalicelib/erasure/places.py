"""The lake without the person: the days that name them are rewritten under the lock of compaction,
and rolled up anew.

The rows stay, with all that they cost; only texts change. Needs pyarrow.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex

import pyarrow as pa

from chalicelib.erasure import ledger
from chalicelib.erasure.rows import Row, scrub_table
from chalicelib.erasure.subject import Subject
from chalicelib.export.files import cells_of
from chalicelib.export.service import EXPORTS
from chalicelib.invoicing.days import USAGE
from chalicelib.kit.jsontext import pack
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.days import close_days, open_days
from chalicelib.lake.parquet import decode, encode, schema_of
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.tables import EVENT_TABLES, QUARANTINE, ROLLED_UP, TABLES
from chalicelib.ports.lake import LakeObject, NotInLake
from chalicelib.ports.world import World

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """One day of one table (or of the quarantine) that has objects."""

    table: str
    day: str


@dataclass(slots=True)
class PlaceReport:
    """What a place held of the person: rows (lines, in the quarantine), the files they stood in,
    prompts that were removed. `busy`: somebody else was rewriting the day, which has to be looked
    at again."""

    rows: int = 0
    files: int = 0
    prompts: int = 0
    busy: bool = False


def walk_places(world: World, team: str) -> Iterator[Place]:
    """All that a team has in the lake: events first, because rollups are made from them."""
    for table in (
        *EVENT_TABLES,
        *(name for name in TABLES if name not in EVENT_TABLES),
        QUARANTINE,
        USAGE,
        EXPORTS,
    ):
        yield from (Place(table, day) for day in world.lake.days(team, table))


def erase(world: World, team: str, place: Place, subject: Subject, *, dry_run: bool) -> PlaceReport:
    """Take the person out of a place. Raises NotInLake when others keep rewriting it."""
    for attempt in range(_ATTEMPTS):
        found = PlaceReport()
        try:
            for file in list(world.lake.list(team, place.table, place.day)):
                _look(world, team, file, subject, found, dry_run=dry_run)
        except NotInLake:  # compaction has swapped the files
            if attempt + 1 == _ATTEMPTS:
                raise
        else:
            break
    if found.rows and not dry_run and place.table in EVENT_TABLES:
        found.busy = not _rewrite(world, team, place, subject)
    return found


def _look(
    world: World,
    team: str,
    file: LakeObject,
    subject: Subject,
    found: PlaceReport,
    *,
    dry_run: bool,
) -> None:
    table = file.path.table
    data = world.lake.get(team, file.path)
    if table in _MADE:
        if _MADE[table](file.path.name, data, subject):
            found.files += 1
            found.rows += 1
            if not dry_run:
                world.lake.delete(team, [file.path])
        return
    if table == QUARANTINE:
        new, changed = _lines(data, subject)
    else:
        rows, before = scrub_table(decode(data, schema_of(TABLES[table])), subject)
        changed = len(before)
        if before and not dry_run and table in EVENT_TABLES:
            found.prompts += ledger.blank_prompts(world, team, _owned(before, subject))
        new = encode(rows) if changed else b""
    if not changed:
        return
    found.rows += changed
    found.files += 1
    # Event tables are rewritten as a whole, see _rewrite. The file is looked at once more, so that
    # what a billing run has written since is not lost.
    if not dry_run and table not in EVENT_TABLES:
        if world.lake.get(team, file.path) != data:
            found.busy = True
            return
        world.lake.put(team, file.path, new)


def _counts_name(_: str, data: bytes, subject: Subject) -> bool:
    """Whether what billing counted of a day names the person, as a value of an element."""
    text = zlib.decompress(data).decode()
    return subject.json_text(text) != text


def _export_names(name: str, data: bytes, subject: Subject) -> bool:
    return any(_cell_names(column, text, subject) for column, text in cells_of(data, name))


def _cell_names(column: str, text: str, subject: Subject) -> bool:
    if text.startswith("{"):
        return subject.json_text(text, own=True) != text
    return subject.text(text, own=column in ("subscriber", "credential")) != text


_MADE = {USAGE: _counts_name, EXPORTS: _export_names}
"""What is made from events, and can be made again: a file that names the person goes as a whole.
Billing counts such a day again; an export that is still wanted is made anew."""


def _owned(rows: list[Row], subject: Subject) -> Iterator[str]:
    return (row["event_id"] for row in rows if subject.owns(row))


def _rewrite(world: World, team: str, place: Place, subject: Subject) -> bool:
    """Whether the day is without the person now. It is dirty in between, so that its rollups become
    those of what it says then."""
    writer = f"erasure-{token_hex(8)}"
    open_days(world, team, place.table, [place.day], writer)
    close_days(world, team, place.table, [place.day], writer)

    def change(rows: pa.Table) -> pa.Table:
        return scrub_table(rows, subject)[0]

    if not compact_day(world, team, place.table, place.day, change):
        return False
    return place.table not in ROLLED_UP or roll_day(world, team, place.day, place.table)


def _lines(data: bytes, subject: Subject) -> tuple[bytes, int]:
    """The lines of a quarantined batch, and how many changed."""
    before = data.decode().splitlines()
    after = [_line(line, subject) for line in before]
    return "\n".join(after).encode(), sum(
        old != new for old, new in zip(before, after, strict=True)
    )


def _line(line: str, subject: Subject) -> str:
    record = json.loads(line)
    body = subject.json_text(record["body"])
    reason = subject.text(record["reason"])
    if (body, reason) == (record["body"], record["reason"]):
        return line
    return pack({**record, "body": body, "reason": reason})
