"""The demo's calls: acceptable, repeatable, and with the stories that the reports should show."""

from collections import Counter
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, HOUR, day_of, day_start, parse_instant
from chalicelib.metering.schemas import AiCompletionIngest
from chalicelib.pricing.book import book
from infra.demo.cast import CUSTOMERS, MODELS
from infra.demo.events import demo_calls

NOW = day_start("2026-11-22") + 15 * HOUR


@pytest.fixture(scope="module")
def calls() -> list[dict[str, Any]]:
    return list(demo_calls(NOW, 30))


def test_every_body_is_a_valid_completion_of_the_month(calls: list[dict[str, Any]]) -> None:
    for body in calls:
        AiCompletionIngest.model_validate(body)
        assert NOW - 30 * DAY <= parse_instant(body["requestTime"]) < NOW
    assert 18_000 < len(calls) < 22_000
    assert len({body["transactionId"] for body in calls}) == len(calls)


def test_it_is_the_same_every_time_and_later_only_adds(calls: list[dict[str, Any]]) -> None:
    assert calls[:500] == list(demo_calls(NOW, 30))[:500]
    later = {body["transactionId"]: body for body in demo_calls(NOW + 5 * HOUR, 30)}
    new = later.keys() - {body["transactionId"] for body in calls}
    assert 0 < len(new) < 500
    assert all(parse_instant(later[each]["requestTime"]) >= NOW for each in new)


def test_it_has_all_customers_models_failures_retries_streams_and_batches(
    calls: list[dict[str, Any]],
) -> None:
    assert {body["organizationName"] for body in calls} == {customer.name for customer in CUSTOMERS}
    assert {body["model"] for body in calls} == MODELS.keys()
    assert len({body["provider"] for body in calls}) >= 5
    failed = [body for body in calls if body["stopReason"] == "ERROR"]
    assert 0.005 < len(failed) / len(calls) < 0.03
    assert all(body["totalTokenCount"] == 0 and body["errorCode"] for body in failed)
    for present in (
        "retryNumber",
        "isStreamed",
        "cacheReadTokenCount",
        "agenticJobId",
        "squadId",
        "pricingTier",
    ):
        assert any(body.get(present) for body in calls), present


def test_two_models_have_no_price(calls: list[dict[str, Any]]) -> None:
    pairs = {(body["provider"], body["model"]) for body in calls}
    unpriced = {model for provider, model in pairs if book().price(provider, model, NOW) is None}
    assert unpriced == {"northwind-legal-8b", "aurora-preview-32b"}


def test_weekends_are_quiet_and_the_13th_is_not(calls: list[dict[str, Any]]) -> None:
    tokens: Counter[str] = Counter()
    for body in calls:
        tokens[day_of(parse_instant(body["requestTime"]))] += body["totalTokenCount"]
    assert tokens["2026-11-15"] < tokens["2026-11-16"] / 2
    assert max(tokens, key=lambda day: tokens[day]) == "2026-11-13"
