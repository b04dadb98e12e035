"""Outside: what a team pays that no metered call is behind: seats of coding assistants, and what
providers billed besides."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.assistants import seats
from chalicelib.assistants.seat_schemas import SeatQuery
from chalicelib.assistants.subscription_records import read_subscriptions
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.money import to_nano
from chalicelib.kit.windows import Window
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.billed import BilledQuestion, ask
from chalicelib.providers.periods import Period
from chalicelib.reconciliation.coverage import cover
from chalicelib.resources.roster import find_tenant


@dataclass(frozen=True, slots=True)
class PaidSeats:
    """The seats of one assistant, and the people who were seen on the `days`. What the unused ones
    cost in a `month` is in nano-USD; a seat without a price adds nothing."""

    assistant: str
    days: Period
    seats: int
    people: int
    unused: int
    month: int


@dataclass(frozen=True, slots=True)
class HiddenBill:
    """What a provider billed and what was metered of it, nano-USD, on the days of the `period` that
    both know; on all of them where nothing was metered (`is_metered`)."""

    provider: str
    period: Period
    billed: int
    metered: int
    is_metered: bool

    @property
    def hidden(self) -> int:
        """Nano-USD that were billed and not metered; less than 0 where more was metered."""
        return self.billed - self.metered


def read_seats(world: World, team: Scope, window: Window, least_days: int) -> Sequence[PaidSeats]:
    """The seats that a team pays. People are looked for on all days of a window, and on
    `least_days` until its end. Raises EngineBusy; the lake is not asked where none are paid."""
    if next(read_subscriptions(world, team), None) is None:
        return []
    days = window.days()
    first = min(days[0], day_of(day_start(days[-1]) - (least_days - 1) * DAY))
    asked = SeatQuery.model_validate({"fromDate": first, "toDate": days[-1]})
    found: list[PaidSeats] = []
    for row in seats.report(world, team, asked)["assistants"]:
        if row["seats"]:
            month = to_nano(row["monthlyCostOfUnusedSeats"])
            counts = (row["seats"], row["seatsUsed"], row["seatsUnused"])
            found.append(PaidSeats(row["provider"], Period(first, days[-1]), *counts, month))
    return found


def read_bills(world: World, team: Scope, window: Window) -> Sequence[HiddenBill]:
    """The bills of a window by provider. Raises EngineBusy, TooManyRows; what was metered is not
    asked where nothing was billed."""
    days = window.days()
    period = Period(days[0], days[-1])
    question = BilledQuestion(period, ("provider",), {})
    billed = {sums.names[0]: sums.cost for sums in ask(world, team, question)}
    if not any(billed.values()):
        return []
    found: list[HiddenBill] = []
    for row in cover(world, find_tenant(world.documents, team), team, period).rows:
        if row.days:
            found.append(HiddenBill(row.provider, period, row.billed, row.metered, True))
        elif row.has_bill and not row.first_metered:
            whole = billed.get(row.provider, 0)
            found.append(HiddenBill(row.provider, period, whole, 0, False))
    return found
