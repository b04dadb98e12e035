"""Replays: the kept answers of requests that carried an Idempotency-Key."""

from dataclasses import dataclass
from typing import Protocol

from chalicelib.ports.scope import Scope


@dataclass(frozen=True, slots=True)
class Replay:
    """What is known of a key. `status` is 0 while the first request is still running."""

    body_hash: str
    status: int = 0
    body: str = ""


class Replays(Protocol):
    """Per tenant and key: a lock while the first request runs, then its answer. Entries expire by
    themselves; they may be lost in a power cut, because the ledger itself refuses to count an event
    twice."""

    def begin(
        self, tenant: Scope, key: str, body_hash: str, *, now: int, lock_until: int
    ) -> Replay | None:
        """Take the key. None: it is ours now. Otherwise what holds it: a kept answer, or a lock
        younger than its `lock_until` (ms). An expired entry, or a lock whose owner died, is taken
        over."""

    def finish(self, tenant: Scope, key: str, replay: Replay, *, expires: int) -> None:
        """Keep the answer until `expires` (ms)."""

    def abandon(self, tenant: Scope, key: str) -> None:
        """Give the key back after a failure, so that a retry runs again."""
