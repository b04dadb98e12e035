"""Items of counters, as they stand in their table: keys, attributes and the changes of them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.aws.counter_keys import Item, reservation_key
from chalicelib.kit.clock import SECOND
from chalicelib.ports.counters import BASE, RESERVED, USED, Amounts, Counter, Hold, Reservation
from chalicelib.ports.scope import Scope

KEPT_S = 7 * 86_400
"""A stream repeats what it tells for a day; a week is that with a margin."""
SUM, BUCKET = "f:", "b:"
UNSPENT = "unspent"
"""The attribute of what a lease may still hold."""
MANY = 30
"""How many amounts that have expired an item may carry about: every one is read and written with
it."""
_AT_ONCE = 50
_SKEW_S = 5
"""How far clocks of functions may differ: what has expired is given back that much later, so that
nobody adds to what another has just taken out."""


@dataclass(frozen=True, slots=True)
class Change:
    """An update of an item in DynamoDB's words; `amounts` are the values it names. With `part` the
    item may be new, and that is the member's name."""

    expression: str
    amounts: Mapping[str, int]
    names: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""
    part: str | None = None


def take(hold: Hold, wanted: Reservation) -> Change:
    """Hold an amount, on condition that it fits."""
    return _commit(hold.counter, hold.amount, hold.limit, bucket_name(wanted.expires))


def grant(hold: Hold, amount: int) -> Change:
    """Give a lease an amount, on condition that it fits under the limit of a hold."""
    return _commit(hold.counter, amount, hold.limit, "leased")


def _commit(counter: Counter, amount: int, limit: int, where: str) -> Change:
    condition = "committed <= :room"
    if amount <= limit:
        condition += " OR attribute_not_exists(committed)"
    return Change(
        "ADD committed :amount, #where :amount",
        {":amount": amount, ":room": limit - amount},
        {"#where": where},
        condition,
        counter.member,
    )


def take_unspent(hold: Hold, wanted: Reservation, granted: int) -> Change:
    """Have a lease hold an amount, of what it is granted with it, or else of what is unspent."""
    return Change(
        f"ADD {UNSPENT} :unspent, #bucket :amount",
        {":unspent": granted - hold.amount, ":amount": hold.amount},
        {"#bucket": bucket_name(wanted.expires)},
        "" if granted >= hold.amount else f"{UNSPENT} >= :amount",
    )


def lose_unspent(amount: int) -> Change:
    """Take from a lease what it has not spent."""
    values = {":amount": amount, ":back": -amount}
    return Change(f"ADD {UNSPENT} :back", values, condition=f"{UNSPENT} >= :amount")


def take_back(amount: int) -> Change:
    """Have a counter get back what leases have not spent."""
    values = {":back": -amount}
    return Change("ADD committed :back, leased :back", values, condition="attribute_exists(leased)")


def give_back(hold: Hold, reservation: Reservation, *, is_leased: bool = False) -> Change:
    """Hold an amount no longer, on condition that it has not expired and been taken out; a lease
    may spend it again."""
    sum_moves = f"{UNSPENT} :amount" if is_leased else "committed :back"
    values = {":back": -hold.amount} | ({":amount": hold.amount} if is_leased else {})
    return Change(
        f"ADD {sum_moves}, #bucket :back",
        values,
        {"#bucket": bucket_name(reservation.expires)},
        "attribute_exists(#bucket)",
    )


def reset(counter: Counter, before: Amounts, after: Amounts) -> Change:
    """Set fields to values, on condition that they are as they were; of what limits are compared
    with the difference is added to the sum."""
    sets: list[str] = []
    conditions: list[str] = []
    names: dict[str, str] = {}
    amounts: dict[str, int] = {}
    for at, field_name in enumerate(after):
        names[f"#f{at}"] = f"{SUM}{field_name}"
        amounts |= {f":f{at}": after[field_name], f":b{at}": before[field_name]}
        sets.append(f"#f{at} = :f{at}")
        is_absent = "" if before[field_name] else f" OR attribute_not_exists(#f{at})"
        conditions.append(f"(#f{at} = :b{at}{is_absent})")
    amounts[":more"] = sum(after.get(each, 0) - before.get(each, 0) for each in (USED, BASE))
    expression = f"ADD committed :more SET {', '.join(sets)}"
    return Change(expression, amounts, names, " AND ".join(conditions), counter.member)


def fold_changes(item: Item, now: int, least: int = 1) -> Iterator[Change]:
    """How to take out of a counter or a lease what it holds of reservations that have expired by
    an instant (UTC epoch ms), where these are at least so many."""
    oldest = now // SECOND - _SKEW_S
    expired = [each for each in read_buckets(item) if bucket_second(each[0]) <= oldest]
    if len(expired) < least:
        return
    for start in range(0, len(expired), _AT_ONCE):
        some = expired[start : start + _AT_ONCE]
        names = {f"#b{at}": name for at, (name, _) in enumerate(some)}
        values = {f":b{at}": int(amount["N"]) for at, (_, amount) in enumerate(some)}
        held = sum(values.values())
        sum_moves, values[":moved"] = (UNSPENT, held) if UNSPENT in item else ("committed", -held)
        yield Change(
            f"REMOVE {', '.join(names)} ADD {sum_moves} :moved",
            values,
            names,
            " AND ".join(f"#b{at} = :b{at}" for at in range(len(some))),
        )


def number_in(item: Item, name: str) -> int:
    """A number of an item, 0 where it has none."""
    return int(item[name]["N"]) if name in item else 0


def read_buckets(item: Item) -> list[tuple[str, Mapping[str, str]]]:
    """What a counter holds, by the names of attributes."""
    return [(name, value) for name, value in item.items() if name.startswith(BUCKET)]


def bucket_name(expires: int) -> str:
    """The attribute of what is held until an instant (UTC epoch ms)."""
    return f"{BUCKET}{expires // SECOND}"


def bucket_second(name: str) -> int:
    """Until when the amount of an attribute is held, UTC epoch s."""
    return int(name.removeprefix(BUCKET))


def read_fields(item: Item, now: int) -> dict[str, int]:
    """The fields of a counter at an instant (UTC epoch ms)."""
    fields = {
        name.removeprefix(SUM): int(value["N"])
        for name, value in item.items()
        if name.startswith(SUM)
    }
    buckets = read_buckets(item)
    if buckets:
        fields[RESERVED] = sum(
            int(value["N"]) for name, value in buckets if bucket_second(name) * SECOND > now
        )
    return fields


def expiring(instant: int) -> dict[str, dict[str, str]]:
    """When DynamoDB may delete an item that is of use until an instant (UTC epoch ms)."""
    return {"expires": {"N": str(instant // SECOND + KEPT_S)}}


def pack(scope: Scope, reservation: Reservation) -> dict[str, Any]:
    """A reservation as an item."""
    holds = [[*hold.counter, hold.amount, hold.limit] for hold in reservation.holds]
    return {
        **reservation_key(scope, reservation.id),
        **expiring(reservation.expires),
        "id": {"S": reservation.id},
        "doc": {"S": reservation.doc},
        "state": {"S": reservation.state},
        "until": {"N": str(reservation.expires)},
        "holds": {"S": json.dumps(holds)},
    }


def unpack(item: Item) -> Reservation:
    """The reservation of an item."""
    holds = [
        Hold(Counter(family, member), amount, limit)
        for family, member, amount, limit in json.loads(item["holds"]["S"])
    ]
    return Reservation(
        item["id"]["S"],
        item["doc"]["S"],
        int(item["until"]["N"]),
        tuple(holds),
        item["state"]["S"],
    )
