"""Counters: exactly once, and never over the limit."""

from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.budgets.reserving import MOST_HOLDS
from chalicelib.kit.ids import new_id
from chalicelib.ports.counters import Amounts, Counter, Hold, Reservation, Reserved
from chalicelib.ports.world import World
from infra.local.world import build
from tests.support import aws
from tests.support.race import race

NANO = 10**18
C, D, E = Counter("c"), Counter("d"), Counter("e")
SKEW_MS = 6_000
"""Clocks may differ: what has expired may be given back that much later."""


@pytest.fixture(scope="module", params=["local", "aws", "leases"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Each adapter, and AWS's where all counters are hot."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "local":
        yield build(folder)
        return
    with aws.running(folder) as built:
        yield aws.leased(built) if request.param == "leases" else built


def read(world: World, scope: str, counter: Counter = C, now: int | None = None) -> Amounts:
    """Its fields that are not 0."""
    found = world.counters.read(scope, [counter], world.now() if now is None else now)[counter]
    return {field: value for field, value in found.items() if value}


def wanted(
    world: World, name: str, *holds: tuple[Counter, int, int], ttl_s: int = 60
) -> Reservation:
    expires = (world.now() // 1_000 + ttl_s) * 1_000
    return Reservation(name, f'{{"of": "{name}"}}', expires, tuple(Hold(*hold) for hold in holds))


def reserve(world: World, scope: str, name: str, *holds: tuple[Counter, int, int]) -> Reserved:
    return world.counters.reserve(scope, wanted(world, name, *holds), world.now())


def end(world: World, scope: str, name: str, state: str = "RELEASED") -> bool:
    found = world.counters.find(scope, [name])
    return name in found and world.counters.end(scope, found[name], state, "{}")


class TestAdd:
    def test_several_fields_at_once_and_exactly(self, world: World, scope: str) -> None:
        assert world.counters.add(scope, C, {"calls": 1, "cost nano": NANO + 1}, "t1")
        assert world.counters.add(scope, C, {"calls": 2, "cost nano": 1, "less": -5}, "t2")
        assert read(world, scope) == {"calls": 3, "cost nano": NANO + 2, "less": -5}

    def test_a_token_adds_once(self, world: World, scope: str) -> None:
        assert world.counters.add(scope, C, {"calls": 1}, "t")
        assert not world.counters.add(scope, C, {"calls": 5, "other": 1}, "t")
        assert read(world, scope) == {"calls": 1}

    def test_a_token_serves_each_counter(self, world: World, scope: str, other_scope: str) -> None:
        member = Counter("c", "m")
        assert world.counters.add(scope, C, {"calls": 1}, "t")
        assert world.counters.add(scope, D, {"calls": 2}, "t")
        assert world.counters.add(scope, member, {"calls": 3}, "t")
        assert world.counters.add(other_scope, C, {"calls": 4}, "t")
        assert world.counters.read(scope, [C, D, E, member], world.now()) == {
            C: {"calls": 1},
            D: {"calls": 2},
            E: {},
            member: {"calls": 3},
        }
        assert world.counters.read(other_scope, [C, D], world.now()) == {C: {"calls": 4}, D: {}}

    def test_many_counters_are_read_at_once(self, world: World, scope: str) -> None:
        names = [Counter("budget", f"ü/{number}") for number in range(105)]
        for name in names[::15]:
            world.counters.add(scope, name, {"n": 1}, "t")
        found = world.counters.read(scope, names, world.now())
        assert list(found) == names
        assert [name for name in names if found[name]] == names[::15]

    def test_no_counters(self, world: World, scope: str) -> None:
        assert world.counters.read(scope, [], world.now()) == {}

    def test_in_a_race_nothing_is_lost_or_doubled(self, world: World, scope: str) -> None:
        works = [
            partial(world.counters.add, scope, C, {"calls": 1}, f"t{n % 8}") for n in range(16)
        ]
        assert sorted(map(str, race(works))) == ["False"] * 8 + ["True"] * 8
        assert read(world, scope) == {"calls": 8}


class TestCount:
    def test_a_span_counts_once(self, world: World, scope: str) -> None:
        changes = {C: {"used": 5}, Counter("d", "m"): {"used": 7, "calls": 1}}
        assert world.counters.count(scope, "s", ("01", "09"), changes) == {}
        assert world.counters.count(scope, "s", ("01", "09"), changes) == dict.fromkeys(
            changes, "09"
        )
        assert read(world, scope) == {"used": 5}
        assert read(world, scope, Counter("d", "m")) == {"used": 7, "calls": 1}

    def test_a_span_that_overlaps_is_told_from_where_on(self, world: World, scope: str) -> None:
        assert world.counters.count(scope, "s", ("01", "09"), {C: {"used": 5}}) == {}
        ahead = world.counters.count(scope, "s", ("05", "12"), {C: {"used": 9}, D: {"used": 9}})
        assert ahead == {C: "09"}
        assert world.counters.count(scope, "s", ("10", "12"), {C: {"used": 2}}) == {}
        assert read(world, scope) == {"used": 7}
        assert read(world, scope, D) == {"used": 9}

    def test_shards_and_scopes_are_apart(self, world: World, scope: str, other_scope: str) -> None:
        for place, shard in ((scope, "s"), (scope, "t"), (other_scope, "s")):
            assert not world.counters.count(place, shard, ("01", "09"), {C: {"used": 1}})
        assert read(world, scope) == {"used": 2}
        assert read(world, other_scope) == {"used": 1}

    def test_more_counters_than_a_transaction_takes(self, world: World, scope: str) -> None:
        changes = {Counter("f", f"m{number}"): {"used": number + 1} for number in range(101)}
        known = Counter("f", "m50")
        world.counters.count(scope, "s", ("01", "02"), {known: {"used": 1_000}})
        assert world.counters.count(scope, "s", ("01", "03"), changes) == {known: "02"}
        found = dict(world.counters.members(scope, "f", world.now()))
        assert found == changes | {known: {"used": 1_000}}

    def test_in_a_race_it_counts_once(self, world: World, scope: str) -> None:
        work = partial(world.counters.count, scope, "s", ("01", "09"), {C: {"used": 1}})
        assert race([work] * 6).count({}) == 1
        assert read(world, scope) == {"used": 1}


class TestFamilies:
    def test_members_of_one_family(self, world: World, scope: str, other_scope: str) -> None:
        for number, counter in enumerate((C, Counter("c", "x/y"), Counter("c", "ü"), D), 1):
            world.counters.add(scope, counter, {"n": number}, "t")
        world.counters.add(other_scope, Counter("c", "x"), {"n": 9}, "t")
        found = dict(world.counters.members(scope, "c", world.now()))
        assert found == {Counter("c", "x/y"): {"n": 2}, Counter("c", "ü"): {"n": 3}}

    def test_long_names_stay_apart(self, world: World, scope: str) -> None:
        names = [Counter("c", "n" * 2_000 + end) for end in "ab"]
        for name in names:
            world.counters.add(scope, name, {"n": 1}, "t")
        assert {name for name, _ in world.counters.members(scope, "c", world.now())} == set(names)

    def test_a_family_is_dropped(self, world: World, scope: str) -> None:
        for number in range(30):
            world.counters.add(scope, Counter("c", f"m{number}"), {"n": 1}, "t")
        for counter in (C, D, Counter("cc", "m")):
            world.counters.add(scope, counter, {"n": 1}, "t")
        world.counters.drop(scope, "c")
        assert list(world.counters.members(scope, "c", world.now())) == []
        assert read(world, scope) == {}
        assert read(world, scope, D) == read(world, scope, Counter("cc", "m")) == {"n": 1}

    def test_what_is_held_of_a_dropped_one_is_forgotten(self, world: World, scope: str) -> None:
        reserve(world, scope, "a", (C, 60, 100), (D, 5, 10))
        world.counters.drop(scope, "c")
        later = world.now() + 70_000
        assert read(world, scope, now=later) == read(world, scope, D, now=later) == {}
        assert end(world, scope, "a")
        assert read(world, scope) == read(world, scope, D) == {}


class TestRebase:
    def test_in_a_race_it_is_set_and_not_added(self, world: World, scope: str) -> None:
        world.counters.rebase(scope, {C: {"base": 3, "told": 1}})
        work = partial(world.counters.rebase, scope, {C: {"base": 70, "calls": 2}})
        race([work] * 8)
        assert read(world, scope) == {"base": 70, "calls": 2, "told": 1}
        assert reserve(world, scope, "a", (C, 31, 100)) == Reserved(refused=(C,))
        assert reserve(world, scope, "a", (C, 30, 100)) == Reserved()


class TestReserve:
    def test_up_to_the_limit_and_not_over(self, world: World, scope: str) -> None:
        assert reserve(world, scope, "a", (C, 60, 100)) == Reserved()
        assert reserve(world, scope, "b", (C, 41, 100)) == Reserved(refused=(C,))
        assert reserve(world, scope, "b", (C, 40, 100)) == Reserved()
        assert reserve(world, scope, "d", (C, 1, 100)) == Reserved(refused=(C,))
        assert read(world, scope) == {"reserved": 100}

    def test_as_many_as_one_call_may_hold_of(self, world: World, scope: str) -> None:
        names = [Counter("c", f"m{number}") for number in range(MOST_HOLDS)]
        holds = [(name, 60, 100) for name in names]
        assert reserve(world, scope, "a", *holds) == Reserved()
        assert reserve(world, scope, "b", *holds) == Reserved(refused=tuple(names))
        assert end(world, scope, "a")
        assert reserve(world, scope, "b", *holds) == Reserved()

    def test_a_limit_may_be_absurd(self, world: World, scope: str) -> None:
        assert reserve(world, scope, "a", (C, 60, 10**21)) == Reserved()
        assert end(world, scope, "a")
        assert read(world, scope) == {}

    def test_an_id_holds_once(self, world: World, scope: str) -> None:
        first = wanted(world, "a", (C, 60, 100))
        assert world.counters.reserve(scope, first, world.now()) == Reserved()
        for amount in (60, 500):
            again = reserve(world, scope, "a", (C, amount, 100))
            assert again == Reserved(known=first)
        assert read(world, scope) == {"reserved": 60}

    def test_all_or_nothing(self, world: World, scope: str) -> None:
        reserve(world, scope, "a", (D, 50, 100))
        outcome = reserve(world, scope, "b", (C, 10, 100), (D, 60, 100), (E, 101, 100))
        assert outcome == Reserved(refused=(D, E))
        assert read(world, scope) == read(world, scope, E) == {}
        assert world.counters.find(scope, ["b"]) == {}
        assert reserve(world, scope, "b", (C, 10, 100), (D, 50, 100)) == Reserved()
        assert read(world, scope, D) == {"reserved": 100}

    def test_nothing_at_all_is_held_too(self, world: World, scope: str) -> None:
        assert reserve(world, scope, "a") == Reserved()
        assert reserve(world, scope, "a").known is not None
        assert reserve(world, scope, "zero", (C, 0, 0)) == Reserved()
        assert reserve(world, scope, "more", (C, 1, 0)) == Reserved(refused=(C,))

    def test_what_was_counted_and_what_was_before_count(self, world: World, scope: str) -> None:
        world.counters.count(scope, "s", ("1", "2"), {C: {"used": 40, "calls": 99}})
        world.counters.rebase(scope, {C: {"base": 30, "calls before": 7}})
        assert reserve(world, scope, "a", (C, 31, 100)) == Reserved(refused=(C,))
        assert reserve(world, scope, "a", (C, 30, 100)) == Reserved()
        world.counters.rebase(scope, {C: {"base": 10}, D: {"base": 5}})
        assert reserve(world, scope, "b", (C, 21, 100)) == Reserved(refused=(C,))
        assert reserve(world, scope, "b", (C, 20, 100)) == Reserved()
        assert read(world, scope)["base"] == 10
        assert read(world, scope, D) == {"base": 5}

    def test_ending_gives_back_once(self, world: World, scope: str) -> None:
        reserve(world, scope, "a", (C, 100, 100), (D, 5, 10))
        assert end(world, scope, "a", "SETTLED")
        assert not end(world, scope, "a")
        assert not end(world, scope, "unknown")
        assert read(world, scope) == read(world, scope, D) == {}
        assert world.counters.find(scope, ["a", "x"])["a"].state == "SETTLED"
        assert world.counters.find(scope, ["a"])["a"].doc == "{}"
        assert reserve(world, scope, "b", (C, 100, 100)) == Reserved()

    def test_what_has_expired_is_not_held(self, world: World, scope: str) -> None:
        first = wanted(world, "a", (C, 100, 100), ttl_s=1)
        assert world.counters.reserve(scope, first, world.now()) == Reserved()
        later = first.expires + SKEW_MS
        assert read(world, scope, now=later) == {}
        assert read(world, scope, now=first.expires - 1) == {"reserved": 100}
        second = wanted(world, "b", (C, 70, 100))
        assert world.counters.reserve(scope, second, later) == Reserved()
        assert world.counters.end(scope, first, "SETTLED", "{}")
        assert read(world, scope) == {"reserved": 70}

    def test_what_is_given_back_meanwhile_is_never_seen_as_held(self, world: World) -> None:
        for scope in (new_id() for _ in range(20)):
            first = wanted(world, "a", (C, 50, 100), ttl_s=1)
            world.counters.reserve(scope, first, world.now())
            later = first.expires + SKEW_MS
            look = partial(world.counters.read, scope, [C], later)
            second = partial(world.counters.reserve, scope, wanted(world, "b", (C, 30, 100)), later)
            seen = race([look, look, look, second, look, look])
            sums = [found[C].get("reserved", 0) for found in seen if isinstance(found, dict)]
            assert set(sums) <= {0, 30}

    def test_scopes_are_apart(self, world: World, scope: str, other_scope: str) -> None:
        assert reserve(world, scope, "a", (C, 100, 100)) == Reserved()
        assert reserve(world, other_scope, "a", (C, 100, 100)) == Reserved()
        assert end(world, scope, "a")
        assert read(world, other_scope) == {"reserved": 100}

    def test_in_a_race_the_limit_holds(self, world: World, scope: str) -> None:
        works = [
            partial(reserve, world, scope, f"t{n}", (C, 30, 100), (D, 1, 100)) for n in range(8)
        ]
        assert race(works).count(Reserved()) == 3
        assert read(world, scope) == {"reserved": 90}
        assert read(world, scope, D) == {"reserved": 3}

    def test_of_two_ends_one_counts(self, world: World, scope: str) -> None:
        reserve(world, scope, "a", (C, 30, 100))
        assert race([partial(end, world, scope, "a")] * 4).count(True) == 1
        assert read(world, scope) == {}

    @given(
        steps=st.lists(
            st.tuples(
                st.sampled_from(["reserve", "end", "count"]),
                st.sampled_from("xyz"),
                st.integers(0, 60),
            ),
            max_size=12,
        )
    )
    @settings(
        max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_any_steps_behave_like_the_model(
        self, world: World, steps: list[tuple[str, str, int]]
    ) -> None:
        scope, used, held, ended = new_id(), 0, dict[str, int](), set[str]()
        for number, (verb, name, amount) in enumerate(steps):
            if verb == "count":
                span = (f"{number:03}", f"{number:03}")
                assert not world.counters.count(scope, "s", span, {C: {"used": amount}})
                used += amount
            elif verb == "end":
                assert end(world, scope, name) is (name in held)
                ended |= held.keys() & {name}
                held.pop(name, None)
            else:
                outcome = reserve(world, scope, name, (C, amount, 100))
                is_known = name in held or name in ended
                fits = used + sum(held.values()) + amount <= 100
                assert (outcome.known is not None) is is_known
                assert bool(outcome.refused) is (not is_known and not fits)
                if not is_known and fits:
                    held[name] = amount
        assert read(world, scope).get("used", 0) == used
        assert read(world, scope).get("reserved", 0) == sum(held.values())
