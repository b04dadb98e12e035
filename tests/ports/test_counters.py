"""Counters: exactly once, and never over the limit."""

from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.kit.ids import new_id
from chalicelib.ports.world import World
from tests.support.race import race

NANO = 10**18


def state(world: World, scope: str, counter: str = "c") -> tuple[int, int]:
    """Used and reserved."""
    fields = world.counters.read(scope, [counter])[counter]
    return fields.get("used", 0), fields.get("reserved", 0)


class TestAdd:
    def test_several_fields_at_once_and_exactly(self, world: World, scope: str) -> None:
        assert world.counters.add(scope, "c", {"calls": 1, "cost nano": NANO + 1}, "t1")
        assert world.counters.add(scope, "c", {"calls": 2, "cost nano": 1, "less": -5}, "t2")
        assert world.counters.read(scope, ["c"]) == {
            "c": {"calls": 3, "cost nano": NANO + 2, "less": -5}
        }

    def test_a_token_adds_once(self, world: World, scope: str) -> None:
        assert world.counters.add(scope, "c", {"calls": 1}, "t")
        assert not world.counters.add(scope, "c", {"calls": 5, "other": 1}, "t")
        assert world.counters.read(scope, ["c"]) == {"c": {"calls": 1}}

    def test_a_token_serves_each_counter(self, world: World, scope: str, other_scope: str) -> None:
        assert world.counters.add(scope, "c", {"calls": 1}, "t")
        assert world.counters.add(scope, "d", {"calls": 2}, "t")
        assert world.counters.add(other_scope, "c", {"calls": 4}, "t")
        assert world.counters.read(scope, ["c", "d", "e"]) == {
            "c": {"calls": 1},
            "d": {"calls": 2},
            "e": {},
        }
        assert world.counters.read(other_scope, ["c", "d"]) == {"c": {"calls": 4}, "d": {}}

    def test_many_counters_are_read_at_once(self, world: World, scope: str) -> None:
        names = [f"budget/ü {number}" for number in range(105)]
        for name in names[::15]:
            world.counters.add(scope, name, {"n": 1}, "t")
        found = world.counters.read(scope, names)
        assert list(found) == names
        assert [name for name in names if found[name]] == names[::15]

    def test_no_counters(self, world: World, scope: str) -> None:
        assert world.counters.read(scope, []) == {}

    def test_in_a_race_nothing_is_lost_or_doubled(self, world: World, scope: str) -> None:
        works = [
            lambda n=n: world.counters.add(scope, "c", {"calls": 1}, f"t{n % 8}") for n in range(16)
        ]  # type: ignore[misc]
        assert sorted(map(str, race(works))) == ["False"] * 8 + ["True"] * 8
        assert world.counters.read(scope, ["c"]) == {"c": {"calls": 8}}


class TestReserve:
    def test_up_to_the_limit_and_not_over(self, world: World, scope: str) -> None:
        assert world.counters.reserve(scope, "c", 60, 100, "a")
        assert not world.counters.reserve(scope, "c", 41, 100, "b")
        assert world.counters.reserve(scope, "c", 40, 100, "b")
        assert not world.counters.reserve(scope, "c", 1, 100, "d")
        assert state(world, scope) == (0, 100)

    def test_a_token_holds_once(self, world: World, scope: str) -> None:
        assert world.counters.reserve(scope, "c", 60, 100, "a")
        assert world.counters.reserve(scope, "c", 60, 100, "a")
        assert world.counters.reserve(scope, "c", 500, 100, "a")
        assert state(world, scope) == (0, 60)

    def test_more_than_the_limit_never_fits(self, world: World, scope: str) -> None:
        assert not world.counters.reserve(scope, "c", 101, 100, "a")
        assert world.counters.reserve(scope, "c", 0, 0, "zero")
        assert state(world, scope) == (0, 0)

    def test_settle_uses_more_or_less_than_was_held(self, world: World, scope: str) -> None:
        world.counters.reserve(scope, "c", 50, 100, "a")
        assert world.counters.settle(scope, "c", "a", 20)
        assert state(world, scope) == (20, 0)
        assert not world.counters.settle(scope, "c", "a", 20)
        world.counters.reserve(scope, "c", 80, 100, "b")
        assert world.counters.settle(scope, "c", "b", 95)
        assert state(world, scope) == (115, 0)
        assert not world.counters.reserve(scope, "c", 1, 100, "d")

    def test_release_gives_back(self, world: World, scope: str) -> None:
        world.counters.reserve(scope, "c", 100, 100, "a")
        assert world.counters.release(scope, "c", "a")
        assert not world.counters.release(scope, "c", "a")
        assert not world.counters.settle(scope, "c", "a", 1)
        assert state(world, scope) == (0, 0)
        assert world.counters.reserve(scope, "c", 100, 100, "a")

    def test_what_is_added_as_used_counts(self, world: World, scope: str) -> None:
        world.counters.add(scope, "c", {"used": 70, "calls": 1}, "batch")
        assert not world.counters.reserve(scope, "c", 31, 100, "a")
        assert world.counters.reserve(scope, "c", 30, 100, "a")
        assert state(world, scope) == (70, 30)

    def test_scopes_and_counters_are_apart(
        self, world: World, scope: str, other_scope: str
    ) -> None:
        assert world.counters.reserve(scope, "c", 100, 100, "a")
        assert world.counters.reserve(scope, "d", 100, 100, "a")
        assert world.counters.reserve(other_scope, "c", 100, 100, "a")
        assert world.counters.release(scope, "c", "a")
        assert state(world, other_scope) == (0, 100)
        assert state(world, scope, "d") == (0, 100)

    def test_in_a_race_the_limit_holds(self, world: World, scope: str) -> None:
        works = [partial(world.counters.reserve, scope, "c", 30, 100, f"t{n}") for n in range(8)]
        assert race(works).count(True) == 3
        assert state(world, scope) == (0, 90)

    def test_of_two_settlements_one_counts(self, world: World, scope: str) -> None:
        world.counters.reserve(scope, "c", 30, 100, "a")
        assert race([lambda: world.counters.settle(scope, "c", "a", 10)] * 4).count(True) == 1
        assert state(world, scope) == (10, 0)

    @given(
        steps=st.lists(
            st.tuples(
                st.sampled_from(["reserve", "settle", "release"]),
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
        scope, used, held = new_id(), 0, dict[str, int]()
        for verb, token, amount in steps:
            if verb == "reserve":
                fits = token in held or used + sum(held.values()) + amount <= 100
                assert world.counters.reserve(scope, "c", amount, 100, token) == fits
                if fits:
                    held.setdefault(token, amount)
                continue
            expected = token in held
            held.pop(token, None)
            used += amount if expected and verb == "settle" else 0
            if verb == "settle":
                assert world.counters.settle(scope, "c", token, amount) == expected
            else:
                assert world.counters.release(scope, "c", token) == expected
        assert state(world, scope) == (used, sum(held.values()))
