"""What jobs are worth in USD."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from chalicelib.directory.exchange import USD, Rates, rates_of
from chalicelib.jobs.economics import worths
from chalicelib.kit.clock import day_of
from chalicelib.kit.money import to_nano
from chalicelib.ports.world import World

_NONE = ("", Decimal(0))


class Values:
    """Values of jobs: by what is declared of their type, else by their outcome.

    Exchange rates and declarations are read when the first job is met that needs them.
    """

    def __init__(self, world: World, tenant: str, team: str) -> None:
        self._world, self._tenant, self._team = world, tenant, team

    @cached_property
    def _rates(self) -> Rates:
        return rates_of(self._world, self._tenant)

    @cached_property
    def _worths(self) -> Mapping[str, tuple[str, Decimal]]:
        return worths(self._world, self._team)

    def usd(self, doc: Mapping[str, Any]) -> int | None:
        """What a job is worth in nano-USD, never the sum of both; None when neither is known."""
        declared = self.monetized(doc)
        return self.outcome(doc) if declared is None else declared

    def monetized(self, doc: Mapping[str, Any]) -> int | None:
        """The fact of the metric that jobs of its type are valued by, times the value of one:
        nano-USD, halves to even. None without such a fact, or metric."""
        facts = {fact["key"]: fact["value"] for fact in doc.get("facts", []) if fact["active"]}
        metric, worth = self._worths.get(doc["type"], _NONE) if facts else _NONE
        return to_nano(Decimal(facts[metric]) * worth) if metric in facts else None

    def outcome(self, doc: Mapping[str, Any]) -> int | None:
        """The value of a job's outcome in nano-USD, halves to even; from another currency at the
        tenant's exchange rate of the UTC day it was reported on. None without one, and without a
        rate by that day: a euro is not a dollar. An amendment corrects what was reported, and
        leaves its day."""
        value, currency = doc.get("outcomeValue"), doc.get("outcomeCurrency")
        if value is None or currency is None:
            return None
        amount = to_nano(Decimal(value))
        if currency == USD:
            return amount
        rate = self._rates.on(currency, day_of(doc["outcomeReportedAt"]))
        return None if rate is None else rate.usd(amount)
