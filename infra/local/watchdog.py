"""The parent's eye on its child: one that does not answer `/health` is ended, and another takes its
place."""

import http.client
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from chalicelib.kit.logs import logger

_LOOK_S, _START_LOOK_S = 2.0, 0.2
_ANSWER_S = 3.0
"""How long one answer may take; it is asked for beside all other requests, not behind them."""
_MISSES = 3
_START_S = 60.0
"""How long a new child may take until it is asked."""


def is_answering(host: str, port: int, timeout_s: float = _ANSWER_S) -> bool:
    """Whether `/health` answers in time."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Watchdog:
    """Looks after the children whose process ids `children` tells. Runs in a thread of the parent
    until `stop`."""

    def __init__(self, host: str, port: int, children: Callable[[], Sequence[int]]) -> None:
        self._host, self._port, self._children = host, port, children
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin: the first child answers."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more. Returns at once; a look that is under way ends within its time-out."""
        self._stopped.set()

    def _run(self) -> None:
        while self._await_silence():
            self._replace()
            if not self._await_start():
                return

    def _await_start(self) -> bool:
        """Wait until a new child answers; False when stopped before. One that never comes up is
        replaced as well."""
        deadline = time.monotonic() + _START_S
        while not self._stopped.wait(_START_LOOK_S):
            if is_answering(self._host, self._port):
                return True
            if time.monotonic() > deadline:
                self._replace()
                deadline = time.monotonic() + _START_S
        return False

    def _await_silence(self) -> bool:
        """Wait until the child has been silent several times in a row; False when stopped.

        One that the server has put into the place of a dead one is given the time of a start: to
        end it too would end the server, which takes two deaths in a row for a fault of its own.
        """
        misses, children = 0, list(self._children())
        while misses < _MISSES:
            if self._stopped.wait(_LOOK_S):
                return False
            if is_answering(self._host, self._port):
                misses, children = 0, list(self._children())
                continue
            misses += 1
            if list(self._children()) != children:
                if not self._await_start():
                    return False
                misses, children = 0, list(self._children())
        return True

    def _replace(self) -> None:
        """End the children; the server starts new ones in their place. What they have acknowledged
        is durable."""
        for child in self._children():
            logger().error(f"process {child} does not answer: it is ended and replaced")
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
