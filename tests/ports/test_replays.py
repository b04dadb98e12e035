"""Replays: one request runs, the others see its lock or its answer."""

from chalicelib.ports.replays import Replay
from chalicelib.ports.world import World
from tests.support.race import race

NOW = 1_800_000_000_000
LATER, EXPIRES = NOW + 30_000, NOW + 86_400_000


def begin(
    world: World, tenant: str, key: str = "k", body_hash: str = "h", now: int = NOW
) -> Replay | None:
    """Take a key with a lock of 30 s."""
    return world.replays.begin(tenant, key, body_hash, now=now, lock_until=now + 30_000)


def test_the_first_takes_the_key_and_others_see_the_lock(world: World, scope: str) -> None:
    assert begin(world, scope) is None
    assert begin(world, scope, body_hash="other") == Replay("h", 0, "")


def test_the_answer_is_kept(world: World, scope: str) -> None:
    begin(world, scope)
    answer = Replay("h", 201, '{"x":"漢 🚀"}')
    world.replays.finish(scope, "k", answer, expires=EXPIRES)
    assert begin(world, scope) == answer
    assert begin(world, scope, now=EXPIRES - 1) == answer


def test_an_expired_answer_is_forgotten(world: World, scope: str) -> None:
    begin(world, scope)
    world.replays.finish(scope, "k", Replay("h", 201, "{}"), expires=EXPIRES)
    assert begin(world, scope, body_hash="new", now=EXPIRES) is None
    assert begin(world, scope, now=EXPIRES) == Replay("new")


def test_the_lock_of_a_dead_owner_is_taken_over(world: World, scope: str) -> None:
    begin(world, scope)
    assert begin(world, scope, now=LATER - 1) == Replay("h")
    assert begin(world, scope, body_hash="second", now=LATER) is None
    assert begin(world, scope, now=LATER + 1) == Replay("second")


def test_abandon_gives_the_key_back(world: World, scope: str) -> None:
    begin(world, scope)
    world.replays.abandon(scope, "k")
    world.replays.abandon(scope, "k")
    assert begin(world, scope) is None


def test_abandon_leaves_a_kept_answer(world: World, scope: str) -> None:
    begin(world, scope)
    answer = Replay("h", 201, "{}")
    world.replays.finish(scope, "k", answer, expires=EXPIRES)
    world.replays.abandon(scope, "k")
    assert begin(world, scope) == answer


def test_tenants_and_keys_are_apart(world: World, scope: str, other_scope: str) -> None:
    assert begin(world, scope) is None
    assert begin(world, other_scope) is None
    assert begin(world, scope, key="K") is None
    assert begin(world, scope, key="ü" * 2_000 + "1") is None
    assert begin(world, scope, key="ü" * 2_000 + "2") is None


def test_in_a_race_one_takes_the_key(world: World, scope: str) -> None:
    assert race([lambda: begin(world, scope)] * 6).count(None) == 1
