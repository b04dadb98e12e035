"""Generations: while one follows the other a budget is never taken for unused, and what was used
before is complete before it is final."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from chalicelib.budgets.compiling import compile_rules, read_rules
from chalicelib.budgets.generations import read_counting, recount
from chalicelib.budgets.reservation_schemas import ReservationRequest
from chalicelib.budgets.reserving import forget_rules, reserve
from chalicelib.budgets.windows import window_at
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import HOUR, MINUTE, SECOND
from chalicelib.kit.ids import event_id
from chalicelib.kit.jsontext import dumps
from chalicelib.metering.revisions import void
from chalicelib.ports.documents import walk
from chalicelib.ports.engine import EngineBusy, Result, Statement
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc
from infra.local.counter import count_feed
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.feeding import feed

RULES = "/profitstream/v2/api/ai/cost-controls"
DOLLAR = 10**9


class Busy:
    """A lake that answers nobody."""

    def run(self, *_: Any) -> Any:
        raise EngineBusy("busy")


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


@pytest.fixture
def limited(client: Client, clock: Clock) -> Client:
    """A team that has used 9 of 10 dollars."""
    meter(client, 9)
    make_rule(client)
    clock.move(10 * SECOND)
    return client


def make_rule(client: Client, **members: Any) -> None:
    body = {
        "name": "a day",
        "metricType": "TOTAL_COST",
        "windowType": "DAILY",
        "action": "BLOCK",
        "hardLimit": 10,
        **members,
    }
    assert client.post(RULES, body).status == 200


def meter(client: Client, cost: float, number: int = 1) -> None:
    body = completion(number, at=client.world.now(), totalCost=cost)
    assert client.post("/meter/v2/ai/completions", body).status == 201
    feed(client.world)


def retired(world: World, team: Scope) -> Doc:
    record = world.documents.get(team, "BUDGET_COUNTING", "retired")
    return record.doc if record else {}


def ask(world: World, client: Client, name: str, cost: float) -> dict[str, Any]:
    there = client.installed
    body = ReservationRequest.model_validate(
        {"transactionId": name, "provider": "openai", "model": "m", "estimatedCost": cost}
    )
    return reserve(world, Principal(there.tenant, there.team, "key", frozenset()), body)


def test_until_a_base_is_told_nothing_is_let_through(limited: Client, clock: Clock) -> None:
    world, team = limited.world, limited.installed.team
    assert ask(world, limited, "a", 2)["decision"] == "BLOCK"
    recount(world, team)
    forget_rules(world, team)
    with pytest.raises(EngineBusy):
        ask(replace(world, engine=Busy()), limited, "b", 2)
    # Whoever asks first has the lake asked.
    assert ask(world, limited, "b", 2)["decision"] == "BLOCK"
    assert ask(world, limited, "c", 1)["decision"] == "ALLOW"
    # Once it is known the lake is not asked again.
    forget_rules(world, team)
    assert ask(replace(world, engine=Busy()), limited, "d", 1)["decision"] == "BLOCK"


def test_a_window_that_began_later_needs_no_lake(limited: Client, clock: Clock) -> None:
    clock.move(12 * 60 * MINUTE)
    busy = replace(limited.world, engine=Busy())
    assert ask(busy, limited, "a", 10)["decision"] == "ALLOW"
    assert ask(busy, limited, "b", 1)["decision"] == "BLOCK"


def test_who_believes_in_former_counters_still_finds_them(limited: Client, clock: Clock) -> None:
    world, team = limited.world, limited.installed.team
    assert ask(world, limited, "a", 2)["decision"] == "BLOCK"
    recount(world, team)
    compile_rules(world, team)
    # This process still knows the former generation, for a second.
    assert ask(world, limited, "b", 2)["decision"] == "BLOCK"
    assert len(retired(world, team)) == 1
    clock.move(HOUR + 3 * MINUTE)
    compile_rules(world, team)
    assert not retired(world, team)


def test_a_base_is_final_when_the_lake_has_all_of_before(local_world: World, clock: Clock) -> None:
    client = Client(local_world)
    team = client.installed.team
    meter(client, 1)
    body = completion(2, at=clock.now, totalCost=2)
    assert client.post("/meter/v2/ai/completions", body).status == 201
    make_rule(client)  # the second call is not in the lake yet
    clock.move(2 * MINUTE)
    count_feed(local_world)
    compile_rules(local_world, team)
    (generation,) = read_counting(local_world, team).generations.values()
    assert generation.settled == []
    feed(local_world)
    compile_rules(local_world, team)
    (generation,) = read_counting(local_world, team).generations.values()
    assert len(generation.settled) == 1
    assert [rule["currentValue"] for rule in read_rules(local_world, team).rules] == [3]


def test_a_line_may_be_absurdly_low_or_high(client: Client, clock: Clock) -> None:
    make_rule(client, hardLimit=1e-30)
    make_rule(client, name="high", hardLimit=10**12, warnThreshold=1e-12)
    make_rule(client, name="each", hardLimit=1e-30, groupBy="MODEL")
    clock.move(10 * SECOND)
    meter(client, 900_000)
    clock.move(MINUTE)
    rules = {rule["name"]: rule for rule in read_rules(client.world, client.installed.team).rules}
    assert {name: rule["breached"] for name, rule in rules.items()} == {
        "a day": True,
        "high": False,
        "each": True,
    }
    assert rules["a day"]["percentUsed"] == 900_000 * DOLLAR
    assert ask(client.world, client, "a", 1)["decision"] == "BLOCK"
    assert clock.now > NOON


class Meddling:
    """A lake that takes a call back between two questions, some times."""

    def __init__(self, world: World, transactions: list[str]) -> None:
        self._world, self._transactions = world, transactions

    def run(self, team: Scope, statement: Statement) -> Result:
        answer = self._world.engine.run(team, statement)
        if self._transactions and "revised_at" in statement.sql:
            void(self._world, team, [event_id(team, "COMPLETION", self._transactions.pop())])
            feed(self._world)
        return answer


@pytest.mark.parametrize("taken", [1, 2, 3])
def test_a_call_that_is_revised_while_its_base_is_read_counts_once(
    local_world: World, clock: Clock, taken: int
) -> None:
    client = Client(local_world)
    for number in range(1, 5):
        meter(client, number, number)
    make_rule(client)
    clock.move(2 * MINUTE)
    meddled = [f"chatcmpl-{number}" for number in range(1, taken + 1)]
    world = replace(local_world, engine=Meddling(local_world, list(meddled)))
    compile_rules(world, client.installed.team)
    feed(local_world)
    clock.move(MINUTE)
    rest = sum(range(taken + 1, 5))
    (rule,) = read_rules(local_world, client.installed.team).rules
    assert rule["currentValue"] == rest


@pytest.mark.parametrize("group_by", ["AGENT", "SUBSCRIBER"])
def test_very_many_groups_fit_into_a_set(local_world: World, clock: Clock, group_by: str) -> None:
    """A document of DynamoDB holds 400 KB."""
    world, client = local_world, Client(local_world)
    team = client.installed.team
    for number in range(4):
        make_rule(client, name=f"rule {number}", groupBy=group_by, warnThreshold=1)
    clock.move(10 * SECOND)
    spread = Random(1)
    names = [f"{spread.getrandbits(96):024x}" for _ in range(2_500)]
    for generation in read_counting(world, team).generations.values():
        window = window_at(generation.rule.window, world.now())
        amounts = {
            generation.counter(window, name): {"used": (number + 1) * DOLLAR}
            for number, name in enumerate(names)
        }
        world.counters.count(team, "shard", ("1", "2"), amounts)
    compile_rules(world, team)
    rules = read_rules(world, team).rules
    lines = [rule["groupBreakdown"] or [rule] for rule in rules]
    assert sum(map(len, lines)) == 4_000
    assert min(row["currentValue"] for each in lines for row in each) == 1_501
    kept = world.documents.get(team, "ENFORCEMENT_RULES", "compiled")
    assert kept is not None
    assert len(dumps(kept.doc)) < 300_000
    assert len(list(walk(world.documents, team, "ENFORCEMENT_EVENT"))) == 200
    compile_rules(world, team)
    assert len(list(walk(world.documents, team, "ENFORCEMENT_EVENT"))) == 400
