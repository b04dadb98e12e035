"""Ports that fail while budgets are reserved, settled and given back, and crowds at one budget:
never over the limit, nothing is held for ever, and a retry mends it."""

from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from chalicelib.budgets.following import follow
from chalicelib.budgets.reservation_schemas import ReservationRequest
from chalicelib.budgets.reservations import release
from chalicelib.budgets.reserving import forget_rules, reserve
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import SECOND
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.world import World
from tests.support.bodies import completion
from tests.support.client import Client, new_tenant
from tests.support.clock import Clock
from tests.support.faults import Faults
from tests.support.race import race

RULE = {
    "name": "a day",
    "metricType": "TOTAL_COST",
    "windowType": "DAILY",
    "action": "BLOCK",
    "hardLimit": 10,
}
AFTER = pytest.mark.parametrize("after", [False, True])
CROWD = 32
MOST_CALLS = 60


class Team:
    """A team with a budget of ten dollars a day, and what it asks."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world = world
        self.client = Client(world, new_tenant(world))
        there = self.client.installed
        self.principal = Principal(there.tenant, there.team, "key", frozenset())
        path = "/profitstream/v2/api/ai/cost-controls"
        assert self.client.post(path, RULE).status == 200
        clock.move(10 * SECOND)

    def ask(self, name: str, cost: float, world: World | None = None) -> dict[str, Any]:
        body = {"transactionId": name, "provider": "openai", "model": "m", "estimatedCost": cost}
        return reserve(world or self.world, self.principal, ReservationRequest.model_validate(body))

    def stands(self) -> tuple[float, float]:
        """What is used and reserved of the budget."""
        (line,) = self.ask("look", 1_000)["budgets"]
        return float(line["used"]), float(line["reserved"])

    def meter(self, name: str, cost: float, shard: str = "") -> FeedBatch:
        """A call, as the feed brings it."""
        body = completion(at=self.world.now(), transactionId=name, totalCost=cost)
        answer = self.client.post("/meter/v2/ai/completions", body)
        assert answer.status == 201
        events = self.world.events.history(self.principal.team, answer.json["id"])
        return FeedBatch(shard or name, name, name, events, [name])


@AFTER
def test_a_reservation_that_fails_anywhere_is_mended_by_its_retry(
    world: World, clock: Clock, after: bool
) -> None:
    team = Team(world, clock)
    for fatal in range(1, MOST_CALLS):
        forget_rules(world, team.principal.team)
        faults = Faults(fatal, after=after)
        with suppress(OSError):
            team.ask(f"t{fatal}", 6, faults.over(world))
        answer = team.ask(f"t{fatal}", 6)
        assert (answer["state"], team.stands()) == ("HELD", (0, 6)), f"call {fatal}"
        assert team.ask("other", 5)["decision"] == "BLOCK"
        release(world, team.principal.team, str(answer["reservationId"]))
        if faults.calls < fatal:  # every call has had its turn
            break
    assert 5 < fatal < MOST_CALLS - 1


@AFTER
def test_a_release_that_fails_anywhere_is_mended_by_its_retry(
    world: World, clock: Clock, after: bool
) -> None:
    team = Team(world, clock)
    for fatal in range(1, MOST_CALLS):
        identity = str(team.ask(f"t{fatal}", 6)["reservationId"])
        faults = Faults(fatal, after=after)
        with suppress(OSError):
            release(faults.over(world), team.principal.team, identity)
        release(world, team.principal.team, identity)
        assert team.stands() == (0, 0), f"call {fatal}"
        if faults.calls < fatal:
            break
    assert 2 < fatal < MOST_CALLS - 1


@AFTER
def test_a_settlement_that_fails_anywhere_is_mended_by_the_next_delivery(
    world: World, clock: Clock, after: bool
) -> None:
    team = Team(world, clock)
    for fatal in range(1, MOST_CALLS):
        name = f"t{fatal:03}"
        assert team.ask(name, 0.2)["state"] == "HELD"
        batch = team.meter(name, 0.125, "shard")
        faults = Faults(fatal, after=after)
        with suppress(OSError):
            follow(faults.over(world), batch)
        used, reserved = team.stands()
        # As long as both stand there is too little room, and never too much.
        assert used + reserved >= fatal * 0.125
        for _ in range(2):
            follow(world, batch)
        assert team.stands() == (fatal * 0.125, 0), f"call {fatal}"
        if faults.calls < fatal:
            break
    assert 4 < fatal < MOST_CALLS - 1


def test_a_crowd_never_passes_a_limit_together(world: World, clock: Clock) -> None:
    """Each of 32 reserves, and then gives back, meters or leaves it, three times over."""
    team = Team(world, clock)

    def live(number: int) -> int:
        """How often it was let through."""
        allowed = 0
        for turn in range(3):
            name = f"{number}-{turn}"
            answer = team.ask(name, 0.5)
            if answer["decision"] == "BLOCK":
                continue
            (line,) = answer["budgets"]
            assert line["used"] + line["reserved"] <= 10
            allowed += 1
            if number % 3 == turn:
                release(world, team.principal.team, str(answer["reservationId"]))
                allowed -= 1
            elif number % 2:
                follow(world, team.meter(name, 0.5))
        return allowed

    lives = [each for each in race([partial(live, n) for n in range(CROWD)]) if each]
    numbers = [each for each in lives if isinstance(each, int)]
    assert numbers == lives
    used, reserved = team.stands()
    assert used + reserved == sum(numbers) * 0.5 <= 10
    # What was given back last is there for whoever comes.
    assert team.ask("rest", 10 - used - reserved + 0.5)["decision"] == "BLOCK"
    for number in range(20 - sum(numbers)):
        assert team.ask(f"rest {number}", 0.5)["decision"] == "ALLOW"
    assert team.ask("none", 0)["decision"] == "BLOCK"
