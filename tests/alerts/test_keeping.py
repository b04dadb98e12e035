"""The stored state of a rule, when several look at once."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.alerts.keeping import close_rule, note_failure, note_reading, open_rule
from chalicelib.alerts.readings import Reading, Value
from chalicelib.alerts.records import AlertRule
from chalicelib.alerts.rule_states import read_state
from chalicelib.alerts.states import Step
from chalicelib.alerts.vocabulary import FiringState
from chalicelib.kit.windows import Window
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

TEAM = Scope("N4AKyjj")
DOC = {
    "name": "r",
    "alertType": "THRESHOLD",
    "metricType": "REQUEST_COUNT",
    "operatorType": "GREATER_THAN",
    "threshold": "2",
    "periodDuration": "ONE_HOUR",
}
RULE = AlertRule.of(Record("AI_ANOMALY", "WdwLqJs", DOC))


def reading(*lines: str, **members: Any) -> Reading:
    return Reading(Window(0, 9), {"": Value(Decimal(3), lines)}, **members)


def steps(world: World) -> list[Step]:
    return [effect.step for effect in read_state(world, TEAM, RULE.id).effects]


def test_a_look_leaves_what_is_to_be_done(world: World) -> None:
    assert read_state(world, TEAM, RULE.id).firing_state is FiringState.UNKNOWN
    assert not note_reading(world, TEAM, RULE, reading(), 10)
    assert read_state(world, TEAM, RULE.id).firing_state is FiringState.NOT_FIRING
    assert note_reading(world, TEAM, RULE, reading(""), 11)
    state = read_state(world, TEAM, RULE.id)
    assert (state.firing_state, steps(world)) == (FiringState.FIRING, [Step.OPEN])
    assert state.effects[0].value == "3"
    note_failure(world, TEAM, RULE.id)
    assert read_state(world, TEAM, RULE.id).firing_state is FiringState.FIRING


def test_a_late_look_changes_nothing(world: World) -> None:
    note_reading(world, TEAM, RULE, reading(""), 20)
    note_reading(world, TEAM, RULE, reading(), 19)
    assert read_state(world, TEAM, RULE.id).is_firing
    note_reading(world, TEAM, RULE, reading(), 21)
    assert not read_state(world, TEAM, RULE.id).is_firing


def test_a_rule_that_is_closed_is_not_looked_at(world: World) -> None:
    note_reading(world, TEAM, RULE, reading(""), 1)
    close_rule(world, TEAM, RULE.id, 2)
    note_reading(world, TEAM, RULE, reading(""), 3)
    assert steps(world) == [Step.OPEN, Step.RESOLVE]
    assert read_state(world, TEAM, RULE.id).firing_state is FiringState.NOT_FIRING
    open_rule(world, TEAM, RULE.id)
    assert read_state(world, TEAM, RULE.id).firing_state is FiringState.UNKNOWN
    note_reading(world, TEAM, RULE, reading(""), 4)
    assert steps(world) == [Step.OPEN, Step.RESOLVE, Step.OPEN]


def test_what_nobody_can_tell_changes_nothing(world: World) -> None:
    note_reading(world, TEAM, RULE, reading(""), 1)
    note_reading(world, TEAM, RULE, reading(is_known=False), 2)
    state = read_state(world, TEAM, RULE.id)
    assert (state.is_firing, state.is_known) == (True, False)


@pytest.fixture
def world(local_world: World) -> World:
    return local_world
