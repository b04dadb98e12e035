"""Tallies of merged pull requests: read month by month, counted as they are read."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from chalicelib.assistants.names import VENDORS
from chalicelib.assistants.pull_periods import list_months
from chalicelib.assistants.pull_records import PULL_REQUEST, PullRequest
from chalicelib.kit.clock import DAY, day_start
from chalicelib.kit.parallel import at_once
from chalicelib.kit.windows import DayRange
from chalicelib.ports.documents import fold, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_FEW = 4
Key = tuple[str, str]
"""Whom figures are about (a login or a repository, folded), and when (YYYY-MM-DD, or nothing)."""
KeyOf = Callable[[PullRequest], tuple[str, str]]
"""A pull request's name, as it is shown, and its period."""


@dataclass(slots=True)
class Tally:
    """Pull requests of one name and period; `shown` is the name as it was last written."""

    shown: str = ""
    merged: int = 0
    assisted: int = 0
    vendors: Counter[str] = field(default_factory=Counter)

    def count(self, pull: PullRequest) -> None:
        """Add one."""
        self.merged += 1
        self.assisted += bool(pull.assistants)
        self.vendors.update(VENDORS.get(name, name) for name in pull.assistants)

    def add(self, other: "Tally") -> None:
        """Add all of another one."""
        self.shown = other.shown or self.shown
        self.merged += other.merged
        self.assisted += other.assisted
        self.vendors.update(other.vendors)


def tally(world: World, team: Scope, days: DayRange, key_of: KeyOf) -> Mapping[Key, Tally]:
    """What was merged from the first to the last day, by what `key_of` says."""
    sums: dict[Key, Tally] = {}
    count = partial(_tally_month, world, team, days, key_of)
    for month in at_once(count, list(list_months(*days)), few=_FEW):
        for key, each in month.items():
            sums.setdefault(key, Tally()).add(each)
    return sums


def add_up(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    total = Tally()
    for each in tallies:
        total.add(each)
    return total


def _tally_month(
    world: World, team: Scope, days: DayRange, key_of: KeyOf, month: str
) -> Mapping[Key, Tally]:
    start, end = day_start(days[0]), day_start(days[1]) + DAY
    sums: dict[Key, Tally] = {}
    for record in walk(world.documents, team, PULL_REQUEST, by="reference", prefix=month):
        pull = PullRequest.of(record.doc)
        if start <= pull.merged_at < end:
            shown, period = key_of(pull)
            each = sums.setdefault((fold(shown), period), Tally())
            each.shown = shown
            each.count(pull)
    return sums
