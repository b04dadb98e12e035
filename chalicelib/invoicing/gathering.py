"""Gathering: the usage of windows, from the days that they touch."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.invoicing.accounts import Account, Window
from chalicelib.invoicing.book import Book
from chalicelib.invoicing.days import TABLES, Day, Recipe, count, generation_of, kept
from chalicelib.invoicing.rating import component_key
from chalicelib.invoicing.tariffs import Tariff, total
from chalicelib.invoicing.usage import Measured
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.lake.days import read_states

Earned = tuple[str, int, str, int]
"""Day, part of the window, component, and what the usage of that day added to its price."""
Watch = Callable[[str, int], None]
"""Is told each day that was read, and how many there are."""


@dataclass(slots=True)
class Rated:
    """A window and what was used in it. `tariffs` and `measured` are those of its parts, in
    order."""

    account: Account
    window: Window
    tariffs: Sequence[Tariff]
    measured: list[Measured] = field(default_factory=list)
    earned: list[Earned] = field(default_factory=list)
    _so_far: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.measured = [Measured() for _ in self.window.parts]

    def part_at(self, instant: int) -> int | None:
        """The number of the part that holds an instant."""
        parts = enumerate(self.window.parts)
        return next((number for number, part in parts if part.start <= instant < part.end), None)

    def price_day(self, day: str, number: int) -> None:
        """Note what a part of the window costs more than before, now that a day was added to it."""
        if self.window.parts[number].trial:
            return
        for component in self.tariffs[number].components:
            key = component_key(number, component.key)
            asked = total(component, self.measured[number])
            if added := asked - self._so_far.get(key, 0):
                self._so_far[key] = asked
                self.earned.append((day, number, component.key, added))


class Days:
    """The counted days of a run. A day is counted once, however often it is asked for."""

    def __init__(self, book: Book, targets: Iterable[Rated], more: Iterable[str]) -> None:
        """`more` are days that must be looked at beside those of the targets."""
        self._book = book
        self.recipe = book.recipe
        self.cuts = _cuts(targets)
        self._states = _generations(book, {*more, *self.cuts})
        self.before: dict[str, Day | None] = {}
        self.used: set[str] = set()
        self.counted: dict[str, Day] = {}
        """Days that were counted anew, to be kept when the run has written what it made of them."""

    def ask(self, targets: Sequence[Rated]) -> None:
        """Also count what frozen windows want to know: by their plans, and cut where they begin and
        end. A day to which nothing was written when they froze was not counted for them."""
        for day, cuts in _cuts(targets).items():
            self.cuts[day] = sorted({*self.cuts.get(day, ()), *cuts})
        tariffs = (tariff for target in targets for tariff in target.tariffs)
        self.recipe = self._book.recipe_of(tariffs) | self.recipe

    def generation(self, day: str) -> int:
        """What its files are now; 0 when nothing was written."""
        if day not in self._states:
            self._states |= _generations(self._book, [day])
        return self._states[day]

    def day(self, day: str) -> Day | None:
        """The usage of a day; None when nothing was written. Raises NotInLake."""
        generation = self.generation(day)
        self.used.add(day)
        if generation == 0:
            return None
        recipe, cuts = self.recipe, self.cuts.get(day, ())
        counted = self.counted.get(day)
        if counted and counted.tells(recipe, cuts):
            return counted
        if day not in self.before:
            self.before[day] = kept(self._book.world, self._book.team, day)
        before = self.before[day]
        if before and not counted and before.answers(generation, recipe, cuts):
            return before
        # What it was cut and counted by before is still asked for by windows that are closed by
        # now.
        former = counted or before or Day(day, 0, Recipe(), (), {})
        cuts = sorted({*cuts, *former.cuts})
        both = former.recipe | recipe
        self.counted[day] = count(self._book.world, self._book.team, day, generation, both, cuts)
        return self.counted[day]


def gather(book: Book, targets: Sequence[Rated], days: Days, watch: Watch | None = None) -> None:
    """Fill targets with what was used in their windows, day by day."""
    by_account: defaultdict[str, list[Rated]] = defaultdict(list)
    for target in targets:
        by_account[target.account.id].append(target)
    wanted = sorted({day for target in targets for day in days_of(book, target.window)})
    for day in wanted:
        if found := days.day(day):
            _add_day(book, by_account, found)
        if watch:
            watch(day, len(wanted))


def days_of(book: Book, window: Window) -> list[str]:
    """The UTC days that a window touches, up to now."""
    return days_between(window.opens, min(window.end, book.now + 1))


def days_between(start: int, end: int) -> list[str]:
    """The UTC days from an instant to another, which is not in them (ms); at least the first."""
    return [day_of(number * DAY) for number in range(start // DAY, max(end - 1, start) // DAY + 1)]


def _add_day(book: Book, by_account: Mapping[str, Sequence[Rated]], day: Day) -> None:
    touched: dict[tuple[int, int], tuple[Rated, int]] = {}
    first = day_start(day.day)
    for (caller, since), measured in day.usage.items():
        at = max(since, first)
        for account in book.matcher.of(caller):
            for rated in by_account.get(account.id, ()):
                number = rated.part_at(at)
                if number is not None and book.matcher.takes(
                    rated.window.parts[number].product, caller
                ):
                    rated.measured[number].merge(measured)
                    touched[id(rated), number] = rated, number
    for rated, number in touched.values():
        rated.price_day(day.day, number)


def _cuts(targets: Iterable[Rated]) -> dict[str, Sequence[int]]:
    """The instants by day at which any part of a window begins or ends."""
    instants = {
        each
        for target in targets
        for part in target.window.parts
        for each in (part.start, part.end)
    }
    cuts: defaultdict[str, list[int]] = defaultdict(list)
    for instant in sorted(instants):
        if instant % DAY:
            cuts[day_of(instant)].append(instant)
    return dict(cuts)


def _generations(book: Book, days: Iterable[str]) -> dict[str, int]:
    wanted = sorted(days)
    by_table = (
        [read_states(book.world, book.team, table.name, wanted) for table in TABLES]
        if wanted
        else []
    )
    return {day: generation_of([found[day] for found in by_table]) for day in wanted}
