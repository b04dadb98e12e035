"""What jobs are worth in USD."""

from collections.abc import Mapping
from functools import cached_property

from chalicelib.directory.exchange import USD, Rates, rates_of
from chalicelib.jobs.economics import Worth, read_worths
from chalicelib.jobs.records import Job
from chalicelib.kit.clock import day_of
from chalicelib.kit.money import to_nano
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


class Values:
    """Values of jobs: by what is declared of their type, else by their outcome.

    Exchange rates and declarations are read when the first job is met that needs them.
    """

    def __init__(self, world: World, tenant: Scope, team: Scope) -> None:
        self._world, self._tenant, self._team = world, tenant, team

    @cached_property
    def _rates(self) -> Rates:
        return rates_of(self._world, self._tenant)

    @cached_property
    def _worths(self) -> Mapping[str, Worth]:
        return read_worths(self._world, self._team)

    def value(self, job: Job) -> int | None:
        """What a job is worth in nano-USD: by its facts, else by its outcome, never the sum of
        both; None when neither is known."""
        by_facts = self.value_by_facts(job)
        return self.value_of_outcome(job) if by_facts is None else by_facts

    def value_by_facts(self, job: Job) -> int | None:
        """The fact of the metric that jobs of its type are valued by, times the value of one:
        nano-USD, halves to even. None without such a fact, or metric."""
        facts = job.active_facts
        worth = self._worths.get(job.type or "") if facts else None
        if worth is None:
            return None
        for fact in facts:
            if fact.key == worth.key:
                return to_nano(fact.value * worth.usd)
        return None

    def value_of_outcome(self, job: Job) -> int | None:
        """The value of a job's outcome in nano-USD, halves to even; from another currency at the
        tenant's exchange rate of the UTC day it was reported on. None without one, and without a
        rate by that day: a euro is not a dollar. An amendment corrects what was reported, and
        leaves its day."""
        if job.outcome_value is None or job.outcome_currency is None:
            return None
        amount = to_nano(job.outcome_value)
        if job.outcome_currency == USD:
            return amount
        rate = self._rates.on(job.outcome_currency, day_of(job.outcome_reported_at or 0))
        return None if rate is None else rate.usd(amount)
