"""Outlooks: what a team will have spent when the month ends."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
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
    costs, unpriced = _read(world, team, Window(first, now))
    series = _series_of(costs, today)
    end = month + _days_in(month) * DAY
    outlook = forecast([float(to_usd(nano)) for nano in series], (end - today) // DAY)
    return _present(world, costs, outlook, (month, today)) | {"unpricedCalls": unpriced}


def _read(world: World, team: Scope, window: Window) -> tuple[Mapping[int, int], int]:
    """Nano-USD by the start of the day, and how many calls of the window have no known cost."""
    question = Question(
        by=(),
        terms=(FULL_COST, COST_ROWS, COST_KNOWN),
        interval=Interval.DAY,
        assistants=find_billed_assistants(world.documents, team),
    )
    rows = ask_rows(Asker.of(world, team), window, question)
    costs: dict[int, int] = {}
    for day, nano in zip(rows.buckets, rows.amounts(FULL_COST), strict=True):
        costs[day] = costs.get(day, 0) + nano
    return costs, sum(rows.amounts(COST_ROWS)) - sum(rows.amounts(COST_KNOWN))


def _series_of(costs: Mapping[int, int], today: int) -> Sequence[int]:
    """The full days before today, as many as are of the last weeks and not before the first
    spend."""
    spent = [day for day, nano in costs.items() if nano and day < today]
    first = max(min(spent, default=today), today - _WEEKS * WEEK * DAY)
    return [costs.get(day, 0) for day in range(first, today, DAY)]


def _days_in(month: int) -> int:
    moment = datetime.fromtimestamp(month // 1_000, UTC)
    return monthrange(moment.year, moment.month)[1]


def _present(
    world: World, costs: Mapping[int, int], outlook: Outlook, ends: tuple[int, int]
) -> Json:
    month, today = ends
    spent = sum(nano for day, nano in costs.items() if day >= month)
    so_far = to_usd(costs.get(today, 0))
    coming = [_round(each) for each in outlook.days]
    # What today has cost already is part of what was expected of it.
    rest = max(coming[0] - so_far, Decimal(0)) + sum(coming[1:]) if coming else Decimal(0)
    total, width = to_usd(spent) + rest, min(_round(outlook.width), rest)
    days: list[Json] = []
    for day in range(month, today + len(coming) * DAY, DAY):
        number = (day - today) // DAY
        days.append(
            {
                "date": day_of(day),
                "actualUsd": to_usd(costs.get(day, 0)) if day <= today else None,
                "forecastUsd": coming[number] if number >= 0 else None,
            }
        )
    return {
        "month": day_of(month)[:7],
        "asOf": iso(world.now()),
        "spentUsd": to_usd(spent),
        "forecastUsd": total,
        "lowUsd": total - width,
        "highUsd": total + _round(outlook.width),
        "confidence": Decimal("0.95"),
        "method": outlook.method,
        "days": days,
    }


def _round(usd: float) -> Decimal:
    return Decimal(usd).quantize(_CENT)
