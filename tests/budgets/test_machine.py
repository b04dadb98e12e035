"""Reserving, metering, correcting, taking back, giving back, waiting, in any order, with ports that
fail: against a model of plain sums."""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib.budgets.reservation_schemas import ReservationRequest
from chalicelib.budgets.reservations import release
from chalicelib.budgets.reserving import reserve
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import DAY, SECOND
from chalicelib.kit.ids import event_id
from chalicelib.metering.revisions import revise, void
from chalicelib.ports.world import World
from infra.local.counter import count_feed
from tests.conftest import NOON
from tests.support import aws
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.faults import Faults
from tests.support.race import race

RULES = "/profitstream/v2/api/ai/cost-controls"
LIMITS = {"all": 1_000, "agent": 600}
"""Cents: of all calls of a day, and of one agent's."""
NAMES = st.sampled_from("abcd")
AGENTS = st.sampled_from("xy")
CENTS = st.integers(0, 200)
NIGHTS = 5
"""After a week reservations are forgotten, and a transaction's first one before its later ones."""
SKEW = 6 * SECOND
"""After its end a reservation may be held for as long as clocks may differ."""


@dataclass
class Held:
    """A reservation of the model."""

    cents: int
    agent: str
    until: int
    identity: str
    is_open: bool = True


@dataclass
class Made:
    """A call of the model."""

    cents: int
    agent: str
    day: int
    alive: bool = True


@dataclass
class Model:
    """What should be."""

    held: dict[str, Held] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    counted: dict[str, Made] = field(default_factory=dict)

    def used(self, day: int, agent: str = "") -> int:
        return sum(
            call.cents
            for call in self.counted.values()
            if call.alive and call.day == day and agent in ("", call.agent)
        )

    def reserved(self, now: int, agent: str = "") -> int:
        return sum(
            held.cents
            for held in self.held.values()
            if held.is_open and held.until > now and agent in ("", held.agent)
        )

    def feed(self) -> None:
        """What was made is counted, and ends what was held for it."""
        for name, call in self.made.items():
            self.counted[name] = Made(**vars(call))
            if name in self.held:
                self.held[name].is_open = False


