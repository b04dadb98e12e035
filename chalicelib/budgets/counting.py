"""Counting: what the versions of calls that come by in the feed add to the counters of rules.

Every version counts by its difference to the version before, under the rules that it passes, in
the window of its call. Calls that say the same in all that some rules look at are added up first,
so that the work grows with the calls and hardly with the rules.
"""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import add
from typing import Any

from chalicelib.budgets.amounts import READS, UNPRICED, is_covered, made_at
from chalicelib.budgets.generations import CountedRule, Counting, Generation, read_counting
from chalicelib.budgets.selecting import CallNames
from chalicelib.budgets.vocabulary import AlertMetricType, CostControlWindowType
from chalicelib.budgets.windows import BudgetWindow, window_at
from chalicelib.kit.clock import DAY, HOUR
from chalicelib.kit.logs import logger
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.counters import USED, Amounts, Counter
from chalicelib.ports.events import EventRecord
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

Row = Mapping[str, Any]
Before = Mapping[tuple[str, int], Row]
_Placed = tuple[str, EventRecord]
_Alike = tuple[int, int, tuple[str, ...]]
"""What calls have in common that are added up: how many generations count them, their hour (UTC
epoch hours), and what they say in the columns that rules look at."""
_Counted = tuple[CountedRule, str, int]
"""A rule, the family of its counters in a window, and which of the amounts is its metric's."""
_AT_ONCE = 100
_MOST_VERSIONS = 10


def count_batch(world: World, batch: FeedBatch) -> dict[Scope, list[Row]]:
    """Move the counters of all teams that a batch of the feed tells of, exactly once; the calls
    that it holds, as rows, of teams that count something. Raises Unavailable."""
    # What is counted is read after the batch was: see generations.py.
    by_scope: dict[Scope, list[_Placed]] = defaultdict(list)
    for place, event in zip(batch.positions, batch.events, strict=True):
        if event.table == AI_EVENTS.name:
            by_scope[event.team].append((place, event))
    found: dict[Scope, list[Row]] = {}
    for team, placed in by_scope.items():
        counting = read_counting(world, team)
        if counting.generations:
            found[team] = _count_team(world, team, batch.shard, counting, placed)
    return found


def _count_team(
    world: World, team: Scope, shard: str, counting: Counting, placed: Sequence[_Placed]
) -> list[Row]:
    places = [place for place, _ in placed]
    rows = [json.loads(event.body) for _, event in placed]
    before = _read_before(world, team, rows)
    tally = Tally(counting, world.now())
    changes = tally.count(rows, before)
    ahead = world.counters.count(team, shard, (places[0], places[-1]), changes)
    while ahead:
        # Some counters have counted a part of the batch before, as it came by in another one.
        position = min(ahead.values())
        late = [counter for counter, counted in ahead.items() if counted == position]
        for counter in late:
            del ahead[counter]
        begin = bisect_right(places, position)
        rest = tally.count(rows[begin:], before)
        some = {counter: rest[counter] for counter in late if counter in rest}
        if some:
            ahead |= world.counters.count(team, shard, (places[begin], places[-1]), some)
    return rows


def _read_before(world: World, team: Scope, rows: Sequence[Row]) -> Before:
    """The version before each that is not the first, by id and version."""
    here = {(row["event_id"], row["version"]): row for row in rows if row["version"] > 1}
    all_rows = {(row["event_id"], row["version"]): row for row in rows}
    found: dict[tuple[str, int], Row] = {}
    wanted: list[tuple[str, int]] = []
    for identity, version in here:
        if before := all_rows.get((identity, version - 1)):
            found[identity, version] = before
        else:
            wanted.append((identity, version))
    for start in range(0, len(wanted), _AT_ONCE):
        some = dict(wanted[start : start + _AT_ONCE])
        for identity, versions in world.events.versions(team, list(some), _MOST_VERSIONS).items():
            event = _pick(versions, some[identity] - 1)
            if event is None:
                event = _pick(world.events.history(team, identity), some[identity] - 1)
            if event is not None:
                found[identity, some[identity]] = json.loads(event.body)
    if len(found) < len(here):
        # Retention drops all versions of an event at once: what is left counted before it did.
        extra = {"team": team, "versions": len(here) - len(found)}
        logger().warning("versions without the one before are counted as they are", extra=extra)
    return found


def _pick(versions: Sequence[EventRecord], version: int) -> EventRecord | None:
    return next((each for each in versions if each.version == version), None)


