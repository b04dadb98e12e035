"""Accounts: a subscription as billing sees it, with the windows that its invoices are about.

Instants are UTC epoch ms; a window, and a part of one, holds its start and not its end.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.catalog.periods import find_period
from chalicelib.catalog.plan_records import NO_PERIOD, Plan
from chalicelib.catalog.records import Product
from chalicelib.catalog.subscription_records import Subscription

NEVER = 253_402_300_800_000
"""The end of what has none: the year 10000."""
Plans = Mapping[str, Plan]
"""Plans by the id of their product; a product without one is not in it."""


def plans_of(products: Mapping[str, Product]) -> Plans:
    """The plans of those products that have one."""
    return {each.id: each.plan for each in products.values() if each.plan}


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a window in which one product held; usage of a `trial` is rated and not
    billed."""

    product: str
    start: int
    end: int
    trial: bool = False


@dataclass(frozen=True, slots=True)
class BillingWindow:
    """What one invoice is about: from `start` to `end`.

    The period that fees are for lasts from `begin` to `stop`; a window is shorter where the
    subscription ends, or moves to a product with other periods. The first one also has the trial,
    before `start`.
    """

    start: int
    end: int
    begin: int
    stop: int
    parts: Sequence[Part]

    @property
    def opens(self) -> int:
        """The first instant whose usage is in it."""
        return self.parts[0].start if self.parts else self.start


@dataclass(frozen=True, slots=True)
class Stint:
    """From `at` on the subscription is to `product`, whose periods are counted from `anchor`."""

    at: int
    product: str
    anchor: int


@dataclass(frozen=True, slots=True)
class Account:
    """A subscription. `begin` is its start, `paid_from` the end of its trial (its start without
    one), `end` its expiration or NEVER. `stints` has at least one, the oldest first."""

    subscription: Subscription
    begin: int
    paid_from: int
    end: int
    stints: Sequence[Stint]

    @classmethod
    def of(cls, subscription: Subscription) -> "Account":
        """The account of a subscription."""
        begin = subscription.start
        stints: list[Stint] = []
        for change in subscription.product_changes:
            at = max(change.at, begin) if stints else begin
            stints.append(Stint(at, change.product_id, change.anchor))
        return cls(
            subscription=subscription,
            begin=begin,
            paid_from=max(subscription.trial_end or begin, begin),
            end=subscription.expiration or NEVER,
            stints=stints,
        )

    @property
    def id(self) -> str:
        """The id of the subscription."""
        return self.subscription.id

    def window_at(self, instant: int, plans: Plans) -> BillingWindow:
        """The window that holds an instant; the first one for an instant before."""
        instant = max(instant, self.paid_from)
        number = self._stint_at(instant)
        stint = self.stints[number]
        begin, stop = _period(stint, plans.get(stint.product), instant)
        end = min(stop, self._end_of_periods(number, plans), self.end)
        # It may end within its trial.
        start = min(max(begin, self._begin_of_periods(number, plans)), end)
        if end == self.end and not self.subscription.leaves_at_once:
            # Whoever may not leave within a period pays for the whole of it.
            begin, stop = start, end
        opens = self.begin if start <= self.paid_from else start
        return BillingWindow(start, end, begin, stop, list(self._parts(opens, end)))

    def windows(self, since: int, until: int, plans: Plans) -> Iterator[BillingWindow]:
        """The windows that end after `since` and begin by `until`, oldest first."""
        instant = since
        while instant < self.end:
            window = self.window_at(instant, plans)
            if window.start > until or window.end <= instant:
                return
            yield window
            instant = window.end

    def _stint_at(self, instant: int) -> int:
        """The number of the stint that holds an instant; the first one for an instant before."""
        number = 0
        for at, stint in enumerate(self.stints):
            if stint.at <= instant:
                number = at
        return number

    def _begin_of_periods(self, number: int, plans: Plans) -> int:
        """The instant from which the periods of a stint are counted: earlier stints with the same
        periods are one with it."""
        while number and _have_same_periods(self.stints[number - 1], self.stints[number], plans):
            number -= 1
        return max(self.stints[number].at, self.paid_from)

    def _end_of_periods(self, number: int, plans: Plans) -> int:
        """The instant at which the subscription moves from a stint, or a later one with the same
        periods, to a product with other periods; NEVER when it does not."""
        for later in range(number + 1, len(self.stints)):
            if not _have_same_periods(self.stints[later - 1], self.stints[later], plans):
                return max(self.stints[later].at, self.paid_from)
        return NEVER

    def _parts(self, start: int, end: int) -> Iterator[Part]:
        """What lies between two instants, cut where the product changes and the trial ends."""
        for number, stint in enumerate(self.stints):
            following = self.stints[number + 1].at if number + 1 < len(self.stints) else NEVER
            low, high = max(stint.at, start), min(following, end)
            trial_end, paid_from = min(high, self.paid_from), max(low, self.paid_from)
            if low < trial_end:
                yield Part(stint.product, low, trial_end, trial=True)
            if paid_from < high:
                yield Part(stint.product, paid_from, high)


def _have_same_periods(one: Stint, other: Stint, plans: Plans) -> bool:
    """Whether a stint goes on with the periods of another, in the same currency: an invoice has
    one."""
    if one.anchor != other.anchor:
        return False
    return _terms(plans.get(one.product)) == _terms(plans.get(other.product))


def _terms(plan: Plan | None) -> tuple[str, int, str]:
    """The period, how many of it make one, and the currency."""
    if plan is None:
        return NO_PERIOD, 1, ""
    return plan.period, plan.period_count, plan.currency


def _period(stint: Stint, plan: Plan | None, instant: int) -> tuple[int, int]:
    """Begin and end of the period that holds an instant. One without end for a plan that does not
    repeat, or an anchor that lies ahead."""
    period = None
    if plan:
        period = find_period(stint.anchor, plan.period, plan.period_count, instant)
    return period or (min(stint.anchor, instant), NEVER)
