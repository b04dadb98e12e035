"""Leases: a counter that many reserve from at once hands its limit out in parts.

DynamoDB writes an item about a thousand times a second. While a counter is hot its reservations are
held by one of its leases, items of their own in partitions of their own:

    root    committed = used + base + what it holds itself + `leased`
    lease   `unspent` + what it holds = its part of `leased`

A lease is topped up from the root on condition that `committed` stays within the limit, so used +
base + all leases never pass it. What a reservation gives back is unspent again in its lease, for
the next one; whoever finds the root too low takes unspent parts back first, so that nothing is
refused that fits, and nothing stays in a lease for ever. A reservation takes from a lease only when
it has seen `committed` within its limit: a call that cost more than was held for it, or a limit
that was lowered, is looked at before the unspent part is.
"""

import json
import random
from collections.abc import Iterable, Iterator, Mapping

from chalicelib.aws.counter_items import (
    MANY,
    UNSPENT,
    fold_changes,
    grant,
    lose_unspent,
    number_in,
    pack,
    read_fields,
    take_back,
    take_unspent,
    unpack,
)
from chalicelib.aws.counter_keys import (
    LEASES,
    Item,
    lease_key,
    lease_keys,
    names_of,
    reservation_key,
    value_key,
)
from chalicelib.aws.counter_table import CounterTable, pause, too_busy
from chalicelib.ports.counters import RESERVED, Amounts, Counter, Hold, Reservation, Reserved
from chalicelib.ports.scope import Scope

_ATTEMPTS, _BUSY_ATTEMPTS = 60, 10
_AT_ONCE, _SHARE = 32, 4
"""A top-up is for so many reservations like this one, and at most this share of what a lease would
get if what is left were dealt out: near the limit it is for this one alone."""


class Leases:
    """The leases of all counters of a table."""

    def __init__(self, table: CounterTable) -> None:
        self._table = table

    def reserve(self, scope: Scope, wanted: Reservation, now: int) -> Reserved:
        """Hold all that is wanted in leases, or nothing. Raises Unavailable."""
        busy = 0
        for _ in range(_ATTEMPTS):
            writes, places, tight = self._plan(scope, wanted, now)
            if tight:
                refused = [hold for hold in tight if not self.make_room(scope, hold, now)]
                if refused:
                    known = next(self._table.read([reservation_key(scope, wanted.id)]), None)
                    if known:
                        return Reserved(known=unpack(known))
                    return Reserved(refused=tuple(hold.counter for hold in refused))
                continue
            item = {**pack(scope, wanted), "leases": {"S": json.dumps(places)}}
            put = self._table.put(item, "attribute_not_exists(pk)")
            tried = self._table.try_once([put, *writes])
            if 0 in tried.refused:
                (known,) = self._table.read([reservation_key(scope, wanted.id)])
                return Reserved(known=unpack(known))
            if not tried.refused and not tried.busy:
                return Reserved()
            # Others have changed what was seen; those who met wait.
            busy += bool(tried.busy)
            if busy == _BUSY_ATTEMPTS:
                break
            pause(busy)
        raise too_busy()

    def _plan(
        self, scope: Scope, wanted: Reservation, now: int
    ) -> tuple[list[Item], list[int], list[Hold]]:
        """The writes that hold all, from leases at random; which leases these are; and the holds
        that neither a lease nor the root has enough for."""
        places = [random.randrange(LEASES) for _ in wanted.holds]  # noqa: S311 - no secret
        keys = [value_key(scope, hold.counter) for hold in wanted.holds]
        leases = [
            lease_key(scope, hold.counter, place)
            for hold, place in zip(wanted.holds, places, strict=True)
        ]
        found = {names_of(item): item for item in self._table.read([*keys, *leases])}
        self.fold(found.values(), now, MANY)
        writes: list[Item] = []
        tight: list[Hold] = []
        for hold, key, lease_at in zip(wanted.holds, keys, leases, strict=True):
            root, lease = found.get(names_of(key), {}), found.get(names_of(lease_at), {})
            room = hold.limit - number_in(root, "committed")
            granted = 0
            if room < 0 or number_in(lease, UNSPENT) < hold.amount:
                granted = _size_grant(hold.amount, room)
                if granted > room:
                    tight.append(hold)
                    continue
                change = grant(hold, granted)
                writes.append(self._table.update(key, change))
            writes.append(self._table.update(lease_at, take_unspent(hold, wanted, granted)))
        return writes, places, tight

    def make_room(self, scope: Scope, hold: Hold, now: int) -> bool:
        """Have the root get what leases have unspent, and what has expired; False when all of that
        together is too little. Raises Unavailable."""
        keys = [value_key(scope, hold.counter)]
        items = list(self._table.read(keys))
        if items and number_in(items[0], "leased"):
            keys += lease_keys(scope, hold.counter)
            items = self._table.snapshot(keys)
        if self.fold(items, now):
            return True
        missing = hold.amount - hold.limit
        missing += number_in(items[0], "committed") if items else 0
        unspent = [number_in(lease, UNSPENT) for lease in items[1:]]
        if missing > sum(unspent):
            return False
        returned = 0
        writes: list[Item] = []
        for amount, key in sorted(zip(unspent, keys[1:], strict=True), key=lambda each: -each[0]):
            if returned < missing:
                returned += amount
                writes.append(self._table.update(key, lose_unspent(amount)))
        if writes:
            self._table.transact([self._table.update(keys[0], take_back(returned)), *writes])
        return True

    def fold(self, items: Iterable[Item], now: int, least: int = 1) -> bool:
        """Take out of items what they hold of reservations that have expired, where these are at
        least so many; whether there was anything."""
        found = False
        for item in items:
            for change in fold_changes(item, now, least):
                found = True
                key = {"pk": item["pk"], "sk": item["sk"]}
                self._table.transact([self._table.update(key, change)])
        return found

    def places_of(self, scope: Scope, reservation: Reservation) -> list[int]:
        """Which leases hold a reservation, in the order of its holds; none when it has ended, or
        roots do."""
        item = next(self._table.read([reservation_key(scope, reservation.id)]), None)
        if item is None or item["state"]["S"] != "HELD" or "leases" not in item:
            return []
        return [int(place) for place in json.loads(item["leases"]["S"])]

    def read(self, scope: Scope, roots: Mapping[Counter, Item], now: int) -> dict[Counter, Amounts]:
        """The fields of counters, what leases hold among them."""
        fields = {counter: read_fields(root, now) for counter, root in roots.items()}
        keys = {
            names_of(key): (counter, key)
            for counter, root in roots.items()
            if number_in(root, "leased")
            for key in lease_keys(scope, counter)
        }
        for item in self._table.read(key for _, key in keys.values()):
            own = fields[keys[names_of(item)][0]]
            own[RESERVED] = own.get(RESERVED, 0) + read_fields(item, now).get(RESERVED, 0)
        return dict(fields)


def _size_grant(amount: int, room: int) -> int:
    """How much a lease is topped up with for a reservation."""
    return max(amount, min(room // (LEASES * _SHARE), amount * _AT_ONCE))


def list_leases(scope: Scope, family: str, root: Item) -> Iterator[Item]:
    """The keys of the leases that a counter, as it stands in its item, may ever have had."""
    if "leased" in root:
        yield from lease_keys(scope, Counter(family, root["part"]["S"]))
