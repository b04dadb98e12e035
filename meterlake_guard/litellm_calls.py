"""Calls of LiteLLM that are under way, and how each is told from the others."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from meterlake_guard.reservation import Reservation

_MOST_OPEN = 10_000


class OpenCalls:
    """Reservations of calls that are under way, by LiteLLM's id of the call; the oldest go when
    there are too many, as of streams that nobody reads to their end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Reservation] = OrderedDict()
        self._tries: OrderedDict[str, int] = OrderedDict()

    def add(self, call_id: str, reservation: Reservation) -> None:
        """Note one."""
        with self._lock:
            self._kept[call_id] = reservation
            if len(self._kept) > _MOST_OPEN:
                self._kept.popitem(last=False)

    def take(self, call_id: str) -> Reservation | None:
        """The one of a call, which is open no longer; None when it is not."""
        with self._lock:
            return self._kept.pop(call_id, None)

    def has(self, call_id: str) -> bool:
        """Whether something is held for a call: then it is made by a call that is under way, since
        LiteLLM hands the id on."""
        return call_id in self._kept

    def name_try(self, call_id: str) -> str:
        """The id for the first try, that with a number behind it for each further one."""
        with self._lock:
            number = self._tries.pop(call_id, 0) + 1
            self._tries[call_id] = number
            if len(self._tries) > _MOST_OPEN:
                self._tries.popitem(last=False)
        return call_id if number == 1 else f"{call_id}-{number}"


def call_id_of(kwargs: Mapping[str, Any]) -> str:
    """LiteLLM's id of a call, from its arguments or from what callbacks are told."""
    log = kwargs.get("litellm_logging_obj")
    return str(getattr(log, "litellm_call_id", None) or kwargs.get("litellm_call_id") or "")


def metadata_of(kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metadata of a call: from its arguments, or from what callbacks are told."""
    params = kwargs.get("litellm_params")
    places = (kwargs, params if isinstance(params, Mapping) else {})
    found: dict[str, Any] = {}
    for place in places:
        for name in ("litellm_metadata", "metadata"):
            found |= place.get(name) or {}
    return found
