"""One SQLite file, written durably by many threads: concurrent writers share a transaction and its fsync."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

Answer = TypeVar("Answer")
Work = Callable[[sqlite3.Connection], Any]
_BUSY_MS = 10_000


class _Job:
    __slots__ = ("answer", "done", "error", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.answer: Any = None
        self.error: BaseException | None = None
        self.done = False


class _Connection(sqlite3.Connection):
    """Closed with its owner: a reader's owner is a thread, and nobody knows when that ends."""

    def __del__(self) -> None:
        self.close()


class Database:
    """A file in WAL mode. `durable` makes every commit an fsync; without it a power cut may lose the newest commits,
    a kill -9 never does (the pages are the kernel's by then)."""

    def __init__(self, path: Path, schema: str, *, durable: bool = True) -> None:
        self._path = path
        self._local = threading.local()
        self._synchronous = "FULL" if durable else "OFF"
        self._commit = threading.Lock()
        self._pending: deque[_Job] = deque()
        self._writer = self._open()
        self._writer.executescript(schema)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1e3, factory=_Connection
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """This thread's own connection; it sees everything that was committed before."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
        yield connection

    def write(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Run `work` in a transaction and return what it returned, once that is durable.

        Threads queue their work and race for the lock; the winner runs all that is queued in one transaction:

            A  queue ─ lock ─ [A B C] ─ commit+fsync ─ unlock
            B  queue ─ wait ────────────────────────── lock ─ done already
            C       queue ─ wait ────────────────────── lock ─ done already

        When one of them raises, the transaction is rolled back and all run again, each in a savepoint, so that it
        undoes only itself. So a work may run twice, and must not do anything but SQL.
        """
        job = _Job(work)
        self._pending.append(job)
        with self._commit:
            if not job.done:
                self._run_pending()
        if job.error is not None:
            raise job.error
        return job.answer  # type: ignore[no-any-return] # what work returned

    def _run_pending(self) -> None:
        # Popped one by one: swapping the queue for a fresh one would lose what another thread appends to the old one.
        jobs = []
        while self._pending:
            jobs.append(self._pending.popleft())
        try:
            self._all_or_each(jobs)
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            # The shared transaction failed (a full disk, say): nothing of it was kept, so nobody may believe it was.
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            for job in jobs:
                job.error = error
        for job in jobs:
            job.done = True

    def _all_or_each(self, jobs: Sequence[_Job]) -> None:
        """Savepoints are two statements a job, and each gives other threads the interpreter: only after a failure."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                job.answer = job.work(self._writer)
        except Exception:  # noqa: BLE001 - whatever it was, _run hands it to the thread whose work raised it
            self._writer.execute("ROLLBACK")
            self._writer.execute("BEGIN IMMEDIATE")
            for job in jobs:
                self._run(job)

    def _run(self, job: _Job) -> None:
        self._writer.execute("SAVEPOINT job")
        try:
            job.answer = job.work(self._writer)
        except Exception as error:  # noqa: BLE001 - handed to the thread that queued the work, which raises it
            self._writer.execute("ROLLBACK TO job")
            job.error = error
        self._writer.execute("RELEASE job")

    def close(self) -> None:
        """Close the writing connection; readers close with their threads."""
        self._writer.close()
