"""Counters in their own table: an item a counter, one a used token, one a counted shard, one a
reservation.

Attributes of a counter: `f:<field>` its sums, `b:<second>` what is held until then (UTC epoch s),
`committed` = used + base + all that is held. DynamoDB conditions cannot add, so the sum that a
limit is compared with is kept beside its parts and moved with them. What has expired is taken out
of the sum by whoever finds a limit too low, or much of it. Counters that many reserve from at once
have leases (counter_leases.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from chalicelib.aws.clients import Clients
from chalicelib.aws.counter_heat import Heat
from chalicelib.aws.counter_items import (
    MANY,
    SUM,
    Change,
    expiring,
    give_back,
    pack,
    reset,
    take,
    unpack,
)
from chalicelib.aws.counter_keys import (
    Item,
    key_of,
    lease_key,
    mark_key,
    names_of,
    partition_of,
    reservation_key,
    value_key,
)
from chalicelib.aws.counter_leases import Leases, list_leases
from chalicelib.aws.counter_table import CounterTable, pause, too_busy
from chalicelib.kit.clock import now_ms
from chalicelib.kit.settings import Settings
from chalicelib.ports.counters import BASE, USED, Amounts, Counter, Reservation, Reserved
from chalicelib.ports.scope import Scope

_COUNT_AT_ONCE = 45
_ATTEMPTS = 10


class DynamoCounters:
    """See chalicelib.ports.counters.Counters. Raises Unavailable when others keep a write from
    going through."""

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._table = CounterTable(clients, settings)
        self._leases = Leases(self._table)
        self._heat = Heat(settings)

    def add(self, scope: Scope, counter: Counter, amounts: Amounts, token: str) -> bool:
        """One transaction of two items: the token, put if absent, and the sums."""
        key = key_of(f"{partition_of(scope, counter.family)}#TOKENS", f"{token}#{counter.member}")
        put = self._table.put({**key, **expiring(now_ms())}, "attribute_not_exists(pk)")
        return not self._table.transact([put, self._sums(scope, counter, amounts)])

    def count(
        self, scope: Scope, shard: str, span: tuple[str, str], changes: Mapping[Counter, Amounts]
    ) -> dict[Counter, str]:
        """Transactions of up to 45 counters, each with an item that says how far it has counted."""
        waiting = dict(changes)
        ahead: dict[Counter, str] = {}
        while waiting:
            some = dict(islice(waiting.items(), _COUNT_AT_ONCE))
            writes: list[Item] = []
            for counter, amounts in some.items():
                writes += [self._mark(scope, shard, span, counter)]
                writes += [self._sums(scope, counter, amounts)]
            order = list(some)
            refused = [order[number // 2] for number in self._table.transact(writes)]
            done = refused or order
            ahead |= self._read_marks(scope, shard, refused)
            for counter in done:
                del waiting[counter]
        return ahead

    def rebase(self, scope: Scope, bases: Mapping[Counter, Amounts]) -> None:
        """A read of all, then an update of each that differs, on condition that nobody else has
        set it meanwhile: two who added the same difference would set it too high."""
        waiting = bases
        for number in range(_ATTEMPTS):
            pause(number)
            known = self.read(scope, list(waiting), now_ms())
            refused: dict[Counter, Amounts] = {}
            for counter, amounts in waiting.items():
                before = {field: known[counter].get(field, 0) for field in amounts}
                change = reset(counter, before, amounts)
                if before != dict(amounts) and self._table.transact(
                    [self._table.update(value_key(scope, counter), change)]
                ):
                    refused[counter] = amounts
            if not refused:
                return
            waiting = refused
        raise too_busy()

    def read(self, scope: Scope, counters: Sequence[Counter], now: int) -> dict[Counter, Amounts]:
        """A hundred a request, consistently."""
        by_key = {names_of(value_key(scope, counter)): counter for counter in counters}
        keys = [value_key(scope, counter) for counter in by_key.values()]
        found = {by_key[names_of(item)]: item for item in self._table.read(keys)}
        self._leases.fold(found.values(), now, MANY)
        known = self._leases.read(scope, found, now)
        return {counter: known.get(counter, {}) for counter in counters}

    def members(self, scope: Scope, family: str, now: int) -> Iterator[tuple[Counter, Amounts]]:
        """A query of the family's partition, page by page."""
        for item in self._table.query(partition_of(scope, family)):
            part = item.get("part", {}).get("S")
            if part:
                yield from self._leases.read(scope, {Counter(family, part): item}, now).items()

    def drop(self, scope: Scope, family: str) -> None:
        """A query, and batches of deletions; marks and tokens expire by themselves."""
        items = self._table.query(partition_of(scope, family))
        self._table.delete(
            key
            for item in items
            for key in (
                {"pk": item["pk"], "sk": item["sk"]},
                *list_leases(scope, family, item),
            )
        )

    def reserve(self, scope: Scope, wanted: Reservation, now: int) -> Reserved:
        """One transaction. When a limit is too low, what has expired and what leases have unspent
        is taken out, and it is tried again."""
        table, busy = self._table, 0
        takes = [
            table.update(value_key(scope, hold.counter), take(hold, wanted))
            for hold in wanted.holds
        ]
        writes = [table.put(pack(scope, wanted), "attribute_not_exists(pk)"), *takes]
        while busy < _ATTEMPTS:
            pause(busy)
            if self._heat.reaches(scope, wanted):
                return self._leases.reserve(scope, wanted, now)
            tried = table.try_once(writes)
            if 0 in tried.refused:
                return Reserved(known=self.find(scope, [wanted.id])[wanted.id])
            tight = [wanted.holds[number - 1] for number in tried.refused]
            refused = [hold for hold in tight if not self._leases.make_room(scope, hold, now)]
            if refused:
                return Reserved(refused=tuple(hold.counter for hold in refused))
            if not tried.refused and not tried.busy:
                return Reserved()
            met = [wanted.holds[number - 1].counter for number in tried.busy if number]
            self._heat.note_busy(scope, met)
            busy += 1
        raise too_busy()

    def find(self, scope: Scope, ids: Sequence[str]) -> dict[str, Reservation]:
        """A hundred a request, consistently."""
        keys = (reservation_key(scope, each) for each in dict.fromkeys(ids))
        found = map(unpack, self._table.read(keys))
        return {each.id: each for each in found}

    def end(self, scope: Scope, reservation: Reservation, state: str, doc: str) -> bool:
        """One transaction; a hold that was taken out because it had expired is left out of it."""
        leases = self._leases
        places: Sequence[int] = ()
        if self._heat.reaches(scope, reservation):
            places = leases.places_of(scope, reservation)
        holds = self._place(scope, reservation, places)
        while True:
            end = self._end(scope, reservation, (state, doc), is_leased=bool(places))
            refused = self._table.transact([end, *holds])
            if 0 in refused and not places and (places := leases.places_of(scope, reservation)):
                # It is held by leases, which nobody here knew.
                holds = self._place(scope, reservation, places)
                continue
            if not refused or 0 in refused:
                return not refused
            holds = [hold for number, hold in enumerate(holds, 1) if number not in refused]

    def _place(self, scope: Scope, reservation: Reservation, places: Sequence[int]) -> list[Item]:
        """The writes that give back what a reservation holds of counters, or of these leases of
        theirs."""
        keys = [value_key(scope, hold.counter) for hold in reservation.holds]
        for at, place in enumerate(places):
            keys[at] = lease_key(scope, reservation.holds[at].counter, place)
        gives = [give_back(hold, reservation, is_leased=bool(places)) for hold in reservation.holds]
        return [self._table.update(*each) for each in zip(keys, gives, strict=True)]

    def _end(
        self, scope: Scope, reservation: Reservation, told: tuple[str, str], *, is_leased: bool
    ) -> Item:
        """The write that ends a reservation, on condition that it is held where one thinks."""
        change = Change(
            "SET #state = :state, #doc = :doc",
            {},
            {"#state": "state", "#doc": "doc"},
            "#state = :held" + ("" if is_leased else " AND attribute_not_exists(leases)"),
        )
        end = self._table.update(reservation_key(scope, reservation.id), change)
        texts = dict(zip((":state", ":doc", ":held"), (*told, "HELD"), strict=True))
        values = {name: {"S": text} for name, text in texts.items()}
        end["Update"]["ExpressionAttributeValues"] = values
        return end

    def _sums(self, scope: Scope, counter: Counter, amounts: Amounts) -> Item:
        """The update that adds; what limits are compared with moves `committed` as well."""
        names = {f"#f{at}": f"{SUM}{field}" for at, field in enumerate(amounts)}
        values = {f":f{at}": amount for at, amount in enumerate(amounts.values())}
        values[":committed"] = sum(amounts.get(field, 0) for field in (USED, BASE))
        adds = ["committed :committed", *(f"#f{at} :f{at}" for at in range(len(amounts)))]
        change = Change(f"ADD {', '.join(adds)}", values, names, part=counter.member)
        return self._table.update(value_key(scope, counter), change)

    def _mark(self, scope: Scope, shard: str, span: tuple[str, str], counter: Counter) -> Item:
        first, last = span
        item = {**mark_key(scope, shard, counter), **expiring(now_ms()), "position": {"S": last}}
        put = self._table.put(item, "attribute_not_exists(pk) OR #position < :first")
        put["Put"]["ExpressionAttributeNames"] = {"#position": "position"}
        put["Put"]["ExpressionAttributeValues"] = {":first": {"S": first}}
        return put

    def _read_marks(
        self, scope: Scope, shard: str, counters: Sequence[Counter]
    ) -> dict[Counter, str]:
        by_key = {names_of(mark_key(scope, shard, counter)): counter for counter in counters}
        items = self._table.read(mark_key(scope, shard, counter) for counter in counters)
        return {by_key[names_of(item)]: item["position"]["S"] for item in items}
