"""Counters: integers that are added to exactly once, and amounts that are held under a limit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from chalicelib.ports.scope import Scope

USED, BASE, RESERVED = "used", "base", "reserved"
"""The fields that a limit is compared with, all together: what was counted, what had been used
before counting began, and what reservations hold."""


class Counter(NamedTuple):
    """A counter's name. Those of one family are kept together, and can be walked through. A family
    has no slash."""

    family: str
    member: str = ""


Amounts = Mapping[str, int]
"""The fields of a counter (calls, tokens, nano-USD); unknown ones are 0."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What a reservation takes of one counter: it fits while used + base + reserved + `amount` ≤
    `limit`."""

    counter: Counter
    amount: int
    limit: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """Amounts that are held until `expires` (UTC epoch ms, whole seconds). `doc` is JSON text of
    whoever reserves. `state` is HELD, or how it has ended; an expired one still says HELD."""

    id: str
    doc: str
    expires: int
    holds: tuple[Hold, ...] = ()
    state: str = "HELD"


@dataclass(frozen=True, slots=True)
class Reserved:
    """How reserving has ended: `known` is the reservation of that id that was there already,
    `refused` are the counters whose limit is too low; with neither of them all is held."""

    known: Reservation | None = None
    refused: tuple[Counter, ...] = ()


class Counters(Protocol):
    """A counter has any number of integer fields. `now` is UTC epoch ms."""

    def add(self, scope: Scope, counter: Counter, amounts: Amounts, token: str) -> bool:
        """Add to several fields at once, once per token: False, and nothing added, when the token
        was used before."""

    def count(
        self,
        scope: Scope,
        shard: str,
        span: tuple[str, str],
        changes: Mapping[Counter, Amounts],
    ) -> dict[Counter, str]:
        """Add what the versions of a feed's shard from the first to the last position of `span`
        amount to, exactly once. A counter that has counted some of them already stays as it is, and
        is answered with the last position that it has counted."""

    def rebase(self, scope: Scope, bases: Mapping[Counter, Amounts]) -> None:
        """Set fields to values, BASE among them, whatever they were. For one caller at a time."""

    def read(self, scope: Scope, counters: Sequence[Counter], now: int) -> dict[Counter, Amounts]:
        """The fields of each counter; what is held stands in RESERVED, without what has expired."""

    def members(self, scope: Scope, family: str, now: int) -> Iterator[tuple[Counter, Amounts]]:
        """All counters of a family with their fields, in no promised order."""

    def drop(self, scope: Scope, family: str) -> None:
        """Remove all counters of a family."""

    def reserve(self, scope: Scope, wanted: Reservation, now: int) -> Reserved:
        """Hold all that is wanted, or nothing, atomically."""

    def find(self, scope: Scope, ids: Sequence[str]) -> dict[str, Reservation]:
        """The reservations that are known, by id, read consistently; they are kept for a week."""

    def end(self, scope: Scope, reservation: Reservation, state: str, doc: str) -> bool:
        """Give back what a reservation holds, and keep how it has ended; False when it had ended
        before."""
