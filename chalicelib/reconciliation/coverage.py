"""Coverage: how much of what providers billed was metered.

A provider is compared over the days whose bill is known, from the first on which it was metered; a
day on which nobody metered it yet says nothing of what is hidden today.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.periods import Period
from chalicelib.reconciliation.coverage_schemas import UnavailableReason
from chalicelib.reconciliation.gathering import days_read, gather_billed, gather_metered

_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Compared:
    """A provider in a period. `metered` and `billed` are nano-USD over the `days` that both know;
    `metered_elsewhere` over all others. `calls` of the period, `unpriced` those of them that no
    price is known of: they are in no metered cost. Empty `first_*` days: none."""

    provider: str
    days: Sequence[str]
    metered: int
    billed: int
    metered_elsewhere: int
    first_metered: str
    first_billed: str
    has_bill: bool
    calls: int = 0
    unpriced: int = 0

    @property
    def ratio(self) -> Decimal | None:
        """Metered over billed; None where nothing was billed or nothing can be compared."""
        if not self.days or self.billed <= 0:
            return None
        return _ratio(self.metered, self.billed)


@dataclass(frozen=True, slots=True)
class Coverage:
    """All providers of a period."""

    period: Period
    rows: Sequence[Compared]
    assistants: Mapping[str, int] = field(default_factory=dict)

    @property
    def compared(self) -> Sequence[Compared]:
        """The providers that both sides know of on the same days."""
        return [row for row in self.rows if row.days]

    @property
    def metered(self) -> int:
        """Nano-USD, of what is compared."""
        return sum(row.metered for row in self.compared)

    @property
    def billed(self) -> int:
        """Nano-USD, of what is compared."""
        return sum(row.billed for row in self.compared)

    @property
    def reason(self) -> UnavailableReason | None:
        """Why there is no ratio; None where there is one."""
        if not any(row.has_bill for row in self.rows):
            return UnavailableReason.NO_BILLING_CREDENTIAL
        if not self.compared:
            return UnavailableReason.NO_COMPARABLE_PROVIDERS
        if not self.billed and not self.metered:
            return UnavailableReason.ZERO_SPEND_PERIOD
        return UnavailableReason.NON_POSITIVE_BILLING_TOTAL if self.billed <= 0 else None

    @property
    def ratio(self) -> Decimal | None:
        """Metered over billed; None, not 0, where that cannot be told."""
        return None if self.reason else _ratio(self.metered, self.billed)


def cover(  # noqa: PLR0913 - whose, when, and what is known of before
    world: World,
    tenant: Scope,
    team: Scope,
    period: Period,
    provider: str = "",
    *,
    metered_before: Collection[str] = (),
) -> Coverage:
    """The coverage of a period, of one provider or of all; those `metered_before` were metered from
    its first day on. Raises EngineBusy, TooManyRows."""
    billed = gather_billed(world, team, period).cells
    found = gather_metered(world, team, period)
    read = days_read(world, tenant, team, billed)
    metered_by: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    billed_by: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    calls: Counter[str] = Counter()
    unpriced: Counter[str] = Counter()
    for key, cell in found.cells.items():
        metered_by[key.provider][key.day] += cell.nano
        calls[key.provider] += cell.calls
        unpriced[key.provider] += cell.calls - cell.priced
    for key, line in billed.items():
        billed_by[key.provider][key.day] += line.nano
    within = set(period.days)
    rows = [
        replace(
            _compare(
                name,
                metered_by[name],
                billed_by[name],
                read.get(name, set()) & within,
                since=period.first if name in metered_before else "",
            ),
            calls=calls[name],
            unpriced=unpriced[name],
        )
        for name in sorted({*metered_by, *read, *metered_before})
        if name == (provider or name)
    ]
    return Coverage(period, rows, found.left_out)


def _compare(
    provider: str,
    metered: Mapping[str, int],
    billed: Mapping[str, int],
    read: set[str],
    *,
    since: str,
) -> Compared:
    first_metered = since or min(metered, default="")
    days = sorted(day for day in read if first_metered and day >= first_metered)
    return Compared(
        provider=provider,
        days=days,
        metered=sum(metered.get(day, 0) for day in days),
        billed=sum(billed.get(day, 0) for day in days),
        metered_elsewhere=sum(nano for day, nano in metered.items() if day not in days),
        first_metered=first_metered,
        first_billed=min(billed, default=""),
        has_bill=bool(read),
    )


def _ratio(part: int, whole: int) -> Decimal:
    return round(Decimal(part) / whole, _DECIMALS)
