"""Items of counters: how large they become."""

from typing import cast

from chalicelib.aws.counter_items import read_buckets
from chalicelib.aws.counter_keys import value_key
from chalicelib.aws.counters import DynamoCounters
from chalicelib.kit.clock import SECOND
from chalicelib.kit.ids import new_id
from chalicelib.ports.counters import Counter, Hold, Reservation, Reserved
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from tests.conftest import NOON

C = Counter("c")


def test_what_has_expired_does_not_pile_up(aws_world: World) -> None:
    """An item of DynamoDB holds 400 KB, and each write of it is paid by its size."""
    scope = Scope(new_id())
    counters = cast(DynamoCounters, aws_world.counters)
    for number in range(1, 71):
        hold = Hold(C, 1, 1_000)
        one = Reservation(f"r{number}", "{}", NOON + number * SECOND, (hold,))
        assert counters.reserve(scope, one, NOON) == Reserved()
    later = NOON + 80 * SECOND
    assert counters.read(scope, [C], NOON)[C] == {"reserved": 70}
    assert counters.read(scope, [C], later)[C] == {"reserved": 0}
    (item,) = counters._table.read([value_key(scope, C)])
    assert len(read_buckets(item)) == 0
    assert item["committed"]["N"] == "0"
    all_of_it = Reservation("all", "{}", later + SECOND, (Hold(C, 1_000, 1_000),))
    assert counters.reserve(scope, all_of_it, later) == Reserved()
    (item,) = counters._table.read([value_key(scope, C)])
    assert len(read_buckets(item)) == 1
