"""One SQLite file, written durably by many threads: concurrent writers share a transaction and its
fsync."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from chalicelib.kit.errors import Unavailable

Answer = TypeVar("Answer")
Work = Callable[[sqlite3.Connection], Any]
_BUSY_MS = 5_000
"""How long another process may keep the file locked before that is told."""
_WAIT_S = 30.0
"""How long a thread waits for its transaction, more than any should take."""
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "another process keeps the ledger locked",
    sqlite3.SQLITE_LOCKED: "another process keeps the ledger locked",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk does not take what is written",
    sqlite3.SQLITE_READONLY: "the data folder may not be written to",
    sqlite3.SQLITE_CANTOPEN: "the ledger cannot be opened",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_CORRUPT: "the ledger is damaged",
    sqlite3.SQLITE_NOTADB: "the ledger is damaged",
}
"""SQLite's primary result codes that no request can help, and what they mean."""
_PRIMARY_CODE = 0xFF
_CACHE_KIB, _CHECKPOINT_PAGES = 64 * 1024, 10_000
"""Of the writer. Events come under hashes, so each lands on a random page of the index: with
SQLite's defaults of 2 MB and a thousand pages the same pages are written back again and again, at
two thirds more time an event."""


class _Job:
    """`wake` is released when the job has ended, or when its thread shall lead (`leads`)."""

    __slots__ = ("answer", "error", "kept", "leads", "wake", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.answer: Any = None
        self.error: BaseException | None = None
        self.kept = False
        self.leads = False
        self.wake = threading.Lock()
        self.wake.acquire()


def _wake(job: _Job) -> None:
    """Let the thread of the job go on. One that is awake already must not keep the others from
    being woken."""
    with suppress(RuntimeError):
        job.wake.release()


def _meaning(error: BaseException) -> str | None:
    """What is wrong with the file or the disk; None for a fault of the statement or its values."""
    return _UNAVAILABLE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE)


@contextmanager
def _explain_faults() -> Iterator[None]:
    """Turn what is wrong with the file or the disk into Unavailable, which clients try again."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise Unavailable(f"{meaning}: try again later") from error


class _Connection(sqlite3.Connection):
    """Closed with its owner: a reader's owner is a thread, and nobody knows when that ends."""

    def __del__(self) -> None:
        self.close()


class Database:
    """A file in WAL mode. `durable` makes every commit an fsync; without it a power cut may lose
    the newest commits, a kill -9 never does (the pages are the kernel's by then)."""

    def __init__(self, path: Path, schema: str, *, durable: bool = True) -> None:
        self._path = path
        self._local = threading.local()
        self._synchronous = "FULL" if durable else "OFF"
        self._queue = threading.Lock()
        self._pending: list[_Job] = []
        self._led = False
        self._writer = self._open()
        self._writer.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._writer.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        self._writer.executescript(schema)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            isolation_level=None,
            check_same_thread=False,
            timeout=_BUSY_MS / 1e3,
            factory=_Connection,
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        return connection

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """This thread's own connection; it sees everything that was committed before."""
        with _explain_faults():
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = self._open()
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """The reader at one moment: what is written between two of its questions is not seen."""
        with self.reader() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")

    def write(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Run `work` in a transaction and return what it returned, once that is durable.

        One thread leads: it runs all that is queued in one transaction, then wakes their threads at
        once, and the first one that has queued meanwhile to lead in turn:

            A  queue - lead [A] - commit+fsync - wake B
            B  queue - wait -------------- lead [B C] - commit+fsync - wake C
            C     queue - wait -------------------------- answered

        When a work raises, the transaction is rolled back and all run again, each in a savepoint,
        so that it undoes only itself. So a work may run twice, and must not do anything but SQL.
        """
        job = _Job(work)
        with self._queue:
            self._pending.append(job)
            first = not self._led
            self._led = True
        # Decided under the lock: once it is left, the leader may already have made this job its
        # heir, and an heir that did not take its wake would lead with it unlocked.
        if not first:
            self._await_turn(job)
        if first or job.leads:
            self._lead()
        with _explain_faults():
            if job.error is not None:
                raise job.error
        if not job.kept:
            raise Unavailable("the transaction was interrupted")
        return job.answer  # type: ignore[no-any-return] # what work returned

    def _await_turn(self, job: _Job) -> None:
        """Wait until the job has ended or shall lead. Raises Unavailable when that takes too
        long; whoever goes must not stay in the queue, as it could be named to lead it."""
        if job.wake.acquire(timeout=_WAIT_S):
            return
        with self._queue:
            if job.leads:
                return
            if job in self._pending:
                self._pending.remove(job)
                raise Unavailable("the ledger did not take it in time: try again later")
        raise Unavailable("the ledger did not take it in time: it may be stored all the same")

    def _lead(self) -> None:
        jobs = self._take_pending()
        try:
            if not self._run_together(jobs):
                # Who has queued meanwhile would wait as long for the same answer.
                jobs += self._fail_pending(jobs[0].error)
        finally:
            with self._queue:
                heir = self._pending[0] if self._pending else None
                self._led = heir is not None
                if heir is not None:
                    heir.leads = True
            for job in jobs:
                _wake(job)
            if heir is not None:
                _wake(heir)

    def _take_pending(self) -> list[_Job]:
        with self._queue:
            jobs, self._pending = self._pending, []
        return jobs

    def _fail_pending(self, error: BaseException | None) -> list[_Job]:
        jobs = self._take_pending()
        for job in jobs:
            job.error, job.kept = error, True
        return jobs

    def _run_together(self, jobs: Sequence[_Job]) -> bool:
        """Whether the file could be locked and written to; all jobs know their end afterwards."""
        try:
            self._all_or_each(jobs)
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            # The shared transaction failed (a full disk, say): nothing of it was kept, so nobody
            # may believe it was.
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            for job in jobs:
                job.error, job.kept = error, True
            return False
        for job in jobs:
            job.kept = True
        return True

    def _all_or_each(self, jobs: Sequence[_Job]) -> None:
        """Savepoints are two statements a job, and each gives other threads the interpreter: only
        after a failure. Raises sqlite3.Error when the file or the disk is at fault, not a job."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                job.answer = job.work(self._writer)
        except Exception as error:
            if _meaning(error) is not None:
                raise
            self._writer.execute("ROLLBACK")
            self._writer.execute("BEGIN IMMEDIATE")
            for job in jobs:
                self._run(job)

    def _run(self, job: _Job) -> None:
        self._writer.execute("SAVEPOINT job")
        try:
            job.answer = job.work(self._writer)
        except Exception as error:
            if _meaning(error) is not None:
                raise
            self._writer.execute("ROLLBACK TO job")
            job.error = error
        self._writer.execute("RELEASE job")

    def close(self) -> None:
        """Close the writing connection; readers close with their threads."""
        self._writer.close()
