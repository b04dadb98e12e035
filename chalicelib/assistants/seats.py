"""Seats: how many are paid, and how many of them somebody uses. People are known by the address
that calls of assistants, or contributions of Claude Code, name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.assistants.contribution_days import read_days
from chalicelib.assistants.names import METERED
from chalicelib.assistants.queries import find_people
from chalicelib.assistants.ranges import RangeQuery, check_range
from chalicelib.assistants.seat_schemas import SeatQuery
from chalicelib.assistants.subscription_records import Subscription, read_subscriptions
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.days import list_days
from chalicelib.kit.money import divide, to_usd
from chalicelib.lake.damage import run
from chalicelib.lake.extent import find_missing_days
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.documents import fold
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

MOST_DAYS = 92
_WEEK, _MONTH = 7, 30
_CLAUDE = "claude-code"
_ASSISTANTS = {name: assistant for assistant, name in METERED.items()} | {"CLAUDE_COWORK": _CLAUDE}
"""The assistant that a call takes a seat of, by its name in events."""
Json = dict[str, Any]
Seat = tuple[str, str]
"""An assistant, and the address of who uses it."""
Seen = Mapping[str, set[Seat]]
"""The seats that were used, by UTC day."""


def report(world: World, team: Scope, query: SeatQuery) -> Json:
    """Seats of a range of days. Raises Invalid, EngineBusy."""
    now = world.now()
    asked = RangeQuery(startDate=query.fromDate, endDate=query.toDate)
    first, last = asked.days(now)
    check_range(first, last, MOST_DAYS, fields=("fromDate", "toDate"))
    plans = [
        plan for plan in read_subscriptions(world, team) if query.provider in (None, plan.assistant)
    ]
    begin = day_of(day_start(first) - (_MONTH - 1) * DAY)
    seen: dict[str, set[Seat]] = {}
    for day, seat in _walk_seats(world, team, begin, last):
        if query.provider in (None, seat[0]):
            seen.setdefault(day, set()).add(seat)
    days = list_days(first, min(last, day_of(now)))
    is_known = bool(plans or seen)
    return {
        "days": [_present_day(day, plans, seen) for day in days] if is_known else [],
        "assistants": list(_present_assistants(plans, _unite(seen, days))),
    }


def _walk_seats(world: World, team: Scope, first: str, last: str) -> Iterator[tuple[str, Seat]]:
    """Who used what on which day."""
    find_missing_days(world, team, AI_EVENTS.name, list_days(first, last))
    for day, assistant, person in run(world, team, find_people(team, first, last)).rows:
        if (name := _ASSISTANTS.get(str(assistant))) and person:
            yield str(day), (name, fold(str(person)))
    for day, rows in read_days(world, team, first, last):
        for row in rows:
            if row.email:
                yield day, (_CLAUDE, row.email)


def _unite(seen: Seen, days: Sequence[str]) -> set[Seat]:
    used: set[Seat] = set()
    for day in days:
        used |= seen.get(day, set())
    return used


def _present_day(day: str, plans: Sequence[Subscription], seen: Seen) -> Json:
    end = day_start(day)
    month = list_days(day_of(end - (_MONTH - 1) * DAY), day)
    monthly = len(_unite(seen, month))
    row: Json = {
        "date": day,
        "seatsUsed": monthly,
        "dailyActive": len(seen.get(day, ())),
        "weeklyActive": len(_unite(seen, month[-_WEEK:])),
        "monthlyActive": monthly,
    }
    known = [plan.seats for plan in plans if day_of(plan.created_at) <= day]
    return {**row, "seatsPaid": sum(known)} if known else row


def _present_assistants(plans: Sequence[Subscription], used: set[Seat]) -> Iterator[Json]:
    by_name = {plan.assistant: plan for plan in plans}
    for name in sorted({*by_name, *(assistant for assistant, _ in used)}):
        people = sum(1 for assistant, _ in used if assistant == name)
        row: Json = {"provider": name, "seatsUsed": people}
        yield row | (_present_plan(by_name[name], people) if name in by_name else {"seats": None})


def _present_plan(plan: Subscription, people: int) -> Json:
    unused = max(0, plan.seats - people)
    row: Json = {
        "seats": plan.seats,
        "seatsUnused": unused,
        "peopleWithoutSeat": max(0, people - plan.seats),
        "monthlySeatCost": to_usd(plan.cost_nano),
    }
    if plan.seats:
        row["averageSeatCost"] = to_usd(divide(plan.cost_nano, plan.seats))
        row["monthlyCostOfUnusedSeats"] = to_usd(divide(plan.cost_nano * unused, plan.seats))
    return row
