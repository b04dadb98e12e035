"""Reading files of the lake one by one, in spite of compaction, which swaps them, and of damage.
Needs pyarrow."""

from collections.abc import Callable
from typing import TypeVar

import pyarrow as pa

from chalicelib.lake.damage import set_aside
from chalicelib.lake.parquet import UnreadableFile, count_rows, decode, schema_of
from chalicelib.lake.tables import TABLES
from chalicelib.ports.lake import LakePath, NotInLake
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

Value = TypeVar("Value")
_ATTEMPTS = 4


class DamagedFile(Exception):
    """A file cannot be read. `path` is its place, `reason` what the reader says of it."""

    def __init__(self, path: LakePath, reason: str) -> None:
        super().__init__(f"{path.table}/{path.day}/{path.name}: {reason}")
        self.path, self.reason = path, reason


def decode_file(path: LakePath, data: bytes, schema: pa.Schema) -> pa.Table:
    """The rows of a file. Raises DamagedFile."""
    try:
        return decode(data, schema)
    except UnreadableFile as error:
        raise DamagedFile(path, str(error)) from error


def count_file_rows(path: LakePath, data: bytes) -> int:
    """How many rows a file has. Raises DamagedFile."""
    try:
        return count_rows(data)
    except UnreadableFile as error:
        raise DamagedFile(path, str(error)) from error


def read_file(world: World, team: Scope, path: LakePath, schema: pa.Schema) -> pa.Table:
    """The rows of a stored file. Raises NotInLake, DamagedFile."""
    return decode_file(path, world.lake.get(team, path), schema)


def read_undamaged(world: World, team: Scope, read: Callable[[], Value]) -> Value:
    """What `read` answers, which lists and reads the files of a day; read again without each file
    that turns out to be damaged, which is set aside. Raises NotInLake."""
    while True:
        try:
            return read()
        except DamagedFile as damage:
            set_aside(world, team, damage.path, damage.reason)


def read_steadily(world: World, team: Scope, read: Callable[[], Value]) -> Value:
    """The same, and read again whenever compaction has swapped the files meanwhile. Raises
    NotInLake when that keeps happening."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return read_undamaged(world, team, read)
        except NotInLake:
            continue
    return read_undamaged(world, team, read)


def check_files(world: World, team: Scope, table: str) -> int:
    """Read every file of a table to its last byte, and set aside what cannot be read; how many
    files that were."""
    schema = schema_of(TABLES[table])
    damaged = 0
    for file in list(world.lake.list(team, table)):
        try:
            read_file(world, team, file.path, schema)
        except NotInLake:
            continue  # compaction was here
        except DamagedFile as damage:
            set_aside(world, team, damage.path, damage.reason)
            damaged += 1
    return damaged
