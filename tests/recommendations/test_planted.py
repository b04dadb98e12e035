"""Wastes, planted one by one: each is seen by its investigator, and by no other."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chalicelib.ports.world import World
from chalicelib.recommendations.analysis import Analysis, analyse
from chalicelib.recommendations.investigators.registry import BY_ID
from chalicelib.recommendations.segments import segment_of
from chalicelib.reports.asking import Asker
from tests.recommendations.life import END, PLANTS, WINDOW, Life, clean_life


def look_at(life: Life, excluded: Sequence[str] = ()) -> Analysis:
    world = replace(life.world, now=lambda: END)
    segment = segment_of(world, life.team, {}, with_assistants=True)
    return analyse(Asker.of(world, life.team), WINDOW, segment, excluded)


def test_a_clean_life_needs_no_advice(world: World, team: str) -> None:
    life = clean_life(world, team)
    life.write()
    found = look_at(life)
    assert [each.finding.advice.title for each in found.advice] == []
    assert (found.failed, found.spend) == ([], sum(r.get("cost_nano") or 0 for r in life.rows))


def test_every_investigator_has_a_plant() -> None:
    assert set(PLANTS) == set(BY_ID)


@pytest.mark.parametrize("rule", PLANTS)
def test_a_planted_waste_is_found_and_nothing_else(world: World, team: str, rule: str) -> None:
    life = clean_life(world, team)
    PLANTS[rule](life)
    life.write()
    found = look_at(life)
    told = [(each.finding.rule, each.finding.advice.title) for each in found.advice]
    assert {name for name, _ in told} == {rule}, told
    assert found.failed == []
