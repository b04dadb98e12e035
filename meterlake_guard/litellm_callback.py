"""LiteLLM, guarded: reserve before a call, settle by metering after it, release when it fails.

For the proxy, in its config.yaml (with METERLAKE_URL and METERLAKE_API_KEY in its environment):

    litellm_settings:
      callbacks: meterlake_guard.litellm_callback.budgets

For the SDK, once at the start:

    from meterlake_guard.litellm_callback import install

    install()

Whom a call is for stands in its metadata: `metadata={"meterlake": {"agent": "support", …}}`, with
names of metering bodies; what the proxy knows of the key (user, organization) goes before it.

LiteLLM asks asynchronous calls (and so the proxy and the Router) through a hook that may refuse. It
has no such hook for `litellm.completion` and the other synchronous functions: `install` wraps them.
"""

import functools
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import litellm
from litellm.integrations.custom_logger import CustomLogger

from meterlake_guard.guard import Guard
from meterlake_guard.litellm_calls import OpenCalls, call_id_of, metadata_of
from meterlake_guard.litellm_facts import attribution_of, event_of, request_of
from meterlake_guard.reservation import Reservation

_GUARDED = ("completion", "text_completion", "embedding", "responses")
"""Functions that are wrapped by `install`; with an `a` in front they are asked by the hook."""
_BY_HOOK = frozenset([*(f"a{name}" for name in _GUARDED), "anthropic_messages"])
_log = logging.getLogger("meterlake_guard")
Kwargs = dict[str, Any]


class MeterlakeBudgets(CustomLogger):
    """A callback of LiteLLM. `default_output_tokens` is what a call may answer that says no
    maximum; without it, what the model can. Calls that are not made of tokens (images, speech)
    pass unasked, which is logged once."""

    def __init__(
        self, guard: Guard | None = None, *, default_output_tokens: int | None = None
    ) -> None:
        """The guard is made from the environment at the first call when absent."""
        super().__init__()
        self._guard = guard
        self._default_output_tokens = default_output_tokens
        self._open = OpenCalls()
        self._running: set[str] = set()
        self._told: set[str] = set()

    @property
    def guard(self) -> Guard:
        """The guard that is asked."""
        if self._guard is None:
            self._guard = Guard()
        return self._guard

    async def async_pre_call_deployment_hook(self, kwargs: Kwargs, call_type: Any) -> Kwargs | None:
        """Called before each asynchronous call, and each retry and fallback of one. Raises
        BudgetExceeded, GuardUnavailable, which end the call."""
        name = str(getattr(call_type, "value", call_type))
        if name not in _BY_HOOK:
            self._tell_unguarded(name)
            return None
        if not self._open.has(call_id_of(kwargs)):
            self._keep(kwargs, await self.guard.areserve(**self.describe(kwargs)))
        return None

    async def async_post_call_failure_deployment_hook(
        self, request_data: Mapping[str, Any], *_: Any, **__: Any
    ) -> None:
        """A try has failed: another one is another call."""
        self.give_back(request_data)

    async def async_log_success_event(
        self, kwargs: Kwargs, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """The whole answer is there."""
        self.log_success_event(kwargs, response_obj, start_time, end_time)

    async def async_log_failure_event(self, kwargs: Kwargs, *_: Any, **__: Any) -> None:
        """The call has failed for good."""
        self.give_back(kwargs)

    def log_success_event(
        self, kwargs: Kwargs, response_obj: Any, start_time: Any, end_time: Any
    ) -> None:
        """Meter the call, which settles its reservation. One that was answered from a cache has
        cost nothing."""
        if kwargs.get("cache_hit"):
            self.give_back(kwargs)
            return
        reservation = self._open.take(call_id_of(kwargs))
        if reservation is not None:
            event = event_of(kwargs, response_obj, (start_time, end_time))
            event |= attribution_of(metadata_of(kwargs))
            self.guard.meter(**{**event, "transactionId": reservation.transaction_id})

    def log_failure_event(self, kwargs: Kwargs, *_: Any, **__: Any) -> None:
        """Give back what was held, unless LiteLLM may try again by itself: see _guard_function."""
        if call_id_of(kwargs) not in self._running:
            self.give_back(kwargs)

    def describe(self, kwargs: Kwargs) -> Kwargs:
        """The reservation of a call, from the arguments of the call. Its transaction id is the id
        that LiteLLM gives to the call; a further try under that id has one of its own."""
        return {
            **attribution_of(metadata_of(kwargs)),
            **request_of(kwargs, self._default_output_tokens),
            "transactionId": self._open.name_try(call_id_of(kwargs)),
        }

    @contextmanager
    def hold(self, kwargs: Kwargs) -> Iterator[None]:
        """Hold what a synchronous call may cost while it runs, with all tries that LiteLLM makes of
        it; nothing for one that another guarded call makes. Raises BudgetExceeded,
        GuardUnavailable."""
        call_id = call_id_of(kwargs)
        if self._open.has(call_id):
            yield
            return
        self._keep(kwargs, self.guard.reserve(**self.describe(kwargs)))
        self._running.add(call_id)
        try:
            yield
        except BaseException:
            self.give_back(kwargs)
            raise
        finally:
            self._running.discard(call_id)

    def give_back(self, kwargs: Mapping[str, Any]) -> None:
        """Release what is held for a call; once."""
        reservation = self._open.take(call_id_of(kwargs))
        if reservation is not None:
            self.guard.release(reservation)

    def _keep(self, kwargs: Kwargs, reservation: Reservation) -> None:
        self._open.add(call_id_of(kwargs), reservation)

    def _tell_unguarded(self, name: str) -> None:
        if name not in self._told:
            self._told.add(name)
            _log.warning("calls of litellm.%s are not held against budgets", name)


budgets = MeterlakeBudgets()
"""The callback that a proxy names in its configuration."""


def install(callback: MeterlakeBudgets = budgets) -> MeterlakeBudgets:
    """Guard all calls of this process, once: those of `litellm.acompletion`, the Router and so on
    by the callback, those of `litellm.completion` and so on by wrapping them. Whoever has imported
    such a function by name before has the bare one. Another callback takes the place of the
    first."""
    litellm.callbacks = [
        *(each for each in litellm.callbacks if not isinstance(each, MeterlakeBudgets)),
        callback,
    ]
    for name in _GUARDED:
        bare = getattr(litellm, name)
        bare = getattr(bare, "meterlake_bare", bare)
        setattr(litellm, name, _guard_function(bare, callback))
    return callback


def _guard_function(bare: Callable[..., Any], callback: MeterlakeBudgets) -> Callable[..., Any]:
    """The function, guarded. LiteLLM repeats a synchronous call inside of it (`num_retries`), and
    says of each try that it has failed; what is held stays until the function ends."""
    names = ("model", "input" if bare.__name__ in ("embedding", "responses") else "messages")

    @functools.wraps(bare)
    def call(*args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("litellm_call_id", str(uuid4()))
        about = {**dict(zip(names, args, strict=False)), **kwargs}
        with callback.hold(about):
            return bare(*args, **kwargs)

    call.meterlake_bare = bare  # type: ignore[attr-defined]
    return call
