"""What coding assistants cost in a window, and a merged pull request of it."""

from calendar import monthrange
from collections.abc import Iterable
from typing import Any

from chalicelib.assistants.pull_tallies import Tally
from chalicelib.assistants.queries import sum_costs
from chalicelib.assistants.subscription_records import Subscription, read_subscriptions
from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.days import list_days
from chalicelib.kit.money import divide, to_usd
from chalicelib.kit.windows import DayRange
from chalicelib.lake.damage import run
from chalicelib.lake.extent import find_missing_days
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

Json = dict[str, Any]


def find_costs(world: World, team: Scope, days: DayRange, merged: Tally) -> Json:
    """What assistants cost from the first to the last of two days (YYYY-MM-DD), and each pull
    request that was merged. Raises EngineBusy."""
    subscriptions = list(read_subscriptions(world, team))
    seats = prorate(subscriptions, *days) if subscriptions else None
    find_missing_days(world, team, AI_EVENTS.name, list_days(*days))
    billed = find_billed_assistants(world.documents, team)
    usage, unpriced, covered = None, 0, 0
    for assistant, calls, cost_nano, without in run(world, team, sum_costs(team, *days)).rows:
        if assistant not in billed:
            covered += int(str(calls))
            continue
        unpriced += int(str(without))
        if cost_nano is not None:
            usage = (usage or 0) + int(str(cost_nano))
    known = [each for each in (seats, usage) if each is not None]
    total = sum(known) if known else None
    return {
        "seatCost": _usd(seats),
        "usageCost": _usd(usage),
        "unpricedCalls": unpriced,
        "flatPlanCalls": covered,
        "totalCost": _usd(total),
        "costPerMergedPr": _usd_each(total, merged.merged),
        "costPerMergedPrWithCodingTool": _usd_each(total, merged.assisted),
    }


def prorate(subscriptions: Iterable[Subscription], first: str, last: str) -> int:
    """What seats cost from a day to another one, both inclusive, in nano-USD: of each month the
    part of its days that lie between them."""
    monthly = sum(each.cost_nano for each in subscriptions)
    days: dict[str, int] = {}
    for day in list_days(first, last):
        days[day[:7]] = days.get(day[:7], 0) + 1
    cost = 0
    for month, number in days.items():
        _, length = monthrange(int(month[:4]), int(month[5:]))
        cost += divide(monthly * number, length)
    return cost


def _usd(nano: int | None) -> Any:  # noqa: ANN401 - Decimal or null
    return None if nano is None else to_usd(nano)


def _usd_each(nano: int | None, number: int) -> Any:  # noqa: ANN401 - as above
    return None if nano is None or not number else to_usd(divide(nano, number))
