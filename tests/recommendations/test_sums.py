"""What wastes come to, worked out by hand from the calls that were made."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, HOUR, MINUTE, SECOND
from chalicelib.kit.ids import event_id
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.rolling import roll_day
from chalicelib.ports.world import World
from chalicelib.recommendations.analysis import Analysis
from chalicelib.recommendations.claiming import Claim
from chalicelib.recommendations.impact import confidence_of
from chalicelib.recommendations.quoting import Elsewhere
from tests.recommendations.life import PLANTS, START, WINDOW, Life, clean_life
from tests.recommendations.test_planted import look_at

HAIKU = {"in": 1_000, "out": 5_000, "read": 100, "write": 1_250}
"""Nano-USD a token of claude-haiku-4-5, as the little book has them."""


def claims_of(found: Analysis, rule: str) -> list[Claim]:
    return [each for each in found.claims if each.finding.rule == rule]


def times(count: int) -> Iterator[int]:
    """An instant every three hours, so that no cache lives from one to the next."""
    return (START + number * 3 * HOUR for number in range(count))


def cost(rows: list[dict[str, Any]], **columns: Any) -> int:
    chosen = [row for row in rows if all(row.get(name) == value for name, value in columns.items())]
    return sum(row["cost_nano"] or 0 for row in chosen)


def test_a_cache_that_is_read_too_seldom(world: World, team: str) -> None:
    life = Life(world, team)
    for at in times(100):
        life.call("writer", at, input_tokens=100, cache_creation_tokens=4_000)
    for number, at in enumerate(times(20)):
        life.call("writer", at + MINUTE * number, input_tokens=100, cache_read_tokens=4_000)
    life.write()
    (claim,) = claims_of(look_at(life), "unread_cache")
    written = 100 * 4_000 * (HAIKU["write"] - HAIKU["in"])
    read = 20 * 4_000 * (HAIKU["in"] - HAIKU["read"])
    assert abs(claim.finding.worth() - (written - read)) <= 2 * len(claim.cells)


def test_a_cache_that_pays_is_no_waste(world: World, team: str) -> None:
    life = Life(world, team)
    for at in times(100):
        life.call("writer", at, input_tokens=100, cache_creation_tokens=4_000)
        life.call("writer", at + MINUTE, input_tokens=100, cache_read_tokens=4_000)
    life.write()
    assert claims_of(look_at(life), "unread_cache") == []


def test_prompts_that_would_be_read_from_a_cache(world: World, team: str) -> None:
    life = Life(world, team)
    for at in times(60):
        for number in range(3):
            life.call("writer", at + number * SECOND, input_tokens=8_000)
    life.write()
    (claim,) = claims_of(look_at(life), "uncached_prompts")
    hits, misses = 120 * (HAIKU["in"] - HAIKU["read"]), 60 * (HAIKU["write"] - HAIKU["in"])
    expected = 4_000 * (hits - misses)
    assert abs(claim.finding.worth() - expected) <= 2 * len(claim.cells)


@pytest.mark.parametrize(("prompt", "apart"), [(8_000, DAY // 8), (2_000, SECOND)])
def test_prompts_that_no_cache_helps(world: World, team: str, prompt: int, apart: int) -> None:
    """They come too seldom, or are too small."""
    life = Life(world, team)
    for number in range(100):
        life.call("writer", START + number * apart, input_tokens=prompt)
    life.write()
    assert claims_of(look_at(life), "uncached_prompts") == []


@pytest.mark.parametrize(
    ("rule", "columns", "share"),
    [
        ("service_tier", {"service_tier": "priority"}, 1 - 2 / 3.5),
        ("long_context", {"input_tokens": 230_000}, None),
        ("outdated_model", {"model": "gpt-4o"}, 0.2),
        ("batchable", {"task_type": "digest"}, 0.5),
    ],
)
def test_another_price_of_the_same_tokens(
    world: World, team: str, rule: str, columns: Mapping[str, Any], share: float | None
) -> None:
    life = clean_life(world, team)
    PLANTS[rule](life)
    life.write()
    claims = claims_of(look_at(life), rule)
    whole = cost(life.rows, **columns)
    if share is None:
        rows = [row for row in life.rows if row["input_tokens"] == 230_000]
        saved = sum(230_000 * 3_000 + row["output_tokens"] * 7_500 for row in rows)
    else:
        saved = round(whole * share)
    assert abs(sum(each.finding.worth() for each in claims) - saved) <= 100
    assert all(each.finding.elsewhere != Elsewhere() for each in claims)


def test_a_loop_is_waste_beyond_what_is_believed(world: World, team: str) -> None:
    life = clean_life(world, team)
    PLANTS["agent_loop"](life)
    life.write()
    (claim,) = claims_of(look_at(life), "agent_loop")
    looped = sum(r["cost_nano"] for r in life.rows if r["trace_id"].startswith("loop"))
    assert abs(claim.amount - looped * 30 // 40) <= 100
    assert set(claim.finding.slice.traces) == {f"loop-{number}" for number in range(10)}


def test_a_loss_is_cost_without_revenue(world: World, team: str) -> None:
    life = clean_life(world, team)
    PLANTS["negative_margin"](life)
    life.write()
    (claim,) = claims_of(look_at(life), "negative_margin")
    spent = cost([*life.rows, *life.tools], organization_id="org3")
    assert claim.amount == spent - 10**8
    (entity,) = claim.finding.entities
    assert (entity.dimension, entity.value, entity.label) == (
        "consuming_org_id", "org3", "Customer 3",
    )  # fmt: skip


@pytest.mark.parametrize(("failures", "told"), [(0, 1), (50, 0)])
def test_a_cheaper_model_that_fails_more_often_is_no_advice(
    world: World, team: str, failures: int, told: int
) -> None:
    """Also where its failures cost nothing."""
    life = Life(world, team)
    nothing = {"stop_reason": "ERROR", "input_tokens": 0, "output_tokens": 0}
    for number, at in enumerate([*times(200), *times(200)]):
        life.call("planner", at, model="gpt-4.1", task_type="classify")
        failed = nothing if number < failures else {}
        life.call("planner", at, model="gpt-4o-mini", task_type="classify", **failed)
    life.write()
    assert len(claims_of(look_at(life), "dearer_model")) == told


def test_tools_above_tokens(world: World, team: str) -> None:
    life = clean_life(world, team)
    PLANTS["tool_cost"](life)
    life.write()
    (claim,) = claims_of(look_at(life), "tool_cost")
    assert claim.amount == cost(life.tools, agent="analyst") - cost(life.rows, agent="analyst")


def test_all_wastes_at_once_count_each_call_once(world: World, team: str) -> None:
    life = clean_life(world, team)
    for plant in PLANTS.values():
        plant(life)
    life.write()
    found = look_at(life)
    assert found.failed == []
    assert len(found.advice) >= 10
    seats = claims_of(found, "unused_seats")
    assert len(seats) == 1  # of no call, and no part of the spend
    money = [each for each in found.advice if each.claim.amount and each.claim not in seats]
    assert sum(each.claim.amount for each in money) <= life.spend()
    cells = [cell for each in money for cell in each.claim.cells]
    assert len(cells) == len(set(cells))
    calls = [call for each in money for call in each.evidence.calls]
    assert len(calls) == len(set(calls))
    amounts = [each.claim.amount for each in money]
    assert amounts == sorted(amounts, reverse=True)


def test_the_dearest_calls_come_first(world: World, team: str) -> None:
    life = Life(world, team)
    for number, at in enumerate(times(40)):
        life.call("support", at, stop_reason="ERROR", input_tokens=20_000 + number * 100)
    life.write()
    (advice,) = look_at(life).advice
    rows = sorted(life.rows, key=lambda row: -row["cost_nano"])[:20]
    ids = {event_id(team, "ai_events", row["transaction_id"]): row["cost_nano"] for row in rows}
    assert set(advice.evidence.calls) == set(ids)
    assert [ids[each] for each in advice.evidence.calls] == sorted(ids.values(), reverse=True)
    assert sum(advice.evidence.days.values()) == cost(life.rows)


def test_what_a_flat_plan_covers_is_left_out(world: World, team: str) -> None:
    life = Life(world, team)
    covered = {"assistant": "CLAUDE_CODE", "cost_source": "coding_assistant"}
    for at in times(40):
        life.call("support", at, stop_reason="ERROR", input_tokens=100_000, **covered)
    life.call("support", START)
    life.write()
    found = look_at(life)
    assert (found.advice, found.calls) == ([], 1)
    assert found.spend == life.rows[-1]["cost_nano"]
    assert found.excluded == cost(life.rows, **covered)


def test_a_life_that_is_compacted_is_the_same(world: World, team: str) -> None:
    life = clean_life(world, team)
    PLANTS["concentration"](life)
    life.write()
    before = look_at(life)
    for day in WINDOW.days():
        for table in ("ai_events", "tool_events"):
            compact_day(world, life.team, table, day)
        roll_day(world, life.team, day)
    after = look_at(life)
    assert _told(before) == _told(after)
    assert (before.spend, before.calls) == (after.spend, after.calls)


def _told(found: Analysis) -> list[tuple[str, int]]:
    return [(each.finding.advice.title, each.claim.amount) for each in found.advice]


def test_days_of_calls_without_a_cost_are_counted(world: World, team: str) -> None:
    """As many calls on every day are as sure a sign as any, though their money is not known."""
    life = Life(world, team)
    for day in range(28):
        for hour in range(8):
            life.call(at=START + day * DAY + hour * HOUR, model="mystery-9", provider="NOBODY")
    life.write()
    (advice,) = [
        each for each in look_at(life).advice if each.claim.finding.rule == "unpriced_spend"
    ]
    assert (advice.impact.spread, advice.impact.monthly) == (0, 0)
    assert confidence_of(advice.claim.finding.certainty, advice.impact) == Decimal("0.99")
