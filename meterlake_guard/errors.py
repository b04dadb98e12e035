"""What a guard raises."""

from collections.abc import Mapping, Sequence
from typing import Any


class BudgetExceeded(Exception):
    """The call would go over a budget: do not make it. Its text is the deny message of the budget,
    where it has one. `budget` is the one that blocks, `budgets` are all that the call falls under,
    as the server tells them. A gateway answers 402, which no client tries again."""

    status_code = 402

    def __init__(self, transaction_id: str, answer: Mapping[str, Any]) -> None:
        self.transaction_id = transaction_id
        self.budget: Mapping[str, Any] = answer.get("blockedBy") or {}
        self.budgets: Sequence[Mapping[str, Any]] = answer.get("budgets") or ()
        self.deny_message = str(self.budget.get("denyMessage") or "")
        super().__init__(self.deny_message or self._describe())

    def _describe(self) -> str:
        budget = self.budget
        name = budget.get("name") or "a budget"
        if "limit" not in budget:
            return f"{name} is used up"
        used, limit = budget.get("used"), budget["limit"]
        return f"{name} is used up: {used} of {limit}, until {budget.get('windowEnd')}"


class GuardUnavailable(Exception):
    """Nobody could tell whether the budgets allow the call, and the guard fails closed."""

    status_code = 503
