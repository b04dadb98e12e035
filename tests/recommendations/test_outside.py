"""What is paid and is of no call: seats that nobody uses, and bills that nobody metered."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.assistants.contribution_days import write_day
from chalicelib.assistants.contribution_records import Contribution
from chalicelib.kit.clock import DAY, day_of, iso
from chalicelib.kit.money import divide
from chalicelib.ports.world import World
from chalicelib.recommendations.analysis import Analysis, analyse
from chalicelib.recommendations.impact import MONTH_MS
from chalicelib.recommendations.segments import segment_of
from chalicelib.reports.asking import Asker
from tests.recommendations.life import DAYS, END, PLANTS, START, WINDOW, Life, clean_life
from tests.recommendations.opened import open_figure
from tests.recommendations.test_planted import look_at
from tests.recommendations.test_sums import claims_of
from tests.support.client import Client

USD = 10**9
ADA, BEA = "ada@x.example", "bea@x.example"


def seats_life(world: World, team: str, people: Sequence[str], paid: int, price: str) -> Life:
    life = Life(world, team)
    life.seats, life.people = {"claude-code": (paid, price)}, list(people)
    life.call("support", START)
    life.write()
    return life


def look_narrowly(life: Life, filters: dict[str, list[str]], *, with_assistants: bool) -> Analysis:
    world = replace(life.world, now=lambda: END)
    segment = segment_of(world, life.team, filters, with_assistants=with_assistants)
    return analyse(Asker.of(world, life.team), WINDOW, segment)


@pytest.mark.parametrize(("paid", "price"), [(5, "20.15"), (9, "0.333333333")])
def test_a_month_of_seats_is_exact(world: World, team: str, paid: int, price: str) -> None:
    """Though the period is no month: nothing of it is estimated."""
    life = seats_life(world, team, [ADA, BEA], paid, price)
    (advice,) = look_at(life).advice
    month = (paid - 2) * int(Decimal(price) * USD)
    impact = advice.impact
    assert (impact.monthly, impact.least, impact.most, impact.band) == (month, month, month, "high")
    assert advice.claim.amount == divide(month * DAYS * DAY, MONTH_MS)
    assert (advice.claim.cells, advice.evidence.calls) == (frozenset(), [])


@pytest.mark.parametrize(
    ("people", "paid", "price"),
    [([ADA, BEA], 2, "20"), ([ADA, BEA], 1, "20"), ([ADA], 5, "0"), ([ADA], 0, "20")],
)
def test_seats_that_are_used_or_cost_nothing(
    world: World, team: str, people: Sequence[str], paid: int, price: str
) -> None:
    assert claims_of(look_at(seats_life(world, team, people, paid, price)), "unused_seats") == []


def test_where_nobody_is_seen_nothing_is_claimed(world: World, team: str) -> None:
    """The assistant may be one that nobody meters."""
    (advice,) = look_at(seats_life(world, team, [], 4, "20")).advice
    assert (advice.claim.amount, advice.impact.monthly) == (0, 0)
    assert advice.finding.risk == "80.00 USD a month for seats on which nobody was ever seen"


@pytest.mark.parametrize(("before", "unused"), [(2, 1), (3, 2)])
def test_a_seat_is_looked_for_on_thirty_days(
    world: World, team: str, before: int, unused: int
) -> None:
    """The window has 28: who was seen on one of the two days before it has a seat."""
    life = seats_life(world, team, [ADA], 3, "20")
    write_day(world, life.team, day_of(START - before * DAY), [Contribution(email=BEA)])
    (advice,) = look_at(life).advice
    assert advice.impact.monthly == unused * 20 * USD


def test_seats_take_no_calls_from_other_advice(world: World, team: str) -> None:
    life = clean_life(world, team)
    PLANTS["unused_seats"](life)
    PLANTS["retry_waste"](life)
    life.write()
    first, *others = look_at(life).advice
    assert first.finding.rule == "unused_seats"
    alone = look_at(life, ["unused_seats"]).advice
    assert [each.evidence for each in others] == [each.evidence for each in alone]
    assert [each.claim.amount for each in others] == [each.claim.amount for each in alone]
    assert all(each.evidence.calls for each in others)


def test_a_run_of_some_calls_looks_at_neither(world: World, team: str) -> None:
    life = clean_life(world, team)
    PLANTS["unused_seats"](life)
    PLANTS["unmetered_bill"](life)
    life.write()

    def told(filters: dict[str, list[str]], *, with_assistants: bool) -> set[str]:
        found = look_narrowly(life, filters, with_assistants=with_assistants)
        assert found.failed == []
        outside = {"unused_seats", "unmetered_bill"}
        return outside & {each.finding.rule for each in found.advice}

    assert told({}, with_assistants=True) == {"unused_seats", "unmetered_bill"}
    assert told({}, with_assistants=False) == {"unmetered_bill"}
    assert told({"agent": ["coder"]}, with_assistants=True) == set()


def bill_life(world: World, team: str, metered: int, beside: int) -> Life:
    """A provider that bills what was metered on the first day, and so much on each day."""
    life = Life(world, team)
    life.call("coder", START, cost_nano=metered)
    life.unmetered = {"anthropic": beside}
    life.write()
    return life


@pytest.mark.parametrize(
    ("metered", "beside", "is_told"),
    [
        (19 * USD, 35_714_286, True),
        (19 * USD, 35_714_285, False),  # less than a dollar
        (19_100_000_000, 35_714_286, False),  # less than a twentieth
        (19 * USD, -35_714_286, False),
    ],
)
def test_what_was_not_metered_of_a_bill(
    world: World, team: str, metered: int, beside: int, is_told: bool
) -> None:
    claims = claims_of(look_at(bill_life(world, team, metered, beside)), "unmetered_bill")
    assert [each.amount for each in claims] == [0] * is_told
    assert all(each.finding.risk.startswith("1.00 USD of the bill") for each in claims)


def test_its_thresholds_are_settings(world: World, team: str) -> None:
    told = '{"unmetered_share": 0.5, "unmetered_usd": 29}'
    settings = world.settings.model_copy(update={"insight_thresholds": told})
    life = bill_life(replace(world, settings=settings), team, 28 * USD, USD)
    assert claims_of(look_at(life), "unmetered_bill") == []
    told = '{"unmetered_share": 0.5, "unmetered_usd": 28}'
    settings = world.settings.model_copy(update={"insight_thresholds": told})
    life.world = replace(world, settings=settings)
    assert len(claims_of(look_at(life), "unmetered_bill")) == 1


def test_a_bill_without_any_call_is_told_whole(local_world: World) -> None:
    client = Client(replace(local_world, now=lambda: END))
    life = Life(client.world, client.installed.team)
    life.call("support", START)
    life.unmetered = {"anthropic": 3 * USD}
    life.write()
    (advice,) = run(client)
    (figure,) = advice["evidence"]["figures"]
    assert (figure["name"], figure["value"]) == ("billed", 3 * DAYS)
    assert open_figure(client, figure)[0] == 3 * DAYS
    assert advice["impactEstimate"]["monthlyImpact"] == 0
    assert "84.00 USD of the bill" in advice["body"]


def test_figures_are_those_of_seats_and_coverage(local_world: World) -> None:
    client = Client(replace(local_world, now=lambda: END))
    life = Life(client.world, client.installed.team)
    life.call("coder", START + 8 * DAY, cost_nano=USD)
    life.unmetered = {"anthropic": USD}
    life.seats, life.people = {"claude-code": (3, "20.15"), "cursor": (2, "40")}, [ADA]
    life.write()
    told = {each["evidence"]["figures"][0]["query"]["path"]: each for each in run(client)}
    found: dict[str, list[Any]] = {}
    for path, advice in told.items():
        (figure,) = advice["evidence"]["figures"]
        assert open_figure(client, figure)[0] == Decimal(str(figure["value"]))
        found[path.rsplit("/", 1)[1]] = [figure["value"], advice["entities"][0]["value"]]
    assert found["coverage"] == [DAYS - 8, "anthropic"]  # not the days before it was metered
    seats = [each for each in run(client) if "seats" in each["title"]]
    values = {each["entities"][0]["displayLabel"]: each for each in seats}
    assert values["claude-code"]["impactEstimate"]["monthlyImpact"] == 40.3
    assert values["cursor"]["impactEstimate"]["monthlyImpact"] == 0
    for each in seats:
        (figure,) = each["evidence"]["figures"]
        assert open_figure(client, figure)[0] == Decimal(str(figure["value"])) > 0


def run(client: Client) -> list[dict[str, Any]]:
    period = {"periodStart": iso(START), "periodEnd": iso(END)}
    begun = client.post("/api/v2/insights/runs", period).json
    assert begun["status"] == "completed", begun
    whole = client.get(f"/api/v2/insights/runs/{begun['runId']}").json
    advice: list[dict[str, Any]] = whole["parsedRecommendations"]
    return advice
