"""Baselines: what is usual at this hour of the week, remembered for the hour.

The last sixty minutes lie in two hours of the clock, so that they are held against what is usual in
both: a job that runs at three o'clock every day is no anomaly at five past three.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.alerts.records import AlertRule
from chalicelib.alerts.usual import Usual, describe
from chalicelib.budgets.measures import MEASURES
from chalicelib.budgets.usage import Figures, Reader
from chalicelib.kit.clock import DAY, HOUR, day_start
from chalicelib.kit.windows import Window
from chalicelib.lake.extent import first_kept_day
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import amend

ALERT_BASELINE = "ALERT_BASELINE"
_WEEKS, _FEWEST_WEEKS = 8, 3
_WEEK = 7 * DAY
_MOST_GROUPS = 500
ALL = ""
"""The only group of a rule without groups."""
_Samples = dict[str, tuple[list[Decimal], list[Decimal]]]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual in the hour before the current one and in the current one, by group. `weeks`:
    from how many. `is_cut`: of groups that are not here nothing is known, be it that there are more
    than are kept, or that there is no mean of nothing; else they had nothing."""

    weeks: int
    groups: Mapping[str, tuple[Usual, Usual]]
    is_cut: bool = False

    @property
    def is_known(self) -> bool:
        """Whether there are enough weeks to tell."""
        return self.weeks >= _FEWEST_WEEKS

    def find(self, group: str) -> tuple[Usual, Usual] | None:
        """What is usual of a group: nothing of one that was not there before; None where it is not
        known."""
        if group not in self.groups and self.is_cut:
            return None
        return self.groups.get(group, (Usual(), Usual()))


def read_baseline(world: World, team: Scope, reader: Reader, rule: AlertRule, now: int) -> Baseline:
    """The baseline of a rule in the hour that holds `now` (UTC epoch ms). Asked of the lake once an
    hour. Raises EngineBusy."""
    hour = now - now % HOUR
    mark = f"{hour}|{rule.version}"
    record = world.documents.get(team, ALERT_BASELINE, rule.id)
    if record is not None and record.doc.get("mark") == mark:
        return _read(record.doc)
    found = _ask(world, team, reader, rule, hour)
    amend(world.documents, team, ALERT_BASELINE, rule.id, lambda _: _write(mark, found))
    return found


def _ask(world: World, team: Scope, reader: Reader, rule: AlertRule, hour: int) -> Baseline:
    first = first_kept_day(world, team, AI_EVENTS.name)
    weeks = min(_WEEKS, (hour - HOUR - day_start(first)) // _WEEK) if first else 0
    if weeks < _FEWEST_WEEKS:
        return Baseline(max(0, weeks), {})
    hours: list[Mapping[int, Figures]] = []
    for week in range(1, weeks + 1):
        start = hour - HOUR - week * _WEEK
        found = reader.read_hours(rule, Window(start, start + 2 * HOUR - 1))
        hours.append({at - start: figures for at, figures in found.items()})
    usual = dict(_describe_all(rule, _collect(rule, hours)))
    adds = MEASURES[rule.metric].adds
    if len(usual) <= _MOST_GROUPS:
        return Baseline(weeks, usual, is_cut=not adds)
    ranked = sorted(usual, key=lambda name: (-usual[name][1].middle, name))
    return Baseline(weeks, {name: usual[name] for name in ranked[:_MOST_GROUPS]}, is_cut=True)


def _describe_all(rule: AlertRule, samples: _Samples) -> Iterator[tuple[str, tuple[Usual, Usual]]]:
    """What is usual of each group. An hour that had a mean in too few weeks tells nothing: then the
    other one stands for both."""
    fewest = 0 if MEASURES[rule.metric].adds else _FEWEST_WEEKS
    for name, hours in samples.items():
        known = [describe(values) for values in hours if len(values) >= fewest]
        if known:
            yield name, (known[0], known[-1])


def _collect(rule: AlertRule, hours: list[Mapping[int, Figures]]) -> _Samples:
    """The values of every week by group. A week without calls counts as 0 where values add up, and
    has no mean where they do not."""
    adds = MEASURES[rule.metric].adds
    names = {ALL} if rule.group_by is None else set[str]()
    if rule.group_by is not None:
        for week in hours:
            for figures in week.values():
                names.update(figures.groups)
    samples: _Samples = {name: ([], []) for name in sorted(names)}
    for week in hours:
        for place, start in enumerate((0, HOUR)):
            for name, values in samples.items():
                value = _value_of(week.get(start), name)
                if value is None and adds:
                    value = Decimal(0)
                if value is not None:
                    values[place].append(value)
    return samples


def _value_of(figures: Figures | None, name: str) -> Decimal | None:
    if figures is None:
        return None
    return figures.groups.get(name) if name else figures.total


def _write(mark: str, baseline: Baseline) -> dict[str, Any]:
    groups: dict[str, list[str]] = {}
    for name, both in baseline.groups.items():
        groups[name] = [str(each) for usual in both for each in (usual.middle, usual.spread)]
    return {"mark": mark, "weeks": baseline.weeks, "cut": baseline.is_cut, "groups": groups}


def _read(doc: Mapping[str, Any]) -> Baseline:
    groups: dict[str, tuple[Usual, Usual]] = {}
    for name, told in doc["groups"].items():
        first, second, third, fourth = map(Decimal, told)
        groups[name] = (Usual(first, second), Usual(third, fourth))
    return Baseline(doc["weeks"], groups, doc["cut"])