class Tally:
    """Adds calls up under all rules of a team."""

    def __init__(self, counting: Counting, now: int) -> None:
        """`now` (UTC epoch ms): windows that ended a day before it are not counted any more."""
        self._counting = counting
        self._oldest = now - DAY
        self._generations = sorted(counting.generations.values(), key=lambda each: each.since)
        self._sinces = [each.since for each in self._generations]
        rules = [each.rule for each in self._generations]
        self._columns = list(dict.fromkeys(column for rule in rules for column in rule.columns))
        self._views = self._view_generations()
        metrics = dict.fromkeys(rule.metric for rule in rules)
        self._places = {metric: number for number, metric in enumerate(metrics)}
        self._reads = [_read_of(metric, counting.assistants) for metric in metrics]
        self._reads.append(partial(_read_unpriced_tokens, assistants=counting.assistants))
        self._reads.append(partial(_is_unpriced, assistants=counting.assistants))
        self._counted: dict[tuple[tuple[str, ...], int, int], Sequence[_Counted]] = {}
        self._windows: dict[tuple[CostControlWindowType, int], BudgetWindow] = {}

    def count(self, rows: Iterable[Row], before: Before) -> dict[Counter, Amounts]:
        """By how much versions of calls move the counters. `before`: the version before each, by
        its own id and version."""
        sums: dict[_Alike, list[int]] = {}
        for row in rows:
            rank = bisect_right(self._sinces, made_at(row))
            if not rank:
                continue
            self._add(sums, rank, row, 1)
            former = before.get((row["event_id"], row["version"]))
            if former is not None:
                self._add(sums, rank, former, -1)
        changes: dict[Counter, dict[str, int]] = {}
        for view in self._views:
            for alike, amounts in view.merge(sums).items():
                self._spread(changes, view, alike, amounts)
        return {counter: told for counter, told in changes.items() if any(told.values())}

    def _view_generations(self) -> list["_View"]:
        """The generations by the columns that they look at, each with its number."""
        by_columns: dict[tuple[str, ...], list[tuple[int, Generation]]] = defaultdict(list)
        for number, generation in enumerate(self._generations):
            by_columns[tuple(sorted(generation.rule.columns))].append((number, generation))
        return [
            _View(columns, list(map(self._columns.index, columns)), generations)
            for columns, generations in by_columns.items()
        ]

    def _add(self, sums: dict[_Alike, list[int]], rank: int, row: Row, sign: int) -> None:
        if row.get("deleted"):
            return
        names = tuple([row.get(column) or "" for column in self._columns])
        key = (rank, row["requested_at"] // HOUR, names)
        amounts = sums.get(key)
        if amounts is None:
            amounts = sums[key] = [0] * len(self._reads)
        for number, read in enumerate(self._reads):
            amounts[number] += sign * read(row)

    def _spread(
        self,
        changes: dict[Counter, dict[str, int]],
        view: "_View",
        alike: _Alike,
        amounts: Sequence[int],
    ) -> None:
        """Add the amounts of calls that say the same to all counters that they move."""
        rank, hour, said = alike
        row = dict(zip(view.columns, said, strict=True))
        names = CallNames.of_row(view.columns, row, self._counting.renames)
        for rule, family, place in self._list_counted(view, rank, hour):
            group = names.place_in(rule)
            if group is None:
                continue
            told = changes.setdefault(Counter(family, group), {})
            told[USED] = told.get(USED, 0) + amounts[place]
            if rule.is_money:
                # Also of a call that has no price before and after, and other tokens by now.
                told[USED] += rule.nano_per_token * amounts[-2]
                if amounts[-1]:
                    told[UNPRICED] = told.get(UNPRICED, 0) + amounts[-1]

    def _list_counted(self, view: "_View", rank: int, hour: int) -> Sequence[_Counted]:
        """What of a view counts the calls of an hour, of the first `rank` generations."""
        key = (view.columns, rank, hour)
        if key not in self._counted:
            found: list[_Counted] = []
            for number, each in view.generations:
                window = self._window(each.rule.window, hour)
                if number < rank and window.end >= max(each.since, self._oldest):
                    place = self._places[each.rule.metric]
                    found.append((each.rule, each.family(window), place))
            self._counted[key] = found
        return self._counted[key]

    def _window(self, kind: CostControlWindowType, hour: int) -> BudgetWindow:
        key = (kind, hour)
        if key not in self._windows:
            self._windows[key] = window_at(kind, hour * HOUR)
        return self._windows[key]


@dataclass(frozen=True, slots=True)
class _View:
    """What generations that look at the same columns see: `places` are those of these columns among
    all that are looked at."""

    columns: tuple[str, ...]
    places: Sequence[int]
    generations: Sequence[tuple[int, Generation]]

    def merge(self, sums: Mapping[_Alike, Sequence[int]]) -> dict[_Alike, list[int]]:
        """The sums of calls that say the same in these columns."""
        merged: dict[_Alike, list[int]] = {}
        places = self.places
        for (rank, hour, said), amounts in sums.items():
            key = (rank, hour, tuple([said[place] for place in places]))
            known = merged.get(key)
            merged[key] = list(amounts) if known is None else list(map(add, known, amounts))
        return merged


def _read_of(metric: str, assistants: Sequence[str]) -> Callable[[Row], int]:
    """What one call counts for under a metric."""
    read = READS[metric]
    if metric != AlertMetricType.TOTAL_COST:
        return read
    return lambda row: 0 if is_covered(row, assistants) else read(row)


def _is_unpriced(row: Row, assistants: Sequence[str]) -> int:
    return int(row.get("cost_nano") is None and not is_covered(row, assistants))


def _read_unpriced_tokens(row: Row, assistants: Sequence[str]) -> int:
    return _is_unpriced(row, assistants) * (row.get("total_tokens") or 0)
