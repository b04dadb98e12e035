"""What people are told of an alert."""

from typing import Any

from chalicelib.alerts.records import AlertRule
from chalicelib.alerts.rule_states import Effect
from chalicelib.alerts.states import Step
from chalicelib.alerts.words import describe, describe_many, subject_of
from chalicelib.kit.clock import parse_instant
from chalicelib.ports.documents import Record
from tests.alerts.test_keeping import DOC

AT = parse_instant("2026-11-24T12:00:00Z")


def rule(**members: Any) -> AlertRule:
    return AlertRule.of(Record("AI_ANOMALY", "WdwLqJs", {**DOC, "name": "Calls", **members}))


def effect(step: Step = Step.OPEN, **members: Any) -> Effect:
    return Effect("id", step, "alert", members.pop("group", ""), AT, value="3", **members)


def test_a_threshold() -> None:
    assert subject_of(rule(), effect()) == "Calls fires"
    assert describe(rule(), effect()) == (
        "Calls fires.\nREQUEST_COUNT: 3\nGREATER_THAN 2, ONE_HOUR\nat 2026-11-24T12:00:00.000Z\n"
    )


def test_a_change_in_percent() -> None:
    changed = rule(alertType="RELATIVE_CHANGE", operatorType="INCREASES_BY", isPercentage=True)
    text = describe(changed, effect(previous="0.333333333333"))
    assert "before: 0.333333\nINCREASES_BY 2 %, ONE_HOUR\n" in text


def test_a_budget() -> None:
    budget = rule(alertType="CUMULATIVE_USAGE", periodDuration="DAILY")
    text = describe(budget, effect(Step.RAISE, lines=("1.5", "2"), group="acme"))
    assert text.startswith("Calls of acme has passed a further line.\n")
    assert "passed: 1.5, 2\n" in text


def test_an_anomaly_that_acts() -> None:
    odd = rule(alertType="ANOMALY", action="BLOCK")
    text = describe(odd, effect(expected="1"))
    assert "usual at this hour: 1\nsensitivity: MEDIUM\n" in text
    assert "calls are blocked until it is over" in text
    assert "blocked" not in describe(odd, effect(Step.RESOLVE))
    quiet = rule(alertType="ANOMALY", action="BLOCK", shadowMode=True)
    assert "would be blocked" in describe(quiet, effect())
    assert subject_of(quiet, effect(Step.REMIND)) == "[preview] Calls still fires"


def test_a_subject_is_one_line() -> None:
    assert subject_of(rule(name="a\r\nb"), effect(group="c\nd")) == "a b of c d fires"


def test_many_at_once() -> None:
    effects = [effect(group=f"g{number}") for number in range(22)]
    text = describe_many(rule(), effects)
    assert text.startswith("Calls: 22 alerts.\nGREATER_THAN 2, ONE_HOUR\ng0: 3\n")
    assert text.endswith("g19: 3\nand 2 more\n")
