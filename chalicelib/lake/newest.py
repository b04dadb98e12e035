"""Reading events from the lake, each once and in its newest version.

A correction or a deletion of an event is a further row with a higher version, and until compaction
has rewritten a day all of them stand in its files. So the newest version is found first, and every
condition on columns comes after it: a correction may move an event into a group, or out of it.

Both readers answer the same form, `<rows> where <conditions>`, to which further conditions are
added with ` and …`.
"""

from collections.abc import Iterable, Sequence

from chalicelib.kit.windows import DayRange
from chalicelib.lake.sql import Sql, join_sql
from chalicelib.ports.engine import Scan
from chalicelib.ports.scope import Scope


def restrict_to(team: Scope, ranges: Sequence[DayRange]) -> Sql:
    """The condition that keeps to the files of one team and of some ranges of days: both are
    partition keys, which engines choose files by."""
    days = join_sql(" or ", [Sql("day between ? and ?", days) for days in ranges])
    return Sql("team = ? and (", (team,)) + days + Sql(")")


def scan_of(table: str, ranges: Sequence[DayRange]) -> list[Scan]:
    """The same days as scans, which tell the engine which files it will read."""
    return [Scan(table, first, last) for first, last in ranges]


def read_newest(table: str, columns: Iterable[str], partition: Sql) -> Sql:
    """The newest versions of events that were not deleted, from days that may hold an event
    several times. `columns` are all that anybody will ask of the rows; `partition` is made by
    `restrict_to`."""
    names = ", ".join(dict.fromkeys([*columns, "deleted"]))
    place = "row_number() over (partition by event_id order by version desc) as place"
    head = f"(select {names}, {place} from {table} where "  # noqa: S608 - names of our own
    return Sql(head) + partition + Sql(") where place = 1 and not deleted")


def read_clean(table: str, partition: Sql) -> Sql:
    """The events that were not deleted, from clean days: those that hold each event once, in its
    newest version."""
    return Sql(f"{table} where ") + partition + Sql(" and not deleted")
