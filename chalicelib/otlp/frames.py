"""Frames: who tells of a call, and when it was."""

from typing import NamedTuple

Place = tuple[str, str]
"""A span by its trace and its own id."""


_APART = 2_000_000_000
"""Nanoseconds between what two instrumentations take for the begin, or the end, of one call. What
lies farther apart may be two calls of which each is told by one."""


class Frame(NamedTuple):
    """Who tells of a call, when it began and ended (epoch ns), and the id of its response, empty
    where it has none."""

    scope: str
    start: int
    end: int
    identity: str = ""

    def may_hold(self, inner: "Frame") -> bool:
        """Whether it can be another instrumentation's span of the same call."""
        is_within = self.begins_with(inner) and 0 <= self.end - inner.end <= _APART
        if self.scope == inner.scope or not is_within:
            return False
        # Two ids are two calls.
        return not (self.identity and inner.identity) or self.identity == inner.identity

    def begins_with(self, inner: "Frame") -> bool:
        """Whether another one begins when it does, or soon after."""
        return 0 <= inner.start - self.start <= _APART

    @property
    def order(self) -> tuple[int, int, str]:
        """By which each call comes before those within it."""
        return self.start, -self.end, self.scope


class Twins(NamedTuple):
    """Spans that tell of the same call as another one: `wrappers`, with that one, are taken for no
    call, `same` have the id of the other one's response, so that the ledger makes one event of
    both."""

    wrappers: dict[Place, list[Place]]
    same: set[Place]
