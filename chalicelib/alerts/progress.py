"""Progress: what was used of budgets, and how they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property
from typing import Any

from chalicelib.alerts.pace import Span
from chalicelib.alerts.readings import BudgetReading, read_budget
from chalicelib.alerts.records import AI_ANOMALY, AlertRule
from chalicelib.alerts.vocabulary import Risk
from chalicelib.budgets.errors import Unprocessable
from chalicelib.budgets.usage import Reader
from chalicelib.identity.records import Principal
from chalicelib.ports.world import World
from chalicelib.reports.measures import plain
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import UnknownRecord

Json = dict[str, Any]
_DIGITS = Decimal("1e-9")
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
_NOTHING = Decimal(0)
_BANDS = (
    (Decimal(1), Risk.CRITICAL),
    (Decimal("0.9"), Risk.HIGH),
    (Decimal("0.7"), Risk.MEDIUM),
)
"""From which used fraction on a risk is which."""
RISKS = list(Risk)


@dataclass(frozen=True)
class Progress:
    """How a budget stands at an instant (UTC epoch ms)."""

    rule: AlertRule
    reading: BudgetReading
    now: int

    @cached_property
    def groups(self) -> Sequence[tuple[str, Decimal]]:
        """What every group has used, in the order of names."""
        found = self.reading.figures.groups
        return [(name, found[name] or _NOTHING) for name in sorted(found)]

    @property
    def is_known(self) -> bool:
        """Whether anything is known of it: of bills, no day may have been read."""
        return self.reading.billed is None or self.reading.figures.total is not None

    @property
    def value(self) -> Decimal:
        """What was used; of a budget with groups, by all of them."""
        if self.rule.group_by is None:
            return self.reading.figures.total or _NOTHING
        return plain(sum((value for _, value in self.groups), _NOTHING))

    @property
    def fraction(self) -> Decimal | None:
        """What was used of the threshold; None when that is 0."""
        return self.fraction_of(self.value)

    def fraction_of(self, value: Decimal) -> Decimal | None:
        """A value as a fraction of the threshold, at nine decimals; None when that is 0."""
        if not self.rule.threshold:
            return None
        exact = _EXACT.divide(value, self.rule.threshold)
        return plain(exact.quantize(_DIGITS, context=_EXACT))

    @property
    def worst(self) -> Decimal | None:
        """The highest fraction of any group; 0 before there are groups."""
        if self.rule.group_by is None:
            return self.fraction
        return self.fraction_of(max((value for _, value in self.groups), default=_NOTHING))

    @property
    def risk(self) -> Risk:
        """How much is gone, of the worst group. Of a threshold of 0 everything is gone with the
        first use."""
        worst = self.worst
        if worst is None:
            return Risk.CRITICAL if self.value > 0 else Risk.LOW
        return next((risk for least, risk in _BANDS if worst >= least), Risk.LOW)

    @property
    def span(self) -> Span:
        """Its period."""
        window = self.reading.window
        return Span(window.start, window.end + 1, self.reading.start, self.now)


def read_progress(
    world: World, principal: Principal, rule: AlertRule, now: int, reader: Reader | None = None
) -> Progress:
    """How a budget stands at an instant (UTC epoch ms). Raises EngineBusy."""
    return Progress(rule, read_budget(world, principal.team, rule, now, reader), now)


def require_budget(world: World, principal: Principal, rule_id: str) -> AlertRule:
    """The budget of an id. Raises UndecodableId, UnknownRecord, Unprocessable for a rule that is
    none."""
    check_id(rule_id, "anomalyId")
    record = world.documents.get(principal.team, AI_ANOMALY, rule_id)
    if record is None or record.deleted:
        raise UnknownRecord("Anomaly", rule_id)
    rule = AlertRule.of(record)
    if not rule.is_budget:
        message = f"{rule.type} is no budget: progress is one of CUMULATIVE_USAGE"
        raise Unprocessable(message, field="anomalyId")
    return rule
