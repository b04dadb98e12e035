"""The guard: reserves before a call, releases when it fails."""

import asyncio
import functools
import inspect
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, Literal, TypeVar, cast
from uuid import uuid4

from meterlake_guard.errors import BudgetExceeded, GuardUnavailable
from meterlake_guard.metering import Meter
from meterlake_guard.reservation import UNKNOWN, Reservation
from meterlake_guard.transport import FAILURES, Reply, Transport

PATH = "/v2/api/ai/reservations"
_RELEASE_S = 5.0
_TOLD_EVERY_S = 60.0
_GOOD = 200
Call = Mapping[str, Any]
Describe = Callable[..., Call]
Function = TypeVar("Function", bound=Callable[..., Any])
_current: ContextVar[Reservation | None] = ContextVar("meterlake_guard", default=None)
_log = logging.getLogger("meterlake_guard")


def current() -> Reservation | None:
    """The reservation of the `hold` or the protected function that is running; None outside."""
    return _current.get()


class Guard:
    """Asks a server before calls of models. No call waits longer than `timeout_ms`; when there is
    no answer by then, or none that can be read, the guard lets the call pass (`fail="open"`) or
    raises GuardUnavailable (`"closed"`)."""

    def __init__(
        self,
        url: str = "",
        key: str = "",
        *,
        fail: Literal["open", "closed"] = "open",
        timeout_ms: int = 50,
    ) -> None:
        """`url` and `key` are METERLAKE_URL and METERLAKE_API_KEY of the environment when absent; a
        metering key is enough. Raises ValueError."""
        url = url or os.environ.get("METERLAKE_URL", "")
        key = key or os.environ.get("METERLAKE_API_KEY", "")
        if not url or not key:
            raise ValueError("name url and key, or set METERLAKE_URL and METERLAKE_API_KEY")
        if fail not in ("open", "closed"):
            raise ValueError(f"fail is 'open' or 'closed', not {fail!r}")
        self._fails_open = fail == "open"
        self._timeout_s = timeout_ms / 1_000
        self._transport = Transport(url, key)
        self._meter = Meter(self._transport)
        self._told = _Told()

    def reserve(self, **call: Any) -> Reservation:
        """Hold what a call may cost. `call` are members of a reservation, named as in metering
        bodies: provider, model, inputTokenCount, maxOutputTokenCount or estimatedCost (USD), and
        whose call it is; `transactionId` is made up when absent. Raises BudgetExceeded,
        GuardUnavailable."""
        attempt = _Attempt(self, call)
        try:
            reply = attempt.future.result(timeout=self._timeout_s)
        except FAILURES as error:
            return attempt.fail(error)
        except BaseException:
            attempt.give_back()
            raise
        return attempt.read(reply)

    async def areserve(self, **call: Any) -> Reservation:
        """As `reserve`, without blocking the loop."""
        attempt = _Attempt(self, call)
        waiting = asyncio.wrap_future(attempt.future)
        try:
            await asyncio.wait({waiting}, timeout=self._timeout_s)
        except BaseException:
            attempt.give_back()
            raise
        if not waiting.done():
            return attempt.fail(TimeoutError("no answer in time"))
        try:
            reply = waiting.result()
        except FAILURES as error:
            return attempt.fail(error)
        return attempt.read(reply)

    def release(self, reservation: Reservation) -> None:
        """Give back what is held for a call that was not made. Does not wait, and never raises;
        what is not given back expires by itself."""
        if reservation.reservation_id:
            self._send_release(reservation.reservation_id)
        elif reservation.give_back is not None:
            reservation.give_back()

    @contextmanager
    def hold(self, **call: Any) -> Iterator[Reservation]:
        """Reserve for a block; released when an exception leaves it. Raises what `reserve`
        raises."""
        reservation = self.reserve(**call)
        token = _current.set(reservation)
        try:
            yield reservation
        except BaseException:
            self.release(reservation)
            raise
        finally:
            _current.reset(token)

    @asynccontextmanager
    async def ahold(self, **call: Any) -> AsyncIterator[Reservation]:
        """As `hold`, for `async with`."""
        reservation = await self.areserve(**call)
        token = _current.set(reservation)
        try:
            yield reservation
        except BaseException:
            self.release(reservation)
            raise
        finally:
            _current.reset(token)

    def protect(
        self, describe: Describe | None = None, **call: Any
    ) -> Callable[[Function], Function]:
        """Decorate a function, async or not, that calls a model: it runs within `hold`. `describe`
        is given its arguments and answers further members of the reservation. Inside, `current()`
        has the transaction id."""

        def decorate(function: Function) -> Function:
            def members(*args: Any, **kwargs: Any) -> dict[str, Any]:
                return {**call, **(describe(*args, **kwargs) if describe else {})}

            if inspect.iscoroutinefunction(function):

                @functools.wraps(function)
                async def run_async(*args: Any, **kwargs: Any) -> Any:
                    async with self.ahold(**members(*args, **kwargs)):
                        return await function(*args, **kwargs)

                return cast(Function, run_async)

            @functools.wraps(function)
            def run(*args: Any, **kwargs: Any) -> Any:
                with self.hold(**members(*args, **kwargs)):
                    return function(*args, **kwargs)

            return cast(Function, run)

        return decorate

    def meter(self, **event: Any) -> None:
        """Send the metering event of a call (a body of /meter/v2/ai/completions) from the
        background, again until the server has it. With the transaction id of a reservation it
        settles that."""
        self._meter.send({name: value for name, value in event.items() if value is not None})

    def flush(self, within_s: float = 1.0) -> bool:
        """Wait until releases and events are sent; False when that takes longer."""
        return self._meter.flush(within_s) and self._transport.flush(within_s)

    def _submit(self, call: Call) -> "Future[Reply]":
        return self._transport.submit("POST", PATH, call, self._timeout_s)

    def _send_release(self, reservation_id: str) -> None:
        self._transport.submit("DELETE", f"{PATH}/{reservation_id}", None, _RELEASE_S)


