"""What a server says to a reservation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is held for a call. `transaction_id` belongs into the metering event of the call: it
    settles the reservation with the true cost. `decision` is ALLOW, WARN, or UNKNOWN when the
    server could not be asked and the guard fails open; then `reservation_id` is empty. Amounts are
    Decimals."""

    transaction_id: str
    decision: str
    reservation_id: str = ""
    budgets: Sequence[Mapping[str, Any]] = ()
    would_block: Sequence[Mapping[str, Any]] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)
    """All of what the server said."""
    give_back: Callable[[], None] | None = field(default=None, repr=False, compare=False)
    """Of an UNKNOWN one: releases what the server may have reserved all the same."""

    @classmethod
    def of(cls, transaction_id: str, answer: Mapping[str, Any]) -> "Reservation":
        """The reservation of an answer."""
        return cls(
            transaction_id=transaction_id,
            decision=str(answer["decision"]),
            reservation_id=str(answer.get("reservationId") or ""),
            budgets=answer.get("budgets") or (),
            would_block=answer.get("wouldBlock") or (),
            answer=answer,
        )
