"""The statement: what was metered, what was billed, and why they differ, by provider, UTC day and
model."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from chalicelib.directory.prices import prices_of
from chalicelib.kit.clock import day_start
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.folding import list_vendor
from chalicelib.providers.periods import Period, last_settled
from chalicelib.reconciliation.cells import (
    BilledCell,
    CellKey,
    Doubled,
    MeteredCell,
    TokenClass,
    sum_doubled,
)
from chalicelib.reconciliation.duplicates import Doubles, find_doubles
from chalicelib.reconciliation.gathering import (
    Metered,
    days_read,
    gather_billed,
    gather_metered,
)
from chalicelib.reconciliation.parts import PartKind, Rates, Split, take_apart
from chalicelib.reconciliation.shifting import shift_days, sum_splits, take_twice


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One cell: both sides, the parts of their difference, the calls of its duplicates, and the
    models of its calls as clients wrote them."""

    key: CellKey
    metered: MeteredCell
    billed: BilledCell
    split: Split
    doubled: Doubled = field(default_factory=Doubled)
    models: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Statement:
    """A reconciliation. `rows` are ordered by provider, day and model; `unsettled` days may still
    change at the provider. Beside it stands what it leaves out: by provider what was metered
    on days whose bill is not known (no tokens), of flat-plan assistants the calls, of bills the
    lines in a currency without a rate; and the days that the lake misses something of."""

    team: Scope
    period: Period
    rows: Sequence[StatementRow]
    unsettled: Sequence[str]
    outside: Mapping[str, MeteredCell] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    unrated: int = 0
    shared: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By provider, the days that two sources bill: perhaps one bill twice."""
    incomplete: Sequence[str] = ()

    @property
    def whole(self) -> Split:
        """All of it."""
        return sum_splits(row.split for row in self.rows)

    @property
    def calls(self) -> int:
        """Calls that were metered."""
        return sum(row.metered.calls for row in self.rows)

    @property
    def unpriced(self) -> int:
        """Those of them whose cost nobody knows: they are in no metered cost."""
        return sum(row.metered.calls - row.metered.priced for row in self.rows)

    def doubled_by_provider(self) -> dict[str, Doubled]:
        """Calls that look metered twice, of each provider."""
        doubled: defaultdict[str, list[Doubled]] = defaultdict(list)
        for row in self.rows:
            doubled[row.key.provider].append(row.doubled)
        return {provider: sum_doubled(each) for provider, each in doubled.items()}

    def by_provider(self) -> dict[str, Split]:
        """The sums of each provider."""
        splits: defaultdict[str, list[Split]] = defaultdict(list)
        for row in self.rows:
            splits[row.key.provider].append(row.split)
        return {provider: sum_splits(each) for provider, each in splits.items()}


def reconcile(
    world: World, tenant: Scope, team: Scope, period: Period, provider: str = ""
) -> Statement:
    """The statement of a period, of one provider or of all whose bills are known. Raises
    EngineBusy, TooManyRows."""
    bills = gather_billed(world, team, period)
    billed = bills.cells
    metered = gather_metered(world, team, period)
    days = days_read(world, tenant, team, billed)
    chosen = {name: known for name, known in days.items() if name == (provider or name)}
    keys = [key for key in {*metered.cells, *billed} if key.day in chosen.get(key.provider, ())]
    splits, doubles = _take_all_apart(world, team, keys, metered, billed)
    rows = [
        StatementRow(
            key=key,
            metered=metered.cells.get(key, MeteredCell()),
            billed=billed.get(key, BilledCell()),
            split=splits[key],
            doubled=doubles.cells.get(key, Doubled()),
            models=metered.models_of(key),
        )
        for key in sorted(keys)
    ]
    newest = last_settled(world.now())
    return Statement(
        team=team,
        period=period,
        rows=rows,
        unsettled=sorted({row.key.day for row in rows if row.key.day > newest}),
        outside=_sum_outside(metered, days, provider),
        left_out=metered.left_out,
        unrated=sum(row.billed.unrated for row in rows),
        shared={name: days for name, days in bills.shared.items() if name == (provider or name)},
        incomplete=sorted(metered.incomplete | doubles.incomplete),
    )


def _sum_outside(
    metered: Metered, days: Mapping[str, Set[str]], provider: str
) -> Mapping[str, MeteredCell]:
    """What was metered on days whose bill is not known, by provider: its calls, also where the cost
    of none is known."""
    outside: defaultdict[str, MeteredCell] = defaultdict(MeteredCell)
    for key, cell in sorted(metered.cells.items()):
        is_asked = key.provider == (provider or key.provider)
        if is_asked and cell.calls and key.day not in days.get(key.provider, ()):
            whole = outside[key.provider]
            whole.calls += cell.calls
            whole.priced += cell.priced
            whole.nano += cell.nano
    return dict(outside)


def _take_all_apart(
    world: World,
    team: Scope,
    keys: Sequence[CellKey],
    metered: Metered,
    billed: Mapping[CellKey, BilledCell],
) -> tuple[Mapping[CellKey, Split], Doubles]:
    """The parts of each cell, and the calls of its duplicates. These are looked for where something
    was metered that is not billed, not on the days beside it either: the bill decides."""
    sides = {
        key: (
            metered.cells.get(key, MeteredCell()),
            billed.get(key, BilledCell()),
            list_rates(world, team, key),
        )
        for key in keys
    }
    plain = {key: take_apart(*side) for key, side in sides.items()}
    splits = shift_days(plain)
    unbilled = [key for key, split in splits.items() if PartKind.NOT_BILLED in split.parts]
    found = find_doubles(world, team, metered.labels, unbilled)
    for key, doubled in found.cells.items():
        splits[key] = take_twice(plain[key], splits[key], take_apart(*sides[key], doubled))
    cells = {
        key: doubled
        for key, doubled in found.cells.items()
        if PartKind.DUPLICATES in splits[key].parts
    }
    return splits, Doubles(cells, found.incomplete)


def list_rates(world: World, team: Scope, key: CellKey) -> Rates | None:
    """What a token of each kind costs by the prices of a team on a day, in plain calls; None where
    tokens do not tell the cost."""
    source = prices_of(world, team)
    price = source.price(list_vendor(key.provider), key.model, day_start(key.day))
    if price is None or price.lacks:
        return None
    base = price.tariff.base
    return {
        TokenClass.INPUT: base.input,
        TokenClass.OUTPUT: base.output,
        TokenClass.CACHE_READ: base.cache_read,
        TokenClass.CACHE_CREATION: base.cache_write,
    }