class Machine(RuleBasedStateMachine):
    """A team with a budget for all calls of a day, and one for each agent."""

    def __init__(self, world: World, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        clock.now = NOON + DAY * (clock.now // DAY - NOON // DAY + 3)
        self.client = Client(world)
        self.world = world
        self.model = Model()
        self.number = 0
        self.bodies: dict[str, dict[str, Any]] = {}
        self.nights = 0

    @property
    def principal(self) -> Principal:
        installed = self.client.installed
        return Principal(installed.tenant, installed.team, "key", frozenset())

    @initialize()
    def make_rules(self) -> None:
        for name, limit in LIMITS.items():
            body = {
                "name": name,
                "metricType": "TOTAL_COST",
                "windowType": "DAILY",
                "action": "BLOCK",
                "hardLimit": limit / 100,
                "groupBy": "AGENT" if name == "agent" else None,
            }
            assert self.client.post(RULES, body).status == 200
        self.clock.move(10 * SECOND)

    def ask(self, name: str, cents: int, agent: str, ttl_s: int = 60) -> dict[str, Any]:
        body = ReservationRequest(
            transactionId=name,
            provider="openai",
            model="m",
            agent=agent,
            estimatedCost=cents / 100,
            ttlSeconds=ttl_s,
        )
        return reserve(self.world, self.principal, body)

    @rule(name=NAMES, cents=CENTS, agent=AGENTS, ttl_s=st.sampled_from([5, 60]))
    def reserve(self, name: str, cents: int, agent: str, ttl_s: int) -> None:
        now, model = self.clock.now, self.model
        answer = self.ask(name, cents, agent, ttl_s)
        known = model.held.get(name)
        if known and known.is_open and known.until > now:
            assert answer["reservationId"] == known.identity
            return
        if known and not known.is_open and answer["state"] == "SETTLED":
            return
        day = now // DAY
        fits = all(
            model.used(day, who) + model.reserved(now, who) + max(cents, 1) <= limit
            for who, limit in (("", LIMITS["all"]), (agent, LIMITS["agent"]))
        )
        assert (answer["decision"] != "BLOCK") is fits, answer
        if fits and answer["state"] == "HELD":
            until = -(-(now + ttl_s * SECOND) // SECOND) * SECOND
            model.held[name] = Held(cents, agent, until, str(answer["reservationId"]))
        elif fits:
            assert name in model.made

    @rule(name=NAMES, cents=CENTS, agent=AGENTS)
    def meter(self, name: str, cents: int, agent: str) -> None:
        body = completion(at=self.clock.now, transactionId=name, totalCost=cents / 100, agent=agent)
        # What is known is sent again as it was: another record under its id may be another call.
        body = self.bodies.setdefault(name, body)
        assert self.client.post("/meter/v2/ai/completions", body).status == 201
        self.model.made.setdefault(name, Made(cents, agent, self.clock.now // DAY))

    @rule(name=NAMES, cents=CENTS)
    def correct(self, name: str, cents: int) -> None:
        if name in self.model.made and self.model.made[name].alive:
            change = {"cost_nano": cents * 10**7}
            revise(self.world, self.principal.team, [self._event(name)], lambda row: change)
            self.model.made[name].cents = cents

    @rule(name=NAMES)
    def take_back(self, name: str) -> None:
        if name in self.model.made:
            void(self.world, self.principal.team, [self._event(name)])
            self.model.made[name].alive = False

    @rule(name=NAMES)
    def give_back(self, name: str) -> None:
        held = self.model.held.get(name)
        if held:
            release(self.world, self.principal.team, held.identity)
            held.is_open = False

    @rule(fatal=st.integers(0, 40), after=st.booleans())
    def feed(self, fatal: int, after: bool) -> None:
        with suppress(OSError):
            count_feed(Faults(fatal, after=after).over(self.world))
        count_feed(self.world)
        self.model.feed()

    @rule(agent=AGENTS, cents=CENTS, cost=CENTS)
    def call(self, agent: str, cents: int, cost: int) -> None:
        """As it should be: reserved, made, metered."""
        self.number += 1
        name = f"call-{self.number}"
        self.reserve(name, cents, agent, 60)
        if name in self.model.held:
            self.meter(name, cost, agent)

    @rule(seconds=st.sampled_from([1, 20, 100]))
    def wait(self, seconds: int) -> None:
        self.clock.move(seconds * SECOND)
        now = self.clock.now
        # What has just ended may be given back a little later.
        ends = [held.until for held in self.model.held.values() if held.is_open]
        if any(end <= now < end + SKEW for end in ends):
            self.clock.move(SKEW)

    @precondition(lambda self: self.number > 20 and self.nights < NIGHTS)
    @rule()
    def sleep_over(self) -> None:
        self.nights += 1
        self.clock.move(DAY)

    @rule(agent=AGENTS, cents=st.integers(1, 300))
    def crowd(self, agent: str, cents: int) -> None:
        """Many at once: as many are let through as fit, whoever they are. Whom a busy machine turns
        away asks again, as clients do: by its id the call may be held already."""
        self.number += 1
        works = [partial(self.ask, f"crowd-{self.number}-{n}", cents, agent) for n in range(6)]
        answers = [
            answer if isinstance(answer, dict) else work()
            for answer, work in zip(race(works), works, strict=True)
        ]
        now, day = self.clock.now, self.clock.now // DAY
        room = min(
            LIMITS["all"] - self.model.used(day) - self.model.reserved(now),
            LIMITS["agent"] - self.model.used(day, agent) - self.model.reserved(now, agent),
        )
        allowed = [answer for answer in answers if answer["decision"] != "BLOCK"]
        assert len(allowed) == max(0, min(6, room // cents))
        until = -(-(now + 60 * SECOND) // SECOND) * SECOND
        for answer in allowed:
            name, identity = answer["transactionId"], answer["reservationId"]
            self.model.held[name] = Held(cents, agent, until, identity)

    @invariant()
    def sums_are_those_of_the_ledger(self) -> None:
        """Asking for nothing tells how a budget stands, and holds nothing."""
        for agent in "xy":
            answer = self.ask(f"look-{self.number}", 10**6, agent)
            self.number += 1
            now, day = self.clock.now, self.clock.now // DAY
            for line in answer["budgets"]:
                who = line["groupValue"] or ""
                assert line["used"] * 100 == self.model.used(day, who)
                assert line["reserved"] * 100 == self.model.reserved(now, who)

    def _event(self, name: str) -> str:
        return event_id(self.principal.team, "COMPLETION", name)


def run(world: World, clock: Clock, examples: int, steps: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: Machine(world, clock),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            # Shrinking takes minutes, and a short life of a budget is no easier to read.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_on_a_laptop(local_world: World, clock: Clock) -> None:
    run(local_world, clock, examples=40, steps=30)


def test_deployed(aws_world: World, clock: Clock) -> None:
    run(aws_world, clock, examples=6, steps=15)


def test_deployed_where_every_budget_is_hot(aws_world: World, clock: Clock) -> None:
    run(aws.leased(aws_world), clock, examples=3, steps=15)
