"""Leases of hot counters: never over the limit, nothing refused that fits, nothing lost."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.aws.counter_items import number_in, read_buckets
from chalicelib.aws.counter_keys import lease_keys, value_key
from chalicelib.kit.clock import SECOND
from chalicelib.kit.errors import Unavailable
from chalicelib.kit.ids import new_id
from chalicelib.ports.counters import Counter, Hold, Reservation, Reserved
from chalicelib.ports.world import World
from tests.conftest import NOON
from tests.support import aws, stack
from tests.support.race import race

C, D = Counter("c"), Counter("d", "m")
SKEW_S = 6


@pytest.fixture(scope="module")
def plain(deployment: World) -> World:
    return deployment


@pytest.fixture(scope="module")
def leased(deployment: World) -> World:
    return aws.leased(deployment)


@pytest.fixture
def few_leases() -> Iterator[None]:
    """So that reservations find what others have left in theirs."""
    with patch("chalicelib.aws.counter_leases.LEASES", 2):
        yield


@pytest.fixture
def one_lease() -> Iterator[None]:
    with patch("chalicelib.aws.counter_leases.LEASES", 1):
        yield


@pytest.fixture
def scope() -> str:
    return new_id()


def items(world: World, keys: list[Any]) -> list[dict[str, Any]]:
    client = boto3.client("dynamodb", region_name=stack.REGION)
    table = world.settings.counters_table
    return [client.get_item(TableName=table, Key=key).get("Item", {}) for key in keys]


def held(item: dict[str, Any]) -> int:
    return sum(int(value["N"]) for _, value in read_buckets(item))


def check_sums(world: World, scope: str, counter: Counter) -> int:
    """The sums of a counter and its leases are those of their parts; how much is in leases."""
    root, *leases = items(world, [value_key(scope, counter), *lease_keys(scope, counter)])
    unspent = [number_in(lease, "unspent") for lease in leases]
    in_leases = number_in(root, "leased")
    assert min(unspent) >= 0
    assert in_leases == sum(unspent) + sum(map(held, leases))
    counted = number_in(root, "f:used") + number_in(root, "f:base")
    assert number_in(root, "committed") == counted + held(root) + in_leases
    return in_leases


def wanted(name: str, amount: int, limit: int = 100, until: int = NOON + 60 * SECOND, *,
           counters: tuple[Counter, ...] = (C,)) -> Reservation:  # fmt: skip
    return Reservation(name, "{}", until, tuple(Hold(each, amount, limit) for each in counters))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve", "end", "count", "wait"]),
        st.sampled_from("vwxyz"),
        st.integers(0, 60),
        st.sampled_from([60, 100, 140]),
        st.booleans(),
        st.sampled_from([(C,), (D,), (C, D)]),
    ),
    max_size=20,
)


@given(steps=STEPS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.usefixtures("few_leases")
def test_leases_and_roots_together_are_one_counter(
    plain: World, leased: World, steps: list[tuple[str, str, int, int, bool, tuple[Counter, ...]]]
) -> None:
    """Some functions see a hot counter and others do not, limits are raised and lowered, calls
    cost more than was held: all is as if there was one sum."""
    scope, now, attempt = new_id(), NOON, 0
    used = {C: 0, D: 0}
    open_: dict[str, Reservation] = {}
    for number, (verb, name, amount, limit, is_hot, counters) in enumerate(steps):
        world = leased if is_hot else plain
        if verb == "count":
            span = (f"{number:03}", f"{number:03}")
            changes = {each: {"used": amount - 5} for each in counters}
            assert not world.counters.count(scope, "s", span, changes)
            for each in counters:
                used[each] += amount - 5
        elif verb == "wait":
            now += 10 * SECOND
            ends = {each.expires for each in open_.values()}
            now += SKEW_S * SECOND * any(end <= now < end + SKEW_S * SECOND for end in ends)
            now += SKEW_S * SECOND * any(end <= now < end + SKEW_S * SECOND for end in ends)
            open_ = {key: each for key, each in open_.items() if each.expires > now}
        elif verb == "end":
            if name in open_:
                assert world.counters.end(scope, open_.pop(name), "SETTLED", "{}")
        elif name not in open_:
            attempt += 1
            until = now + (5 + amount % 20) * SECOND
            asked = wanted(f"{name}{attempt}", amount, limit, until, counters=counters)
            tight = tuple(
                each for each in counters if used[each] + reserved(open_, each) + amount > limit
            )
            told = world.counters.reserve(scope, asked, now)
            # Of two full counters a lease may show one only, until it is looked at again.
            assert (told.known, bool(told.refused)) == (None, bool(tight))
            assert set(told.refused) <= set(tight)
            if not tight:
                open_[name] = asked
        found = world.counters.read(scope, [C, D], now)
        for each in (C, D):
            assert found[each].get("used", 0) == used[each]
            assert found[each].get("reserved", 0) == reserved(open_, each)
            check_sums(world, scope, each)


def reserved(open_: dict[str, Reservation], counter: Counter) -> int:
    return sum(
        hold.amount for each in open_.values() for hold in each.holds if hold.counter == counter
    )


@pytest.mark.parametrize("ends", [False, True])
def test_a_crowd_uses_the_limit_up_and_no_more(
    plain: World, leased: World, scope: str, ends: bool
) -> None:
    """Thirty-two at once, half of whom see a hot counter."""

    def work(number: int) -> int:
        world = plain if number % 4 == 0 else leased
        asked = wanted(f"t{number}", 7, 100, counters=(C, D))
        if world.counters.reserve(scope, asked, NOON) != Reserved():
            return 0
        if ends and number % 2:
            assert world.counters.end(scope, asked, "SETTLED", "{}")
            return 0
        return 1

    answers = race([partial(work, number) for number in range(32)])
    assert not [each for each in answers if isinstance(each, Unavailable)]
    if not ends:
        assert sum(map(int, map(str, answers))) == 14
    for counter in (C, D):
        check_sums(plain, scope, counter)
        found = plain.counters.read(scope, [counter], NOON)[counter]
        assert found["reserved"] == 7 * sum(each == 1 for each in answers) <= 100
    assert leased.counters.reserve(scope, wanted("z", 100, 100), NOON).refused == (C,)


def test_the_root_is_written_once_for_many(leased: World, scope: str) -> None:
    """What makes leases quick: most reservations, and all that end, leave the root alone."""
    root = value_key(scope, C)
    with written(root) as writes:
        for number in range(60):
            asked = wanted(f"r{number}", 1, 1_000_000)
            assert leased.counters.reserve(scope, asked, NOON) == Reserved()
            assert leased.counters.end(scope, asked, "SETTLED", "{}")
    assert len(writes) <= 10


def test_what_is_unspent_goes_to_whoever_needs_it(plain: World, leased: World, scope: str) -> None:
    assert leased.counters.reserve(scope, wanted("a", 1, 10_000), NOON) == Reserved()
    assert check_sums(leased, scope, C) == 32
    assert plain.counters.reserve(scope, wanted("b", 9_999, 10_000), NOON) == Reserved()
    assert check_sums(leased, scope, C) == 1
    assert plain.counters.reserve(scope, wanted("c", 1, 10_000), NOON).refused == (C,)
    assert leased.counters.reserve(scope, wanted("c", 1, 10_000), NOON).refused == (C,)


@pytest.mark.usefixtures("one_lease")
def test_what_calls_cost_more_is_seen_before_what_is_unspent(leased: World, scope: str) -> None:
    for number in range(12):
        asked = wanted(f"a{number}", 1, 10_000)
        assert leased.counters.reserve(scope, asked, NOON) == Reserved()
    assert check_sums(leased, scope, C) == 32
    assert not leased.counters.count(scope, "s", ("1", "1"), {C: {"used": 9_988}})
    for number in range(4):
        asked = wanted(f"c{number}", 1, 10_000)
        assert leased.counters.reserve(scope, asked, NOON).refused == (C,)
    assert leased.counters.end(scope, wanted("a0", 1, 10_000), "RELEASED", "{}")
    assert leased.counters.reserve(scope, wanted("d", 1, 10_000), NOON) == Reserved()


class written:  # noqa: N801 - reads as a verb
    """The transactions that write an item."""

    def __init__(self, key: Any) -> None:
        self._key = key
        self.calls: list[Any] = []

    def __enter__(self) -> list[Any]:
        call = BaseClient._make_api_call

        def counted(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
            if operation == "TransactWriteItems":
                keys = [each.get("Update", {}).get("Key") for each in arguments["TransactItems"]]
                self.calls += [arguments] * (self._key in keys)
            return call(client, operation, arguments)

        self._patch = patch.object(BaseClient, "_make_api_call", counted)
        self._patch.start()
        return self.calls

    def __exit__(self, *_: object) -> None:
        self._patch.stop()


@pytest.fixture
def busy_once() -> Iterator[list[int]]:
    """The first transaction meets another one at its second write."""
    call, met = BaseClient._make_api_call, list[int]()

    def failing(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "TransactWriteItems" and not met:
            met.append(1)
            reasons = [{"Code": "None"} for _ in arguments["TransactItems"]]
            reasons[1] = {"Code": "TransactionConflict"}
            told = {
                "Error": {"Code": "TransactionCanceledException", "Message": ""},
                "CancellationReasons": reasons,
            }
            raise client.exceptions.TransactionCanceledException(told, operation)
        return call(client, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", failing):
        yield met


def test_a_counter_whose_writers_meet_is_hot(
    plain: World, scope: str, busy_once: list[int]
) -> None:
    asked = wanted("a", 1, 10_000)
    assert plain.counters.reserve(scope, asked, NOON) == Reserved()
    assert busy_once
    assert check_sums(plain, scope, C) == 32
    assert plain.counters.reserve(new_id(), wanted("a", 1, 10_000), NOON) == Reserved()
    assert plain.counters.end(scope, asked, "RELEASED", "{}")
    assert check_sums(plain, scope, C) == 32
    assert plain.counters.read(scope, [C], NOON)[C].get("reserved", 0) == 0


def test_a_dropped_family_leaves_no_lease(leased: World, scope: str) -> None:
    assert leased.counters.reserve(scope, wanted("a", 1, 10_000, counters=(C, D)), NOON)
    for family in ("c", "d"):
        leased.counters.drop(scope, family)
    for counter in (C, D):
        assert not any(items(leased, [value_key(scope, counter), *lease_keys(scope, counter)]))


def test_what_has_expired_is_not_carried_about(plain: World, leased: World, scope: str) -> None:
    """An item is read and written whole."""
    for number in range(40):
        until = NOON + number * SECOND
        for world, name in ((plain, "p"), (leased, "l")):
            asked = wanted(f"{name}{number}", 1, 10**9, until)
            assert world.counters.reserve(scope, asked, NOON) == Reserved()
    later = NOON + 60 * SECOND
    assert len(read_buckets(*items(plain, [value_key(scope, C)]))) == 40
    assert plain.counters.read(scope, [C], later)[C]["reserved"] == 0
    assert read_buckets(*items(plain, [value_key(scope, C)])) == []
    check_sums(plain, scope, C)
