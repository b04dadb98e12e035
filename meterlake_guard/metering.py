"""Metering from the background: what a call has used is sent until the server has it."""

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from meterlake_guard.transport import FAILURES, Reply, Transport

PATH = "/meter/v2/ai/completions"
_SEND_S = 30.0
_MOST_TRIES = 8
_LONGEST_PAUSE_S = 30.0
_TRY_AGAIN = (408, 429)
_SERVER_ERROR = 500
_GOOD = 2
_log = logging.getLogger("meterlake_guard")


class Meter:
    """Sends metering events. An event may come twice: its transaction id tells."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = threading.Lock()
        self._pending = 0

    def send(self, event: Mapping[str, Any]) -> None:
        """Have an event sent; never raises and does not wait."""
        with self._lock:
            self._pending += 1
        self._try(event, 1)

    def flush(self, within_s: float) -> bool:
        """Wait until all events have arrived or were given up; False when that takes longer."""
        deadline = time.monotonic() + within_s
        while self._pending:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def _try(self, event: Mapping[str, Any], tries: int) -> None:
        future = self._transport.submit("POST", PATH, event, _SEND_S)
        future.add_done_callback(partial(self._settle, event, tries))

    def _settle(self, event: Mapping[str, Any], tries: int, future: "Future[Reply]") -> None:
        problem, may_mend = _judge(future)
        if problem and may_mend and tries < _MOST_TRIES:
            pause = min(2.0**tries / 4, _LONGEST_PAUSE_S)
            timer = threading.Timer(pause, self._try, (event, tries + 1))
            timer.daemon = True
            timer.start()
            return
        if problem:
            _log.error("an event was not metered: %s (%s)", event.get("transactionId"), problem)
        with self._lock:
            self._pending -= 1


def _judge(future: "Future[Reply]") -> tuple[str, bool]:
    """What went wrong (empty for nothing), and whether another try may mend it."""
    try:
        reply = future.result(timeout=0)
    except FAILURES as error:
        return str(error) or type(error).__name__, True
    if reply.status // 100 == _GOOD:
        return "", False
    may_mend = reply.status in _TRY_AGAIN or reply.status >= _SERVER_ERROR
    return f"the server answered {reply.status}", may_mend
