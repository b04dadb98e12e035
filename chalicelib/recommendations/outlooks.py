"""Outlooks: what a team will have spent when the month ends."""

from calendar import monthrange
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.clock import DAY, day_of, iso
from chalicelib.kit.money import to_usd
from chalicelib.kit.windows import Interval, Window, floor
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.recommendations.forecasting import WEEK, Outlook, forecast
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import COST_KNOWN, COST_ROWS, FULL_COST
from chalicelib.reports.planner import Question
from chalicelib.reports.service import ask_rows

_WEEKS = 8
"""Full weeks before today that a forecast goes by."""
_CENT = Decimal("0.01")
Json = dict[str, Any]


def forecast_month(world: World, team: Scope) -> Json:
    """See SpendForecast. Raises EngineBusy."""
    now = world.now()
    today, month = now - now % DAY, floor(now, Interval.MONTH)
    first = min(month, today - _WEEKS * WEEK * DAY)
    spend = _read(world, team, Window(first, now))
    series = _series_of(spend.costs, today)
    end = month + _days_in(month) * DAY
    outlook = forecast([float(to_usd(nano)) for nano in series], (end - today) // DAY)
    if spend.calls.total() and not series:
        outlook = replace(outlook, days=())
    return _present(world, spend, outlook, (month, end)) | {
        "knownDays": len(series),
        "unpricedCalls": spend.calls.total() - spend.known.total(),
    }


@dataclass(frozen=True, slots=True)
class _Spend:
    """By the start of the day: nano-USD, how many calls there were, and of how many the cost is
    known."""

    costs: Counter[int] = field(default_factory=Counter)
    calls: Counter[int] = field(default_factory=Counter)
    known: Counter[int] = field(default_factory=Counter)

    def sum(self, first: int, end: int) -> Decimal | None:
        """USD of the days from `first` to before `end`; None where the cost of no call is known."""
        nano = calls = known = 0
        for day in range(first, end, DAY):
            nano += self.costs[day]
            calls += self.calls[day]
            known += self.known[day]
        if calls and not known:
            return None
        return to_usd(nano)


def _read(world: World, team: Scope, window: Window) -> _Spend:
    question = Question(
        by=(),
        terms=(FULL_COST, COST_ROWS, COST_KNOWN),
        interval=Interval.DAY,
        assistants=find_billed_assistants(world.documents, team),
    )
    rows = ask_rows(Asker.of(world, team), window, question)
    spend = _Spend()
    terms = ((spend.costs, FULL_COST), (spend.calls, COST_ROWS), (spend.known, COST_KNOWN))
    for by_day, term in terms:
        for day, amount in zip(rows.buckets, rows.amounts(term), strict=True):
            by_day[day] += amount
    return spend


def _series_of(costs: Mapping[int, int], today: int) -> Sequence[int]:
    """The full days before today, as many as are of the last weeks and not before the first
    spend."""
    spent = [day for day, nano in costs.items() if nano and day < today]
    first = max(min(spent, default=today), today - _WEEKS * WEEK * DAY)
    return [costs.get(day, 0) for day in range(first, today, DAY)]


def _days_in(month: int) -> int:
    moment = datetime.fromtimestamp(month // 1_000, UTC)
    return monthrange(moment.year, moment.month)[1]


def _present(world: World, spend: _Spend, outlook: Outlook, ends: tuple[int, int]) -> Json:
    """The answer for a month from and to; of an outlook without days nothing is expected."""
    now = world.now()
    (month, end), today = ends, now - now % DAY
    coming = [_round(each) for each in outlook.days]
    days: list[Json] = []
    for day in range(month, end, DAY):
        number = (day - today) // DAY
        days.append(
            {
                "date": day_of(day),
                "actualUsd": spend.sum(day, day + DAY) if day <= today else None,
                "forecastUsd": coming[number] if coming and number >= 0 else None,
            }
        )
    return {
        "month": day_of(month)[:7],
        "asOf": iso(now),
        "spentUsd": spend.sum(month, end),
        **_expect(spend, outlook, coming, (month, today)),
        "method": outlook.method,
        "days": days,
    }


def _expect(
    spend: _Spend, outlook: Outlook, coming: Sequence[Decimal], ends: tuple[int, int]
) -> Json:
    """What will have been spent, and its band, as far as that is known."""
    month, today = ends
    told: Json = dict.fromkeys(("forecastUsd", "lowUsd", "highUsd", "confidence"))
    if not coming:
        return told
    so_far, spent = to_usd(spend.costs[today]), spend.sum(month, today + DAY)
    # What today has cost already is part of what was expected of it.
    rest = max(coming[0] - so_far, Decimal(0)) + sum(coming[1:])
    total = (spent or Decimal(0)) + rest
    told["forecastUsd"] = total
    if outlook.width is not None:
        width = _round(outlook.width)
        told |= {"lowUsd": total - min(width, rest), "highUsd": total + width}
        told["confidence"] = Decimal("0.95")
    return told


def _round(usd: float) -> Decimal:
    return Decimal(usd).quantize(_CENT)
