"""A made-up life of a hundred days, and what charts of it show: in plain Python, without buckets of
ours, plans or SQL."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from chalicelib.kit.clock import DAY, HOUR, iso
from tests.conftest import NOON
from tests.support.bodies import completion

Item = TypeVar("Item")
BEGIN = NOON - 100 * DAY


@dataclass(frozen=True)
class Call:
    at: int
    agent: str
    provider: str
    organization: str
    duration: int
    first_token: int | None
    nano: int
    failed: bool

    def body(self, number: int) -> dict[str, Any]:
        told = {
            "agent": self.agent,
            "organizationName": self.organization,
            "timeToFirstToken": self.first_token,
            "stopReason": "ERROR" if self.failed else None,
        }
        return completion(
            number,
            self.at,
            provider=self.provider,
            responseTime=iso(self.at + self.duration),
            requestDuration=self.duration,
            totalCost=self.nano / 10**9,
            **{name: value for name, value in told.items() if value},
        )


@dataclass(frozen=True)
class Job:
    at: int
    type: str
    status: str
    outcome: str
    value: int


def make_calls(seed: int = 11) -> list[Call]:
    """Some in each hour of the last days, fewer before, in a few minutes of which there are
    many; names that stand for nothing, and providers with two spellings."""
    dice = random.Random(seed)
    instants = [NOON - dice.randrange(2 * DAY) for _ in range(60)]
    instants += [NOON - dice.randrange(100 * DAY) for _ in range(120)]
    instants += [NOON - 40 * DAY + dice.randrange(HOUR) for _ in range(20)]
    return [make_call(dice, at) for at in sorted(instants)]


def make_call(dice: random.Random, at: int) -> Call:
    return Call(
        at=at,
        agent=dice.choice(["a", "b", "c", "d", "e", "Other", ""]),
        provider=dice.choice(["OPENAI", "openai", "anthropic"]),
        organization=dice.choice(["Halden 100%", "Orsini_x", ""]),
        duration=dice.choice([dice.randrange(1, 400), dice.randrange(1, 60_000)]),
        first_token=dice.choice([None, dice.randrange(1, 900)]),
        nano=dice.randrange(1, 4_000) * 10**6,
        failed=dice.random() < 0.2,
    )


def make_jobs(seed: int = 12) -> list[Job]:
    dice = random.Random(seed)
    instants = [NOON - 1 - dice.randrange(2 * DAY) for _ in range(14)]
    instants += [NOON - 1 - dice.randrange(100 * DAY) for _ in range(26)]
    return [make_job(dice, at) for at in sorted(instants)]


def make_job(dice: random.Random, at: int) -> Job:
    status = dice.choice(["", "SUCCESS", "SUCCESS", "FAILED", "CANCELLED"])
    outcome = dice.choice(["CONVERTED", "DEFLECTED", ""]) if status else ""
    value = dice.randrange(100) if outcome else 0
    return Job(at, dice.choice(["loan", "chat", ""]), status, outcome, value)


def begin_of(instant: int, grain: str) -> int:
    """The start of the hour, day, week, month, quarter or year, by the standard library."""
    moment = datetime.fromtimestamp(instant / 1_000, UTC).replace(minute=0, second=0, microsecond=0)
    if grain != "hour":
        moment = moment.replace(hour=0)
    if grain == "week":
        moment -= timedelta(days=moment.weekday())
    if grain in ("month", "quarter", "year"):
        months = {"month": 1, "quarter": 3, "year": 12}[grain]
        moment = moment.replace(day=1, month=(moment.month - 1) // months * months + 1)
    return int(moment.timestamp()) * 1_000


def percentile_of(values: Sequence[int | None], rank: int) -> int | None:
    known = sorted(value for value in values if value is not None)
    return known[max(1, math.ceil(Fraction(rank * len(known), 100))) - 1] if known else None


@dataclass(frozen=True)
class Shown:
    """What a chart is to show of some items: `figure` of those that it draws together, within
    `start` and `end` (UTC epoch ms, both inclusive)."""

    items: Sequence[Any]
    figure: Callable[[Sequence[Any]], Any]
    group: Callable[[Any], str] | None
    most: int
    start: int
    end: int

    def within(self) -> list[Any]:
        return [each for each in self.items if self.start <= each.at <= self.end]

    def label(self, before: "Shown") -> Callable[[Any], str]:
        """How the items of both spans are called: the largest groups of this one by name."""
        if self.group is None:
            return lambda _: ""
        group, here = self.group, self.within()
        names = {group(each) for each in here}
        sizes = {
            name: self.figure([each for each in here if group(each) == name]) for name in names
        }
        ranked = sorted(names, key=lambda name: (-(sizes[name] or 0), name))
        named = ranked[: self.most]
        if names | {group(each) for each in before.within()} != set(named) and "Other" in named:
            named.remove("Other")
        return lambda each: group(each) if group(each) in named else "Other"

    def buckets(self, grain: str) -> list[int]:
        starts = {begin_of(instant, grain) for instant in range(self.start, self.end, HOUR)}
        return sorted(starts | {begin_of(self.end, grain)})

    def over_time(self, grain: str, label: Callable[[Any], str]) -> dict[str, list[Any]]:
        """By name of the series."""
        here = self.within()
        return {
            name: [
                self.figure(
                    [
                        each
                        for each in here
                        if label(each) == name and begin_of(each.at, grain) == bucket
                    ]
                )
                for bucket in self.buckets(grain)
            ]
            for name in {label(each) for each in here}
        }

    def in_all(self, label: Callable[[Any], str]) -> dict[str, Any]:
        """By name of the category."""
        here = self.within()
        return {
            name: self.figure([each for each in here if label(each) == name])
            for name in {label(each) for each in here}
        }


def fullest(
    calls: Sequence[Call], window: str, limit: Decimal, times: tuple[int, int], by: str = ""
) -> Decimal:
    """The largest part of a limit, in percent, that calls have used of it in any of its windows at
    any instant between two."""
    start, end = times
    instants = [start, *(each.at for each in calls if start <= each.at <= end)]
    most = 0
    for instant in instants:
        begin = begin_of(instant, window)
        used: dict[str, int] = {}
        for each in calls:
            if begin <= each.at <= instant:
                name = getattr(each, by) if by else ""
                if name or not by:
                    used[name] = used.get(name, 0) + each.nano
        most = max([most, *used.values()])
    return Decimal(most) / 10**9 / limit * 100
