"""One SQLite file, written durably by many threads: concurrent writers share a transaction and its
fsync."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

Answer = TypeVar("Answer")
Work = Callable[[sqlite3.Connection], Any]
_BUSY_MS = 10_000
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
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
        yield connection

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
            job.wake.acquire()
        if first or job.leads:
            self._lead()
        if job.error is not None:
            raise job.error
        if not job.kept:
            raise sqlite3.OperationalError("the transaction was interrupted")
        return job.answer  # type: ignore[no-any-return] # what work returned

    def _lead(self) -> None:
        with self._queue:
            jobs, self._pending = self._pending, []
        try:
            self._run_together(jobs)
        finally:
            with self._queue:
                heir = self._pending[0] if self._pending else None
                self._led = heir is not None
            for job in jobs:
                _wake(job)
            if heir is not None:
                heir.leads = True
                _wake(heir)

    def _run_together(self, jobs: Sequence[_Job]) -> None:
        try:
            self._all_or_each(jobs)
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            # The shared transaction failed (a full disk, say): nothing of it was kept, so nobody
            # may believe it was.
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            for job in jobs:
                job.error = error
        for job in jobs:
            job.kept = True

    def _all_or_each(self, jobs: Sequence[_Job]) -> None:
        """Savepoints are two statements a job, and each gives other threads the interpreter: only
        after a failure."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                job.answer = job.work(self._writer)
        except Exception:  # noqa: BLE001 - _run hands it to the thread whose work raised it
            self._writer.execute("ROLLBACK")
            self._writer.execute("BEGIN IMMEDIATE")
            for job in jobs:
                self._run(job)

    def _run(self, job: _Job) -> None:
        self._writer.execute("SAVEPOINT job")
        try:
            job.answer = job.work(self._writer)
        except Exception as error:  # noqa: BLE001 - raised in the thread that queued the work
            self._writer.execute("ROLLBACK TO job")
            job.error = error
        self._writer.execute("RELEASE job")

    def close(self) -> None:
        """Close the writing connection; readers close with their threads."""
        self._writer.close()
