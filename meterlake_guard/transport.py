"""Transport: HTTP by a few threads of its own, so that whoever waits may stop waiting at any
moment.

A look-up of a name, or a server that sends a byte a second, cannot be given a deadline from within;
a caller that waits for a thread can. Connections are kept open, one a thread.
"""

import atexit
import http.client
import json
import os
import queue
import threading
import time
import weakref
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import SplitResult, urlsplit

_SOCKET_S = 5.0
"""How long a thread waits for the server; whoever called has given up long before."""
_IDLE_S = 30.0
_MOST_THREADS = 8
_MOST_WAITING = 10_000
_EXIT_S = 1.0
"""How long the end of the process waits for what is under way."""
FAILURES = (OSError, http.client.HTTPException, ValueError)
"""What a future may hold when the server was not reached, or answered what cannot be read."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, and its JSON (None for an empty body), numbers exact."""

    status: int
    content: Any


@dataclass(frozen=True, slots=True)
class _Job:
    method: str
    path: str
    body: bytes
    deadline: float
    future: "Future[Reply]"


class Transport:
    """Talks to one server. Threads are made when they are needed, and end when they are not."""

    def __init__(self, url: str, key: str) -> None:
        """Raises ValueError for a URL that is none."""
        self._server = urlsplit(url.rstrip("/"))
        if self._server.scheme not in ("http", "https") or not self._server.hostname:
            raise ValueError(f"the url names no server: {url!r}")
        self._headers = {"x-api-key": key, "content-type": "application/json"}
        self._start()
        _ALL.add(self)

    def submit(
        self, method: str, path: str, content: Mapping[str, Any] | None, within_s: float
    ) -> "Future[Reply]":
        """Send a request soon; it is dropped if no thread has taken it within a time. The future
        holds a Reply or one of FAILURES."""
        if os.getpid() != self._process:
            self._start()  # threads do not survive a fork
        body = json.dumps(content, default=str).encode() if content is not None else b""
        future: Future[Reply] = Future()
        job = _Job(method, path, body, time.monotonic() + within_s, future)
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            future.set_exception(OSError("too many requests wait for the server"))
            return future
        self._add_thread()
        return future

    def flush(self, within_s: float) -> bool:
        """Wait until nothing is under way any more; False when that takes longer."""
        deadline = time.monotonic() + within_s
        while self._jobs.unfinished_tasks:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def _start(self) -> None:
        self._process = os.getpid()
        self._jobs: queue.Queue[_Job] = queue.Queue(_MOST_WAITING)
        self._count = 0
        self._lock = threading.Lock()

    def _add_thread(self) -> None:
        """One more, as long as there are fewer than requests."""
        with self._lock:
            if self._count >= min(self._jobs.unfinished_tasks, _MOST_THREADS):
                return
            self._count += 1
        threading.Thread(target=self._work, name="meterlake-guard", daemon=True).start()

    def _work(self) -> None:
        line, jobs = _Line(self._server), self._jobs
        try:
            while (job := self._take(jobs)) is not None:
                try:
                    _run(job, line, self._headers)
                finally:
                    jobs.task_done()
        finally:
            line.close()

    def _take(self, jobs: "queue.Queue[_Job]") -> _Job | None:
        """The next request; None when there was none for a while, and the thread is to end."""
        while True:
            try:
                return jobs.get(timeout=_IDLE_S)
            except queue.Empty:
                with self._lock:
                    # Whoever puts a request in now asks for a thread afterwards, under the lock.
                    if jobs.empty():
                        self._count -= 1
                        return None


_ALL: "weakref.WeakSet[Transport]" = weakref.WeakSet()


@atexit.register
def _flush_all() -> None:
    for transport in list(_ALL):
        transport.flush(_EXIT_S)


def _run(job: _Job, line: "_Line", headers: Mapping[str, str]) -> None:
    if not job.future.set_running_or_notify_cancel():
        return
    if time.monotonic() > job.deadline:
        job.future.set_exception(TimeoutError("no thread had time for the request"))
        return
    try:
        reply = line.ask(job, headers)
    except FAILURES as error:
        job.future.set_exception(error)
    else:
        job.future.set_result(reply)


class _Line:
    """A connection that is kept open."""

    def __init__(self, server: SplitResult) -> None:
        self._server = server
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, job: _Job, headers: Mapping[str, str]) -> Reply:
        """Send a request; again over a new connection when the one that was kept is dead. All that
        is sent may come twice: ids tell. Raises FAILURES."""
        if self._connection is not None:
            try:
                return self._exchange(self._connection, job, headers)
            except TimeoutError:
                self.close()
                raise
            except (OSError, http.client.HTTPException):
                self.close()
        self._connection = self._connect()
        try:
            return self._exchange(self._connection, job, headers)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._server.hostname or "", self._server.port
        if self._server.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=_SOCKET_S)
        return http.client.HTTPConnection(host, port, timeout=_SOCKET_S)

    def _exchange(
        self, connection: http.client.HTTPConnection, job: _Job, headers: Mapping[str, str]
    ) -> Reply:
        path = self._server.path + job.path
        connection.request(job.method, path, job.body or None, dict(headers))
        answer = connection.getresponse()
        body = answer.read()
        if not body:
            return Reply(answer.status, None)
        return Reply(answer.status, json.loads(body, parse_float=Decimal))
