"""The shared transaction: nothing is acknowledged that is not committed, and a failure undoes only
itself."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chalicelib.kit.errors import Unavailable
from infra.local.database import Database, _Job

SCHEMA = "CREATE TABLE IF NOT EXISTS numbers (number INTEGER PRIMARY KEY)"


def insert(number: int) -> object:
    return lambda connection: (
        connection.execute("INSERT INTO numbers VALUES (?)", [number]).rowcount
    )


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "db.sqlite", SCHEMA)


def numbers(database: Database) -> list[int]:
    with database.reader() as connection:
        return [row[0] for row in connection.execute("SELECT number FROM numbers ORDER BY number")]


def test_a_snapshot_is_of_one_moment(database: Database) -> None:
    question = "SELECT count(*) FROM numbers"
    with database.snapshot() as connection:
        before = connection.execute(question).fetchone()
        database.write(insert(1))
        assert connection.execute(question).fetchone() == before == (0,)
    assert numbers(database) == [1]


def test_a_snapshot_that_was_left_by_an_error_has_ended(database: Database) -> None:
    def look() -> None:
        with database.snapshot() as connection:
            connection.execute("SELECT count(*) FROM numbers").fetchone()
            raise LookupError

    with pytest.raises(LookupError):
        look()
    database.write(insert(1))
    assert numbers(database) == [1]


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
    """Deferred constraints break at COMMIT: everything in the shared transaction is lost, and
    everybody must know."""
    database.write(lambda connection: connection.execute("PRAGMA foreign_keys=ON"))
    database._writer.execute("PRAGMA foreign_keys=ON")
    database._writer.execute(
        "CREATE TABLE child (n INTEGER REFERENCES numbers(number) DEFERRABLE INITIALLY DEFERRED)"
    )
    with pytest.raises(sqlite3.IntegrityError):
        database.write(lambda connection: connection.execute("INSERT INTO child VALUES (99)"))
    database.write(insert(5))
    assert numbers(database) == [5]


class PausedBehind:
    """A lock that lets the thread called `heir` go on only when `handed_over` is set."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.queued, self.handed_over = threading.Event(), threading.Event()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        if threading.current_thread().name == "heir" and not self.queued.is_set():
            self.queued.set()
            assert self.handed_over.wait(timeout=20)


def test_a_leader_that_hands_over_before_its_heir_waits_hangs_nobody(database: Database) -> None:
    """The heir has queued and not yet looked whether it leads when the leader names it; both must
    end, and the next."""
    lock = PausedBehind()
    database._queue = lock  # type: ignore[assignment]

    def first(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO numbers VALUES (1)")
        heir.start()
        assert lock.queued.wait(timeout=20)

    answers: list[object] = []
    heir = threading.Thread(
        target=lambda: answers.append(database.write(insert(2))), name="heir", daemon=True
    )
    database.write(first)
    lock.handed_over.set()
    heir.join(timeout=20)
    assert (heir.is_alive(), answers) == (False, [1])
    database.write(insert(3))
    assert numbers(database) == [1, 2, 3]


def test_a_wake_that_cannot_be_released_keeps_nobody_asleep(database: Database) -> None:
    """The rest of the group is woken, whatever became of one of them."""
    awake, asleep = _Job(insert(1)), _Job(insert(2))
    awake.wake.release()
    database._pending, database._led = [awake, asleep], True
    database._lead()
    assert asleep.wake.acquire(blocking=False)
    assert (awake.kept, asleep.kept, database._led) == (True, True, False)


def test_a_locked_file_is_told_to_all_who_wait_at_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each group would wait for the lock in its turn: with the first, all others are told."""
    database._writer.execute("PRAGMA busy_timeout=300")
    other = sqlite3.connect(tmp_path / "db.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def attempt(number: int) -> str:
        try:
            database.write(insert(number))
        except Unavailable as error:
            return error.message
        return "kept"

    begun = time.monotonic()
    with ThreadPoolExecutor(16) as threads:
        answers = set(threads.map(attempt, range(16)))
    assert answers == {"another process keeps the ledger locked: try again later"}
    assert time.monotonic() - begun < 3, "sixteen times 0.3 s"
    other.execute("ROLLBACK")
    other.close()
    assert attempt(99) == "kept"


def test_a_full_disk_is_told_and_nothing_of_it_kept(database: Database) -> None:
    database.write(insert(1))
    pages = database._writer.execute("PRAGMA page_count").fetchone()[0]
    database._writer.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(Unavailable, match="the disk is full"):
        database.write(
            lambda connection: connection.executemany(
                "INSERT INTO numbers VALUES (?)", [(number,) for number in range(2, 20_000)]
            )
        )
    assert numbers(database) == [1]


def test_who_waits_too_long_goes_and_is_not_named_to_lead(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.database._WAIT_S", 0.05)
    entered, go_on = threading.Event(), threading.Event()

    def slow(connection: sqlite3.Connection) -> None:
        entered.set()
        assert go_on.wait(timeout=20)

    leader = threading.Thread(target=database.write, args=(slow,), daemon=True)
    leader.start()
    assert entered.wait(timeout=20)
    with pytest.raises(Unavailable, match="did not take it in time"):
        database.write(insert(1))
    go_on.set()
    leader.join(timeout=20)
    database.write(insert(2))
    assert numbers(database) == [2]