class _Attempt:
    """One reservation that is asked for."""

    def __init__(self, guard: Guard, call: Call) -> None:
        self._guard = guard
        self._transaction_id = str(call.get("transactionId") or uuid4())
        sent = {name: value for name, value in call.items() if value is not None}
        self.future = guard._submit({**sent, "transactionId": self._transaction_id})

    def read(self, reply: Reply) -> Reservation:
        """What the server says. Raises BudgetExceeded, GuardUnavailable."""
        content = reply.content
        if reply.status != _GOOD or not isinstance(content, Mapping) or "decision" not in content:
            said = content.get("message") if isinstance(content, Mapping) else None
            return self.fail(ValueError(f"the server answered {reply.status}: {said}"))
        if content["decision"] == "BLOCK":
            raise BudgetExceeded(self._transaction_id, content)
        return Reservation.of(self._transaction_id, content)

    def fail(self, error: Exception) -> Reservation:
        """No answer: let the call pass, or (closed) raise GuardUnavailable. A reservation that was
        made after all is settled by the call that passes, and given back for one that does not."""
        reason = str(error) or type(error).__name__
        self._guard._told.tell(reason)
        if not self._guard._fails_open:
            self.give_back()
            raise GuardUnavailable(f"budgets cannot be asked: {reason}") from error
        return Reservation(self._transaction_id, UNKNOWN, give_back=self.give_back)

    def give_back(self) -> None:
        """Release what is reserved, now or when the answer comes."""
        if not self.future.cancel():
            self.future.add_done_callback(self._release_late)

    def _release_late(self, future: "Future[Reply]") -> None:
        if future.cancelled() or future.exception(timeout=0) is not None:
            return
        content = future.result(timeout=0).content
        reservation_id = content.get("reservationId") if isinstance(content, Mapping) else None
        if reservation_id:
            self._guard._send_release(str(reservation_id))


class _Told:
    """Says once a minute that the server cannot be asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last, self._count = float("-inf"), 0

    def tell(self, reason: str) -> None:
        """Log, if it was not just done."""
        with self._lock:
            self._count += 1
            if time.monotonic() < self._last + _TOLD_EVERY_S:
                return
            count, self._count, self._last = self._count, 0, time.monotonic()
        _log.warning("budgets could not be asked (%d times): %s", count, reason)
