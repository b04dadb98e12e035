"""Parts: they add up to the difference, always; and each says what it is."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.reconciliation.cells import (
    BilledCell,
    CellKey,
    Doubled,
    MeteredCell,
    TierClass,
    TokenClass,
)
from chalicelib.reconciliation.parts import PartKind, Rates, Split, take_apart
from chalicelib.reconciliation.shifting import shift_days, sum_splits, take_twice

INPUT, OUTPUT = TokenClass.INPUT, TokenClass.OUTPUT
RATES = {INPUT: 3_000_000_000, OUTPUT: 15_000_000_000, TokenClass.CACHE_READ: 300_000_000,
         TokenClass.CACHE_CREATION: 3_750_000_000}  # fmt: skip
COUNTS = st.integers(0, 10**12)
NANO = st.integers(-(10**15), 10**15)
PLACES = st.builds(TierClass, st.sampled_from(["", "standard", "batch", "priority"]),
                   st.sampled_from(list(TokenClass)))  # fmt: skip


def fit(cell: MeteredCell) -> MeteredCell:
    """Calls without a cost have no more tokens than all."""
    for token, count in cell.unpriced.items():
        cell.unpriced[token] = min(count, cell.tokens[token])
    return cell


METERED = st.builds(
    MeteredCell,
    calls=COUNTS,
    priced=COUNTS,
    nano=st.integers(0, 10**15),
    tokens=st.dictionaries(st.sampled_from(list(TokenClass)), COUNTS).map(
        lambda each: defaultdict(int, each)
    ),
    unpriced=st.dictionaries(st.sampled_from(list(TokenClass)), COUNTS).map(
        lambda each: defaultdict(int, each)
    ),
).map(fit)
BILLED = st.builds(
    BilledCell,
    nano=NANO,
    credits=NANO,
    discount=NANO,
    listed=st.dictionaries(PLACES, NANO).map(lambda each: defaultdict(int, each)),
    mixed=NANO,
    fees=st.dictionaries(st.text(), NANO).map(lambda each: defaultdict(int, each)),
    tokens=st.dictionaries(PLACES, COUNTS).map(lambda each: defaultdict(int, each)),
)
DOUBLED = st.builds(
    Doubled,
    calls=st.integers(1, 10**12),  # none of them of known cost
    nano=st.integers(0, 10**15),
    tokens=st.dictionaries(st.sampled_from(list(TokenClass)), st.integers(-(10**6), 10**12)).map(
        lambda each: defaultdict(int, each)
    ),
)
RATE = st.one_of(
    st.none(), st.fixed_dictionaries({each: st.integers(0, 10**12) for each in TokenClass})
)
KEYS = st.builds(
    CellKey,
    st.sampled_from(["openai", "anthropic"]),
    st.sampled_from(["2026-11-29", "2026-11-30", "2026-12-01", "2026-12-02"]),
    st.sampled_from(["a", "b"]),
)


@given(METERED, BILLED, RATE, DOUBLED)
def test_parts_add_up_whatever_comes(
    metered: MeteredCell, billed: BilledCell, rates: Rates | None, doubled: Doubled
) -> None:
    plain = take_apart(metered, billed, rates)
    split = take_apart(metered, billed, rates, doubled)
    for each in (plain, split):
        assert each.metered == metered.nano
        assert each.billed == billed.nano - billed.credits
        assert each.metered + sum(each.parts.values()) == each.billed
    assert PartKind.DUPLICATES not in plain.parts
    assert sum_unbilled(split) == sum_unbilled(plain), "duplicates are of what is not billed"
    others = plain.parts.keys() - {PartKind.NOT_BILLED}
    assert {kind: split.parts[kind] for kind in others} == {
        kind: plain.parts[kind] for kind in others
    }


@given(
    METERED, BILLED.filter(lambda each: min(each.listed.values(), default=0) >= 0), RATE, DOUBLED
)
def test_duplicates_are_no_more_than_the_bill_leaves(
    metered: MeteredCell, billed: BilledCell, rates: Rates | None, doubled: Doubled
) -> None:
    billed.mixed = abs(billed.mixed)
    whole = take_apart(metered, billed, rates).parts.get(PartKind.NOT_BILLED, 0)
    share = take_apart(metered, billed, rates, doubled).parts.get(PartKind.DUPLICATES, 0)
    assert min(whole, 0) <= share <= max(whole, 0)


@given(METERED, BILLED, RATE, DOUBLED)
def test_calls_that_the_bill_leaves_over_are_taken_out_whole(
    once: MeteredCell, billed: BilledCell, rates: Rates | None, doubled: Doubled
) -> None:
    """What is metered twice is known to the nano: all the rest is as though it had never been."""
    counted = {token: billed.tokens_of(token) for token in TokenClass}
    tokens = {token: abs(doubled.tokens[token]) if counted[token] else 0 for token in TokenClass}
    if not any(tokens.values()):
        return
    again = Doubled(3, 3, nano=doubled.nano, tokens=defaultdict(int, tokens))
    once.tokens = defaultdict(int, {each: max(once.tokens[each], counted[each]) for each in tokens})
    twice = MeteredCell(
        once.calls + 3,
        once.priced + 3,
        once.nano + again.nano,
        defaultdict(int, {each: once.tokens[each] + tokens[each] for each in tokens}),
        once.unpriced,
    )
    left = dict(take_apart(twice, billed, rates, again).parts)
    assert left.pop(PartKind.DUPLICATES, 0) == -again.nano
    assert left == take_apart(once, billed, rates).parts


def test_a_cheap_call_that_was_metered_twice_is_no_price() -> None:
    """1,000 tokens at the full price and as many at half of it, the latter metered twice; the bill
    tells both as one line."""
    again = Doubled(1, 1, nano=1_500_000, tokens=defaultdict(int, {INPUT: 1_000}))
    bill = billed(2_000, 4_500_000)
    told = take_apart(metered(3_000, 6_000_000), bill, RATES, again).parts
    assert told == {PartKind.DUPLICATES: -1_500_000}


def test_calls_without_a_price_have_tokens_of_their_own() -> None:
    cell = metered(1_000, output=100)
    cell.nano, cell.unpriced = 3_000_000, defaultdict(int, {OUTPUT: 100})
    assert parts(cell, billed(1_000, output=100)) == {PartKind.UNPRICED: 1_500_000}


def sum_unbilled(split: Split) -> int:
    return sum(split.parts.get(kind, 0) for kind in (PartKind.NOT_BILLED, PartKind.DUPLICATES))


@given(st.dictionaries(KEYS, st.builds(take_apart, METERED, BILLED, RATE)))
def test_a_shift_of_days_changes_no_sum(splits: dict[CellKey, Split]) -> None:
    shifted = shift_days(splits)
    for key, split in shifted.items():
        assert sum(split.parts.values()) == sum(splits[key].parts.values())
    assert sum_splits(shifted.values()).parts.get(PartKind.DAY_SHIFT, 0) == 0


def metered(
    tokens: int, nano: int | None = None, unpriced: int = 0, output: int = 0
) -> MeteredCell:
    value = (tokens - unpriced) * 3_000 + output * 15_000 if nano is None else nano
    counts = defaultdict(int, {INPUT: tokens, OUTPUT: output})
    return MeteredCell(1, 1, value, counts, defaultdict(int, {INPUT: unpriced}))


def billed(tokens: int, nano: int | None = None, output: int = 0, tier: str = "") -> BilledCell:
    cell = BilledCell()
    add_billed(cell, tokens, tokens * 3_000 if nano is None else nano, tier)
    if output:
        cell.listed[TierClass(tier, OUTPUT)] = output * 15_000
        cell.tokens[TierClass(tier, OUTPUT)] = output
        cell.nano += output * 15_000
    return cell


def add_billed(cell: BilledCell, tokens: int, nano: int, tier: str) -> None:
    cell.listed[TierClass(tier, INPUT)] += nano
    cell.tokens[TierClass(tier, INPUT)] += tokens
    cell.nano += nano


def parts(one: MeteredCell, other: BilledCell, rates: Rates | None = RATES) -> dict[str, int]:
    return dict(take_apart(one, other, rates).parts)


def test_both_say_the_same() -> None:
    assert parts(metered(1_000, output=7), billed(1_000, output=7)) == {}


def test_calls_that_were_never_metered() -> None:
    assert parts(metered(400), billed(1_000)) == {PartKind.UNMETERED: 1_800_000}
    assert parts(MeteredCell(), billed(1_000)) == {PartKind.UNMETERED: 3_000_000}


def test_calls_that_were_never_billed() -> None:
    assert parts(metered(1_000), billed(400)) == {PartKind.NOT_BILLED: -1_800_000}
    assert parts(metered(1_000), BilledCell()) == {PartKind.NOT_BILLED: -3_000_000}
    assert parts(metered(1_000), BilledCell(), None) == {PartKind.NOT_BILLED: -3_000_000}


@pytest.mark.parametrize("priced", [1, 0])
def test_calls_that_were_metered_twice(priced: int) -> None:
    def twice(tokens: int, bill: BilledCell, rates: Rates | None = RATES) -> dict[str, int]:
        counts = defaultdict(int, {INPUT: tokens})
        doubled = Doubled(1, priced, nano=tokens * 3_000 * priced, tokens=counts)
        cell = metered(1_000, unpriced=0)
        cell.calls = cell.priced = 2
        return dict(take_apart(cell, bill, rates, doubled).parts)

    all_of_it = {PartKind.DUPLICATES: -1_800_000}
    assert twice(600, billed(400)) == all_of_it
    assert twice(900, billed(400)) == all_of_it, "no more than the bill leaves"
    some = {PartKind.DUPLICATES: -300_000, PartKind.NOT_BILLED: -1_500_000}
    assert twice(100, billed(400)) == some
    assert twice(100, billed(1_000)) == {}, "the bill has both: two equal calls"
    half = {PartKind.DUPLICATES: -1_500_000, PartKind.NOT_BILLED: -1_500_000}
    assert twice(500, BilledCell()) == half
    assert twice(500, BilledCell(), None) == (half if priced else {PartKind.NOT_BILLED: -3_000_000})
    dear = {PartKind.DUPLICATES: -660_000, PartKind.PRICE: 300_000}
    if priced:
        dear = {PartKind.DUPLICATES: -600_000, PartKind.PRICE: 240_000}
    assert twice(200, billed(800, 800 * 3_300)) == dear, (
        "at what it was metered at, if that is known"
    )


def test_calls_without_a_price() -> None:
    assert parts(metered(1_000, unpriced=250), billed(1_000)) == {PartKind.UNPRICED: 750_000}


def test_a_wrong_price_in_the_book() -> None:
    assert parts(metered(1_000), billed(1_000, 2_500_000)) == {PartKind.PRICE: -500_000}
    assert parts(metered(1_000), billed(1_000, 2_500_000), None) == {PartKind.PRICE: -500_000}


def test_a_cost_that_a_client_stated() -> None:
    assert parts(metered(1_000, nano=3_100_000), billed(1_000)) == {PartKind.ARITHMETIC: -100_000}


def test_batches_at_half_price() -> None:
    bill = billed(600)
    add_billed(bill, 400, 400 * 1_500, "batch")
    assert parts(metered(1_000), bill) == {PartKind.TIER: -600_000}
    assert parts(metered(1_000, nano=2_400_000), bill) == {}, "both sides know of them"


def test_discounts_fees_and_credits() -> None:
    bill = billed(1_000)
    bill.discount, bill.credits = -300_000, 50_000
    bill.nano += bill.discount
    bill.fees["web_search"] = 10_000_000
    bill.nano += 10_000_000
    assert parts(metered(1_000), bill) == {
        PartKind.DISCOUNT: -300_000,
        PartKind.FEES: 10_000_000,
        PartKind.CREDITS: -50_000,
    }


def test_a_bill_of_whole_calls_is_spread_by_the_price_list() -> None:
    bill = BilledCell(nano=1_200_000, mixed=1_200_000)
    bill.tokens[TierClass("", INPUT)] = 100
    bill.tokens[TierClass("", OUTPUT)] = 60
    assert parts(metered(100, output=60), bill) == {}
    assert parts(metered(100, output=0), bill) == {PartKind.UNMETERED: 900_000}


def test_an_amount_without_any_usage_is_not_explained() -> None:
    bill = billed(0, 5_000)
    bill.tokens.clear()
    assert parts(metered(0, 0), bill) == {PartKind.REST: 5_000}


def test_a_day_that_begins_elsewhere() -> None:
    days = ("2026-11-30", "2026-12-01")
    keys = [CellKey("openai", day, "a") for day in days]
    splits = {
        keys[0]: take_apart(metered(1_000), billed(900), RATES),
        keys[1]: take_apart(metered(1_000), billed(1_150), RATES),
    }
    shifted = shift_days(splits)
    assert shifted[keys[0]].parts == {PartKind.DAY_SHIFT: -300_000}
    assert shifted[keys[1]].parts == {PartKind.DAY_SHIFT: 300_000, PartKind.UNMETERED: 150_000}
    assert sum_splits(shifted.values()).parts == {PartKind.UNMETERED: 150_000}


def test_tiers_that_only_the_usage_tells() -> None:
    bill = BilledCell(nano=3_000_000)
    bill.listed[TierClass("", INPUT)] = 3_000_000
    bill.tokens[TierClass("default", INPUT)] = 600
    bill.tokens[TierClass("batch", INPUT)] = 400
    assert parts(metered(1_000), bill) == {}


def test_a_shift_is_no_duplicate() -> None:
    doubled = Doubled(calls=1, nano=900_000, tokens=defaultdict(int, {INPUT: 300}))
    plain = take_apart(metered(1_000), billed(500), RATES)
    twice = take_apart(metered(1_000), billed(500), RATES, doubled)
    key, other = (CellKey("openai", day, "a") for day in ("2026-11-30", "2026-12-01"))
    for beside, left in ((1_500, {}), (1_400, {"DUPLICATES": -300_000}), (1_000, None)):
        following = take_apart(metered(1_000), billed(beside), RATES)
        shifted = shift_days({key: plain, other: following})[key]
        told = dict(take_twice(plain, shifted, twice).parts)
        told.pop(PartKind.DAY_SHIFT, None)
        assert told == (twice.parts if left is None else left)
        assert sum(take_twice(plain, shifted, twice).parts.values()) == sum(plain.parts.values())


@pytest.mark.parametrize("rates", [RATES, None])
@pytest.mark.parametrize("is_mixed", [True, False])
def test_a_bill_that_tells_no_tokens_leaves_only_its_difference(
    rates: Rates | None, is_mixed: bool
) -> None:
    doubled = Doubled(calls=1, nano=1_500_000, tokens=defaultdict(int, {INPUT: 500}))
    for nano, rest in ((3_000_000, 0), (3_000_007, 7), (2_999_000, -1_000)):
        bill = BilledCell(nano=nano)
        if is_mixed:
            bill.mixed = nano
        else:
            bill.listed[TierClass("", INPUT)] = nano
        told = take_apart(metered(1_000), bill, rates, doubled).parts
        assert told == ({PartKind.REST: rest} if rest else {})
