"""Parts: a difference between what was metered and what was billed, taken apart.

The walk goes from the metered cost to the billed amount. A provider's usage report says how many
tokens it billed, its cost report what they cost: together its list price a token, on that day, as a
fraction. With these

    unmetered    tokens that it counts and we do not, at its price
    not billed   tokens that we count and it does not
    duplicates   calls that look metered twice, at what they were metered at, where the bill leaves
                 all of their tokens over; of fewer as many of those tokens as it does, at its price
    unpriced     tokens that we count and have no price for, at its price
    price        tokens that both count, by the difference of its price to our price list
    arithmetic   what our calls cost over their tokens by our price list: tiers, batches, cache
                 lifetimes, costs that clients stated
    service tier what its other tiers cost over its standard one
    discount     amounts over list prices        fees   what is for no tokens        credits

What is left is the rest: amounts for which the provider tells no usage. All parts are integers in
nano-USD, each rounding is given to the part it stands in, and the sum is the difference, always.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from chalicelib.kit.money import divide
from chalicelib.reconciliation.cells import (
    STANDARD_TIERS,
    BilledCell,
    Doubled,
    MeteredCell,
    TierClass,
    TokenClass,
)

Rates = Mapping[TokenClass, int]
"""Our price list: nano-USD a million tokens."""
_MILLION = 1_000_000


class PartKind(StrEnum):
    """What a part of a difference is."""

    UNMETERED = "UNMETERED_USAGE"
    NOT_BILLED = "METERED_NOT_BILLED"
    DUPLICATES = "DUPLICATES"
    DAY_SHIFT = "DAY_SHIFT"
    UNPRICED = "UNPRICED_CALLS"
    PRICE = "PRICE"
    ARITHMETIC = "ARITHMETIC"
    TIER = "SERVICE_TIER"
    DISCOUNT = "DISCOUNT"
    FEES = "FEES"
    CREDITS = "CREDITS"
    REST = "UNEXPLAINED"


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of one difference in nano-USD, by kind; those of zero are left out. `metered` plus
    all parts is `billed`, which is after credits."""

    metered: int
    billed: int
    parts: Mapping[PartKind, int]


@dataclass(slots=True)
class _Walk:
    """A difference on its way."""

    metered: MeteredCell
    billed: BilledCell
    rates: Rates | None
    doubled: Doubled
    parts: dict[PartKind, int]
    priced_value: int = 0
    """The tokens that we count and have a price for, at the provider's price."""
    expected: int = 0
    """The same at ours."""

    @property
    def untold(self) -> int:
        """What is billed for whole calls of which no tokens are told."""
        return 0 if any(self.billed.tokens.values()) else self.billed.mixed

    def add(self, kind: PartKind, nano: int) -> None:
        self.parts[kind] = self.parts.get(kind, 0) + nano


def take_apart(
    metered: MeteredCell, billed: BilledCell, rates: Rates | None, doubled: Doubled | None = None
) -> Split:
    """The parts of a difference. `rates` is our price list on that day, None where it has none;
    `doubled` are the calls that look metered twice, as far as somebody has looked."""
    billed = _drop_untold_tiers(billed)
    owed = billed.nano - billed.credits
    kinds = _sum_kinds(billed, _spread_mixed(billed, rates))
    walk = _Walk(metered, billed, rates, doubled or Doubled(), {})
    if _leaves_all_over(walk, kinds):
        walk.add(PartKind.DUPLICATES, -walk.doubled.nano)
        walk.metered, walk.doubled = metered.without(walk.doubled), Doubled()
    walk.add(PartKind.CREDITS, -billed.credits)
    walk.add(PartKind.DISCOUNT, billed.discount)
    walk.add(PartKind.FEES, sum(billed.fees.values()))
    for token in TokenClass:
        _take_token(walk, token, kinds[token])
    _take_prices(walk)
    told = sum(walk.parts.values())
    walk.add(PartKind.REST, owed - metered.nano - told)
    return Split(metered.nano, owed, {kind: nano for kind, nano in walk.parts.items() if nano})


def _drop_untold_tiers(billed: BilledCell) -> BilledCell:
    """The cell without the tiers of tokens whose cost no line tells by tier (OpenAI's): the price
    is then that of all of them together."""
    if not any(place.tier for place in billed.tokens):
        return billed
    told = {place.token for place in billed.listed if place.tier}
    listed = {place.token for place in billed.listed}
    tokens: defaultdict[TierClass, int] = defaultdict(int)
    for place, count in billed.tokens.items():
        untold = place.token in listed and place.token not in told
        tokens[TierClass("", place.token) if untold else place] += count
    return replace(billed, tokens=tokens)


def _spread_mixed(billed: BilledCell, rates: Rates | None) -> Mapping[TierClass, int]:
    """List prices by tier and kind of tokens. What a provider bills for a call as a whole is spread
    over its tokens by our price list, or evenly without one; the last one takes what rounding
    leaves."""
    listed = dict(billed.listed)
    places = [place for place, count in billed.tokens.items() if count]
    if not billed.mixed or not places:
        return listed
    weights = {place: billed.tokens[place] * _weight(place.token, rates) for place in places}
    whole, left = sum(weights.values()), billed.mixed
    for place in places[:-1]:
        share = _share(billed.mixed, weights[place], whole) if whole else 0
        listed[place] = listed.get(place, 0) + share
        left -= share
    listed[places[-1]] = listed.get(places[-1], 0) + left
    return listed


def _weight(token: TokenClass, rates: Rates | None) -> int:
    return rates[token] if rates and any(rates.values()) else 1


