"""Metering from the background."""

import logging
from collections.abc import Iterator
from decimal import Decimal

import pytest

from meterlake_guard import Guard, metering
from tests.guard.fake_budgets import Budget, budget_server


@pytest.fixture
def budget() -> Iterator[Budget]:
    with budget_server() as running:
        yield running


@pytest.fixture
def guard(budget: Budget, monkeypatch: pytest.MonkeyPatch) -> Guard:
    monkeypatch.setattr(metering, "_LONGEST_PAUSE_S", 0.01)
    return Guard(budget.url, "rev_mk_x")


def test_an_event_arrives_as_it_is_told(guard: Guard, budget: Budget) -> None:
    guard.meter(transactionId="t", totalCost=Decimal("0.10"), agent=None)
    assert guard.flush(20)
    assert budget.metered == [{"transactionId": "t", "totalCost": "0.10"}]


def test_it_is_sent_until_the_server_has_it(guard: Guard, budget: Budget) -> None:
    budget.meter_statuses = [503, 429, 500, 408]
    guard.meter(transactionId="t")
    assert guard.flush(20)
    assert budget.metered == [{"transactionId": "t"}]
    assert budget.meter_statuses == []


@pytest.mark.parametrize(("statuses", "tries"), [([400] * 9, 1), ([401] * 9, 1), ([503] * 9, 8)])
def test_what_no_try_can_mend_is_told(
    guard: Guard,
    budget: Budget,
    statuses: list[int],
    tries: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    budget.meter_statuses = list(statuses)
    with caplog.at_level(logging.ERROR, "meterlake_guard"):
        guard.meter(transactionId="t-lost")
        assert guard.flush(20)
    assert len(statuses) - len(budget.meter_statuses) == tries
    assert "t-lost" in caplog.text
    assert budget.metered == []


def test_flush_tells_when_it_takes_too_long(
    guard: Guard, budget: Budget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metering, "_LONGEST_PAUSE_S", 1.0)
    budget.meter_statuses = [503, 503, 503]
    guard.meter(transactionId="t")
    assert not guard.flush(0.1)
    assert guard.flush(20)
    assert len(budget.metered) == 1
