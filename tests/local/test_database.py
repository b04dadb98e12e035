"""The shared transaction: nothing is acknowledged that is not committed, and a failure undoes only itself."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.local.database import Database

SCHEMA = "CREATE TABLE IF NOT EXISTS numbers (number INTEGER PRIMARY KEY)"


def insert(number: int) -> object:
    return lambda connection: connection.execute("INSERT INTO numbers VALUES (?)", [number]).rowcount


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "db.sqlite", SCHEMA)


def numbers(database: Database) -> list[int]:
    with database.reading() as connection:
        return [row[0] for row in connection.execute("SELECT number FROM numbers ORDER BY number")]


def test_threads_share_transactions_and_lose_nothing(database: Database) -> None:
    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(lambda number: database.write(insert(number)), range(400))) == {1}
    assert numbers(database) == list(range(400))


def test_a_work_that_fails_undoes_only_itself(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO numbers VALUES (1000)")
        raise LookupError("no")

    def attempt(number: int) -> str:
        try:
            database.write(half if number % 3 == 0 else insert(number))
        except LookupError:
            return "failed"
        return "kept"

    with ThreadPoolExecutor(16) as threads:
        outcome = list(threads.map(attempt, range(90)))
    assert outcome.count("failed") == 30
    assert numbers(database) == [number for number in range(90) if number % 3]


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    first = Database(tmp_path / "db.sqlite", SCHEMA)
    first.write(insert(1))
    first.close()
    assert numbers(Database(tmp_path / "db.sqlite", SCHEMA)) == [1]


def test_a_failed_commit_is_told_to_every_thread(database: Database) -> None:
    """Deferred constraints break at COMMIT: everything in the shared transaction is lost, and everybody must know."""
    database.write(lambda connection: connection.execute("PRAGMA foreign_keys=ON"))
    database._writer.execute("PRAGMA foreign_keys=ON")
    database._writer.execute("CREATE TABLE child (n INTEGER REFERENCES numbers(number) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(sqlite3.IntegrityError):
        database.write(lambda connection: connection.execute("INSERT INTO child VALUES (99)"))
    database.write(insert(5))
    assert numbers(database) == [5]
