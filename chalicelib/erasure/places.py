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

from chalicelib.assistants.contribution_days import CONTRIBUTIONS
from chalicelib.erasure import ledger
from chalicelib.erasure.rows import scrub_table
from chalicelib.erasure.subject import Subject
from chalicelib.erasure.task import Task
from chalicelib.export.files import cells_of
from chalicelib.export.service import EXPORTS
from chalicelib.invoicing.days import USAGE
from chalicelib.kit.jsontext import pack
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.days import close_days, open_days
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.reading import decode_file, read_steadily
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.tables import DAMAGED, EVENT_TABLES, QUARANTINE, ROLLED_UP, TABLES
from chalicelib.ports.lake import LakeObject, LakePath
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


@dataclass(frozen=True, slots=True)
class Place:
    """One day (YYYY-MM-DD) of one table, or of the quarantine, that has objects."""

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


def walk_places(world: World, team: Scope) -> Iterator[Place]:
    """All that a team has in the lake: events first, because rollups are made from them."""
    rollups = [name for name in TABLES if name not in EVENT_TABLES]
    for table in (*EVENT_TABLES, *rollups, QUARANTINE, CONTRIBUTIONS, USAGE, EXPORTS, DAMAGED):
        for day in world.lake.days(team, table):
            yield Place(table, day)


def erase(task: Task, place: Place) -> PlaceReport:
    """Take the person out of a place. Raises NotInLake when others keep rewriting it."""
    report = read_steadily(task.world, task.team, lambda: _erase_from_files(task, place))
    if report.rows and not task.dry_run and place.table in EVENT_TABLES:
        report.busy = not _rewrite_day(task, place)
    return report


def _erase_from_files(task: Task, place: Place) -> PlaceReport:
    """Take the person out of the files that stand in a place now. Raises NotInLake."""
    report = PlaceReport()
    for file in list(task.world.lake.list(task.team, place.table, place.day)):
        _erase_from_file(task, file, report)
    return report


def _erase_from_file(task: Task, file: LakeObject, report: PlaceReport) -> None:
    table = file.path.table
    data = task.world.lake.get(task.team, file.path)
    if table in _CAN_BE_MADE_AGAIN:
        names_person = _CAN_BE_MADE_AGAIN[table]
        if names_person(file.path.name, data, task.subject):
            report.files += 1
            report.rows += 1
            if not task.dry_run:
                task.world.lake.delete(task.team, [file.path])
        return
    if table == QUARANTINE:
        scrubbed, changed = _scrub_lines(data, task.subject)
    elif table == CONTRIBUTIONS:
        text = data.decode()
        scrubbed = task.subject.json_text(text).encode()
        changed = int(scrubbed != data)
    else:
        scrubbed, changed = _scrub_rows(task, file.path, data, report)
    if not changed:
        return
    report.rows += changed
    report.files += 1
    # Event tables are rewritten as a whole, see _rewrite_day.
    if not task.dry_run and table not in EVENT_TABLES:
        _replace_file(task, file, data, scrubbed, report)


def _replace_file(
    task: Task, file: LakeObject, before: bytes, after: bytes, report: PlaceReport
) -> None:
    """The file is looked at once more, so that what a billing run has written since is not lost."""
    if task.world.lake.get(task.team, file.path) != before:
        report.busy = True
        return
    task.world.lake.put(task.team, file.path, after)


def _scrub_rows(task: Task, path: LakePath, data: bytes, report: PlaceReport) -> tuple[bytes, int]:
    """A Parquet file without the person (empty when it does not name them), and how many rows
    changed. The prompts of events that are theirs go too."""
    schema = schema_of(TABLES[path.table])
    rows, changed = scrub_table(decode_file(path, data, schema), task.subject)
    if not changed:
        return b"", 0
    if path.table in EVENT_TABLES and not task.dry_run:
        own = [row["event_id"] for row in changed if task.subject.owns(row)]
        report.prompts += ledger.blank_prompts(task.world, task.team, own)
    return encode(rows), len(changed)


def _counts_name_person(_name: str, data: bytes, subject: Subject) -> bool:
    """Whether what billing counted of a day names the person, as a value of an element."""
    text = zlib.decompress(data).decode()
    return subject.json_text(text) != text


def _export_names_person(name: str, data: bytes, subject: Subject) -> bool:
    return any(_cell_names_person(column, text, subject) for column, text in cells_of(data, name))


def _cell_names_person(column: str, text: str, subject: Subject) -> bool:
    if text.startswith("{"):
        return subject.json_text(text, own=True) != text
    return subject.text(text, own=column in ("subscriber", "credential")) != text


def _may_name_person(_name: str, _data: bytes, _subject: Subject) -> bool:
    """Nobody can tell what a damaged file says, so it may name anybody."""
    return True


_CAN_BE_MADE_AGAIN = {
    USAGE: _counts_name_person,
    EXPORTS: _export_names_person,
    DAMAGED: _may_name_person,
}
"""What is made from events, and can be made again: a file that names the person goes as a whole.
Billing counts such a day again; an export that is still wanted is made anew, and so is a day whose
file was set aside."""


def _rewrite_day(task: Task, place: Place) -> bool:
    """Whether the day is without the person now. It is dirty in between, so that its rollups become
    those of what it says then."""
    world, team = task.world, task.team
    writer = f"erasure-{token_hex(8)}"
    open_days(world, team, place.table, [place.day], writer)
    close_days(world, team, place.table, {place.day: {}}, writer)

    def change(rows: pa.Table) -> pa.Table:
        return scrub_table(rows, task.subject)[0]

    if not compact_day(world, team, place.table, place.day, change):
        return False
    return place.table not in ROLLED_UP or roll_day(world, team, place.day, place.table)


def _scrub_lines(data: bytes, subject: Subject) -> tuple[bytes, int]:
    """The lines of a quarantined batch without the person, and how many changed."""
    lines = data.decode().splitlines()
    changed = 0
    for number, line in enumerate(lines):
        scrubbed = _scrub_line(line, subject)
        if scrubbed != line:
            lines[number] = scrubbed
            changed += 1
    return "\n".join(lines).encode(), changed


def _scrub_line(line: str, subject: Subject) -> str:
    record = json.loads(line)
    body = subject.json_text(record["body"])
    reason = subject.text(record["reason"])
    if (body, reason) == (record["body"], record["reason"]):
        return line
    return pack({**record, "body": body, "reason": reason})
