"""Gathering: the usage of windows, from the days that they touch."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.invoicing.accounts import Account, BillingWindow
from chalicelib.invoicing.book import Book
from chalicelib.invoicing.days import TABLES, CountedDay, Recipe, count_day, generation_of, read_day
from chalicelib.invoicing.rating import PartUsage, component_key
from chalicelib.invoicing.tariffs import Component, PlanTariff, total
from chalicelib.invoicing.usage import Measurement
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.windows import Window
from chalicelib.lake.days import DayState, read_states

Watch = Callable[[str, int], None]
"""Is told each day that was read, and how many there are."""


@dataclass(frozen=True, slots=True)
class UsageRevenue:
    """What the usage of a `day` added to the price of a component in a part of the window, by the
    part's `number`; `amount` in billionths."""

    day: str
    number: int
    component: Component
    amount: int


@dataclass(slots=True)
class RatedWindow:
    """A window and what was used in it. `tariffs` and `measured` are those of its parts, in
    order."""

    account: Account
    window: BillingWindow
    tariffs: Sequence[PlanTariff]
    measured: list[Measurement] = field(default_factory=list)
    earned: list[UsageRevenue] = field(default_factory=list)
    _so_far: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.measured = [Measurement() for _ in self.window.parts]

    @property
    def usage(self) -> list[PartUsage]:
        """Its parts, each with its tariff and what was used in it."""
        parts = zip(self.window.parts, self.tariffs, self.measured, strict=True)
        return [PartUsage(number, *each) for number, each in enumerate(parts)]

    def part_at(self, instant: int) -> int | None:
        """The number of the part that holds an instant."""
        for number, part in enumerate(self.window.parts):
            if part.start <= instant < part.end:
                return number
        return None

    def price_day(self, day: str, number: int) -> None:
        """Note what a part of the window costs more than before, now that a day was added to it."""
        if self.window.parts[number].trial:
            return
        for component in self.tariffs[number].components:
            key = component_key(number, component.key)
            asked = total(component, self.measured[number])
            added = asked - self._so_far.get(key, 0)
            if added:
                self._so_far[key] = asked
                self.earned.append(UsageRevenue(day, number, component, added))


class CountedDays:
    """The counted days of a run. A day is counted once, however often it is asked for."""

    def __init__(self, book: Book, targets: Iterable[RatedWindow], more: Iterable[str]) -> None:
        """`more` are days that must be looked at beside those of the targets."""
        self._book = book
        self.recipe = book.recipe
        self.cuts = _cuts(targets)
        self._generations = _read_generations(book, {*more, *self.cuts})
        self.before: dict[str, CountedDay | None] = {}
        """The days as an earlier run has left them."""
        self.used: set[str] = set()
        self.counted: dict[str, CountedDay] = {}
        """Days that were counted anew, to be stored when the run has written what it made of
        them."""

    def ask(self, targets: Sequence[RatedWindow]) -> None:
        """Also count what frozen windows want to know: by their plans, and cut where they begin and
        end. A day to which nothing was written when they froze was not counted for them."""
        for day, cuts in _cuts(targets).items():
            self.cuts[day] = sorted({*self.cuts.get(day, ()), *cuts})
        tariffs: list[PlanTariff] = []
        for target in targets:
            tariffs += target.tariffs
        self.recipe = self._book.recipe_of(tariffs) | self.recipe

    def generation(self, day: str) -> int:
        """What its files are now; 0 when nothing was written."""
        if day not in self._generations:
            self._generations |= _read_generations(self._book, [day])
        return self._generations[day]

    def day(self, day: str) -> CountedDay | None:
        """The usage of a day; None when nothing was written. Raises NotInLake."""
        generation = self.generation(day)
        self.used.add(day)
        if generation == 0:
            return None
        recipe, cuts = self.recipe, self.cuts.get(day, ())
        counted = self.counted.get(day)
        if counted and counted.tells(recipe, cuts):
            return counted
        before = self._read_before(day)
        if before and not counted and before.answers(generation, recipe, cuts):
            return before
        # What it was cut and counted by before is still asked for by windows that are closed by
        # now.
        former = counted or before or CountedDay(day, 0, Recipe(), (), {})
        self.counted[day] = self._count(day, former.recipe | recipe, {*cuts, *former.cuts})
        return self.counted[day]

    def _read_before(self, day: str) -> CountedDay | None:
        if day not in self.before:
            self.before[day] = read_day(self._book.world, self._book.team, day)
        return self.before[day]

    def _count(self, day: str, recipe: Recipe, cuts: Iterable[int]) -> CountedDay:
        ordered = sorted(cuts)
        usage = count_day(self._book.world, self._book.team, day, recipe, ordered)
        return CountedDay(
            day=day,
            generation=self.generation(day),
            recipe=recipe,
            cuts=ordered,
            usage=usage,
        )


def gather(
    book: Book, targets: Sequence[RatedWindow], days: CountedDays, watch: Watch | None = None
) -> None:
    """Fill targets with what was used in their windows, day by day."""
    by_account: defaultdict[str, list[RatedWindow]] = defaultdict(list)
    touched: set[str] = set()
    for target in targets:
        by_account[target.account.id].append(target)
        touched.update(days_of(book, target.window))
    for day in sorted(touched):
        counted = days.day(day)
        if counted:
            _add_day(book, by_account, counted)
        if watch:
            watch(day, len(touched))


def days_of(book: Book, window: BillingWindow) -> list[str]:
    """The UTC days that a window touches, up to now."""
    return days_between(window.opens, min(window.end, book.now + 1))


def days_between(start: int, end: int) -> list[str]:
    """The UTC days from an instant to another, which is not in them (UTC epoch ms); at least the
    first."""
    return Window(start, max(end - 1, start)).days()


def _add_day(book: Book, by_account: Mapping[str, Sequence[RatedWindow]], day: CountedDay) -> None:
    """Add the usage of a day to the windows that it belongs to."""
    touched: dict[tuple[int, int], tuple[RatedWindow, int]] = {}
    first = day_start(day.day)
    for (caller, since), measured in day.usage.items():
        at = max(since, first)
        for account in book.matcher.of(caller):
            for rated in by_account.get(account.id, ()):
                number = rated.part_at(at)
                if number is None:
                    continue
                if book.matcher.takes(rated.window.parts[number].product, caller):
                    rated.measured[number].merge(measured)
                    touched[id(rated), number] = rated, number
    for rated, number in touched.values():
        rated.price_day(day.day, number)


def _cuts(targets: Iterable[RatedWindow]) -> dict[str, Sequence[int]]:
    """The instants by day at which any part of a window begins or ends."""
    cuts: defaultdict[str, list[int]] = defaultdict(list)
    for instant in sorted(set(_ends(targets))):
        if instant % DAY:
            cuts[day_of(instant)].append(instant)
    return dict(cuts)


def _ends(targets: Iterable[RatedWindow]) -> Iterator[int]:
    """The begin and the end of every part of some windows."""
    for target in targets:
        for part in target.window.parts:
            yield part.start
            yield part.end


def _read_generations(book: Book, days: Iterable[str]) -> dict[str, int]:
    """The generation of the files of each day."""
    wanted = sorted(days)
    if not wanted:
        return {}
    states: defaultdict[str, list[DayState]] = defaultdict(list)
    for table in TABLES:
        for day, state in read_states(book.world, book.team, table.name, wanted).items():
            states[day].append(state)
    return {day: generation_of(of_tables) for day, of_tables in states.items()}
