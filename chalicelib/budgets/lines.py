"""Lines: how a call that is about to be made stands to the budgets that it falls under."""

from dataclasses import dataclass
from typing import Any

from chalicelib.budgets.amounts import scale, unscale
from chalicelib.budgets.records import CostControl
from chalicelib.budgets.vocabulary import CostControlAction
from chalicelib.budgets.windows import BudgetWindow
from chalicelib.kit.clock import iso
from chalicelib.ports.counters import Counter, Hold

Json = dict[str, Any]


def fits(taken: int, amount: int, limit: int) -> bool:
    """Whether there is room for a call. One that takes nothing needs room all the same: a limit
    that is reached stops every call."""
    return taken + max(amount, 1) <= limit


@dataclass(frozen=True, slots=True)
class Line:
    """A budget that a call falls under, and what the call takes of it. `former` are its counters of
    before the rule was changed: what reservations of then hold there counts too, `held_before`."""

    rule: CostControl
    window: BudgetWindow
    counter: Counter
    amount: int
    former: tuple[Counter, ...] = ()
    used: int = 0
    reserved: int = 0
    held_before: int = 0

    @property
    def limit(self) -> int:
        """The limit as an amount."""
        return unscale(self.rule.metric, self.rule.threshold)

    @property
    def blocks(self) -> bool:
        """Whether the call is stopped when it does not fit."""
        return self.rule.action is CostControlAction.BLOCK and not self.rule.is_shadow

    @property
    def would_block(self) -> bool:
        """Whether the call would be stopped when it does not fit, but for shadow mode."""
        return self.rule.action is CostControlAction.BLOCK and self.rule.is_shadow

    @property
    def fits(self) -> bool:
        """Whether there is room for the call."""
        return fits(self.used + self.reserved, self.amount, self.limit)

    @property
    def warns(self) -> bool:
        """Whether the call takes the budget to the line at which is warned."""
        line = self.rule.warn_threshold
        taken = self.used + self.reserved + self.amount
        return line is not None and taken >= unscale(self.rule.metric, line)

    def hold(self) -> Hold:
        """What is to be held of it."""
        limit = self.limit - self.held_before
        return Hold(self.counter, self.amount, limit - (not self.amount))

    def row(self, held: int = 0) -> Json:
        """As it is told. `held` is what was reserved for the call meanwhile."""
        metric = self.rule.metric
        reserved = self.reserved + held
        return {
            "ruleId": self.rule.id,
            "name": self.rule.name,
            "metricType": self.rule.metric,
            "groupValue": self.counter.member or None,
            "limit": scale(metric, self.limit),
            "used": scale(metric, self.used),
            "reserved": scale(metric, reserved),
            "remaining": scale(metric, self.limit - self.used - reserved),
            "windowEnd": iso(self.window.end),
        }
