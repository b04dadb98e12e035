"""Accounts: a subscription as billing sees it, with the windows that its invoices are about.

Instants are UTC epoch ms; a window, and a part of one, holds its start and not its end.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.catalog.periods import find_period
from chalicelib.ports.documents import Record

NEVER = 253_402_300_800_000
"""The end of what has none: the year 10000."""
Doc = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a window in which one product held; usage of a `trial` is rated and not
    billed."""

    product: str
    start: int
    end: int
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """What one invoice is about. The period that fees are for lasts from `begin` to `stop`; a
    window is shorter where the subscription ends, or moves to a product of other periods. The first
    one also has the trial, before `start`.
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
    """A subscription. `begin` is its start, `paid_from` the end of its trial, `end` its expiration
    or NEVER."""

    record: Record
    begin: int
    paid_from: int
    end: int
    stints: Sequence[Stint]

    @property
    def id(self) -> str:
        """Of the subscription."""
        return self.record.id

    def window_at(self, instant: int, plans: Mapping[str, Doc]) -> Window:
        """The window that holds an instant; the first one for an instant before. `plans` by product
        id."""
        instant = max(instant, self.paid_from)
        number = max((n for n, stint in enumerate(self.stints) if stint.at <= instant), default=0)
        stint = self.stints[number]
        begin, stop = _period(stint, plans.get(stint.product, {}), instant)
        end = min(stop, self._moves(number, plans), self.end)
        start = min(max(begin, self._moved(number, plans)), end)  # it may end within its trial
        if end == self.end and self.record.doc.get("allowImmediateCancellation") is False:
            begin, stop = (
                start,
                end,
            )  # whoever may not leave within a period pays for the whole of it
        opens = self.begin if start <= self.paid_from else start
        return Window(start, end, begin, stop, list(self._parts(opens, end)))

    def windows(self, since: int, until: int, plans: Mapping[str, Doc]) -> Iterator[Window]:
        """The windows that end after `since` and begin by `until`, oldest first."""
        instant = since
        while instant < self.end:
            found = self.window_at(instant, plans)
            if found.start > until or found.end <= instant:
                return
            yield found
            instant = found.end

    def _moved(self, number: int, plans: Mapping[str, Doc]) -> int:
        """Where the periods of a stint began to be counted: earlier stints with the same periods
        are one with it."""
        while number and _alike(self.stints[number - 1], self.stints[number], plans):
            number -= 1
        return max(self.stints[number].at, self.paid_from)

    def _moves(self, number: int, plans: Mapping[str, Doc]) -> int:
        """Where they cease to be."""
        for earlier, later in zip(self.stints[number:], self.stints[number + 1 :], strict=False):
            if not _alike(earlier, later, plans):
                return max(later.at, self.paid_from)
        return NEVER

    def _parts(self, start: int, end: int) -> Iterator[Part]:
        for number, stint in enumerate(self.stints):
            following = self.stints[number + 1].at if number + 1 < len(self.stints) else NEVER
            low, high = max(stint.at, start), min(following, end)
            for first, last, trial in (
                (low, min(high, self.paid_from), True),
                (max(low, self.paid_from), high, False),
            ):
                if first < last:
                    yield Part(stint.product, first, last, trial)


def account_of(record: Record) -> Account:
    """The account of a subscription's record."""
    doc = record.doc
    begin = doc["start"]
    changes = doc["productChanges"]
    stints = [Stint(max(each["at"], begin), each["productId"], each["anchor"]) for each in changes]
    return Account(
        record,
        begin,
        max(doc.get("trialEnd") or begin, begin),
        doc.get("expiration") or NEVER,
        [Stint(begin, stints[0].product, stints[0].anchor), *stints[1:]],
    )


def _alike(one: Stint, other: Stint, plans: Mapping[str, Doc]) -> bool:
    """Whether one goes on with the periods of the other."""
    return one.anchor == other.anchor and _unit(plans, one) == _unit(plans, other)


def _unit(plans: Mapping[str, Doc], stint: Stint) -> tuple[str, int, str]:
    """The currency is one of them: an invoice has one."""
    plan = plans.get(stint.product, {})
    return plan.get("period") or "NONE", plan.get("periodCount") or 1, plan.get("currency") or ""


def _period(stint: Stint, plan: Doc, instant: int) -> tuple[int, int]:
    """The period of a plan that holds an instant. One without end for a plan that does not repeat,
    or an anchor that lies ahead."""
    found = find_period(stint.anchor, plan.get("period"), plan.get("periodCount") or 1, instant)
    return found or (min(stint.anchor, instant), NEVER)
