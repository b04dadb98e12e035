"""Guards a call of a model by the budgets of Meterlake: what the call may cost is held before it is
made, or the call is not made.

    from meterlake_guard import BudgetExceeded, Guard

    guard = Guard("https://meterlake.example.com", "rev_mk_…")
    call = {"provider": "openai", "model": "gpt-4o", "maxOutputTokenCount": 500}
    with guard.hold(**call, inputTokenCount=900) as held:
        answer = client.chat.completions.create(…)
        meter(transactionId=held.transaction_id, …)  # settles it with what the call has cost

Nothing but the standard library is needed (this folder may be copied), and nothing of Meterlake is
imported. `meterlake_guard.litellm_callback` does all of it for LiteLLM.
"""

from meterlake_guard.errors import BudgetExceeded, GuardUnavailable
from meterlake_guard.guard import Guard, current
from meterlake_guard.reservation import Reservation

__all__ = ["BudgetExceeded", "Guard", "GuardUnavailable", "Reservation", "current"]