@dataclass(slots=True)
class _Kind:
    """What is billed of one kind of tokens: the list price of all of its lines, how many tokens
    there are and what those cost (nano-USD), in all and in the standard tier."""

    amount: int = 0
    count: int = 0
    nano: int = 0
    standard_count: int = 0
    standard_nano: int = 0

    @property
    def price(self) -> tuple[int, int] | None:
        """So many nano-USD for so many tokens; see `price_of`."""
        if self.standard_count:
            return self.standard_nano, self.standard_count
        return (self.nano, self.count) if self.count else None


def _sum_kinds(billed: BilledCell, listed: Mapping[TierClass, int]) -> Mapping[TokenClass, _Kind]:
    kinds = {token: _Kind() for token in TokenClass}
    for (_, token), nano in listed.items():
        kinds[token].amount += nano
    for place, count in billed.tokens.items():
        kind, nano = kinds[place.token], listed.get(place, 0)
        kind.count += count
        kind.nano += nano
        if place.tier in STANDARD_TIERS:
            kind.standard_count += count
            kind.standard_nano += nano
    return kinds


def _leaves_all_over(walk: _Walk, kinds: Mapping[TokenClass, _Kind]) -> bool:
    """Whether the bill leaves all tokens of all doubled calls over, and their cost is known: then
    they are known as a whole, and nobody need guess at what price they were metered."""
    doubled, metered = walk.doubled, walk.metered
    if not any(doubled.tokens.values()) or doubled.priced != doubled.calls:
        return False
    for token, count in doubled.tokens.items():
        kind = kinds[token]
        untold = not kind.count and (kind.amount or walk.untold)
        if count and (count < 0 or untold or count > metered.tokens[token] - kind.count):
            return False
    return doubled.calls <= metered.priced


def _take_token(walk: _Walk, token: TokenClass, kind: _Kind) -> None:
    """What differs in one kind of tokens, all but the price of those that both count."""
    counted, ours = kind.count, walk.metered.tokens[token]
    unpriced = walk.metered.unpriced[token]
    price = kind.price
    if price is None:
        _take_uncounted(walk, token, ours - unpriced, kind.amount or walk.untold)
        return
    standard = _share(counted, *price)
    walk.add(PartKind.TIER, kind.amount - standard)
    value = _share(ours - unpriced, *price)
    value_unpriced = _share(unpriced, *price)
    walk.add(PartKind.UNPRICED, value_unpriced)
    missing = standard - value - value_unpriced
    if ours <= counted:
        walk.add(PartKind.UNMETERED, missing)
    else:
        _take_unbilled(walk, missing, walk.doubled.tokens[token], ours - counted)
    walk.priced_value += value
    walk.expected += _at_list(walk.rates, token, ours - unpriced, value)


def _take_uncounted(walk: _Walk, token: TokenClass, priced: int, amount: int) -> None:
    """Tokens of which the provider counts none: what we have of them it does not bill. Where it
    bills an amount all the same, it only does not tell how many those are: what that amount is more
    or less than ours stays in the rest."""
    value = _at_list(walk.rates, token, priced, 0)
    walk.priced_value += value
    walk.expected += value
    if not amount:
        _take_unbilled(walk, -value, walk.doubled.tokens[token], priced)


def _take_unbilled(walk: _Walk, nano: int, doubled: int, surplus: int) -> None:
    """What is metered and not billed: a surplus of ours, of which so much is doubled. The bill
    decides: as duplicates count no more than it leaves unbilled."""
    twice = max(0, min(doubled, surplus))
    share = _share(nano, twice, surplus) if twice else 0
    walk.add(PartKind.DUPLICATES, share)
    walk.add(PartKind.NOT_BILLED, nano - share)


def _take_prices(walk: _Walk) -> None:
    """What prices make of the tokens that both count. Without a price list of ours all of it is the
    price. What both sides do alike (batches, long contexts) is no difference: it stands as a plus
    in one part and as a minus in another, and is taken out of both."""
    if walk.rates is None:
        difference = walk.priced_value - walk.metered.nano
        if any(walk.billed.tokens.values()):
            walk.add(PartKind.PRICE, difference)
        elif not any(walk.billed.listed.values()) and not walk.untold:
            _take_unbilled(walk, difference, walk.doubled.nano, walk.metered.nano)
        return
    walk.add(PartKind.PRICE, walk.priced_value - walk.expected)
    walk.add(PartKind.ARITHMETIC, walk.expected - walk.metered.nano)
    for kind in (PartKind.TIER, PartKind.PRICE):
        _cancel(walk.parts, kind, PartKind.ARITHMETIC)


def _cancel(parts: dict[PartKind, int], one: PartKind, other: PartKind) -> None:
    """Take out of two parts what they have of opposite signs."""
    first, second = parts.get(one, 0), parts.get(other, 0)
    if (first < 0) == (second < 0):
        return
    moved = min(abs(first), abs(second)) * (1 if first > 0 else -1)
    parts[one], parts[other] = first - moved, second + moved


def price_of(
    billed: BilledCell, listed: Mapping[TierClass, int], token: TokenClass
) -> Fraction | None:
    """What the provider charges for a token of a kind: in its standard tier where it tells that one
    apart. None when it counts no such tokens."""
    price = _sum_kinds(billed, listed)[token].price
    return Fraction(*price) if price else None


def _at_list(rates: Rates | None, token: TokenClass, count: int, otherwise: int) -> int:
    return otherwise if rates is None else divide(count * rates[token], _MILLION)


def _share(amount: int, part: int, whole: int) -> int:
    """As much of an amount as a part is of a whole that is not 0."""
    product = amount * part
    return divide(product, whole) if whole > 0 else divide(-product, -whole)
