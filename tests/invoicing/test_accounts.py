"""Accounts: the windows of a subscription, which neither leave a gap nor overlap."""

from collections.abc import Mapping
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.plan_records import Plan
from chalicelib.catalog.subscription_records import Subscription
from chalicelib.invoicing.accounts import NEVER, Account, BillingWindow, Plans
from chalicelib.kit.clock import DAY, HOUR, iso, parse_instant
from chalicelib.ports.documents import Record


def plan(**terms: Any) -> Plan:
    return Plan.of({"name": "Plan", "currency": "USD", "period": "MONTH", **terms})


def account_of(doc: Mapping[str, Any]) -> Account:
    return Account.of(Subscription.of(Record("SUBSCRIPTION", "s1", {"productId": "a", **doc})))


MONTHLY = plan()


def at(text: str) -> int:
    return parse_instant(text)


def account(
    start: str,
    changes: list[tuple[str, str, str]] | None = None,
    *,
    trial_end: str = "",
    expiration: str = "",
) -> Account:
    """`changes` are (at, product, anchor)."""
    given = changes or [(start, "a", trial_end or start)]
    doc = {
        "start": at(start),
        "trialEnd": at(trial_end) if trial_end else None,
        "expiration": at(expiration) if expiration else None,
        "productChanges": [
            {"at": at(moment), "productId": product, "anchor": at(anchor)}
            for moment, product, anchor in given
        ],
    }
    return account_of(doc)


def shown(found: list[BillingWindow]) -> list[tuple[str, str]]:
    return [(iso(each.start)[:10], iso(each.end)[:10]) for each in found]


def first(whose: Account, number: int, plans: Plans | None = None) -> list[BillingWindow]:
    return list(
        islice(whose.windows(whose.begin, NEVER - 1, plans or {"a": MONTHLY, "b": MONTHLY}), number)
    )


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        ("2026-01-31T00:00:00Z", ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("2028-01-31T00:00:00Z", ["2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"]),
        ("2026-12-30T00:00:00Z", ["2027-01-30", "2027-02-28", "2027-03-30", "2027-04-30"]),
    ],
)
def test_a_month_ends_on_its_last_day_where_the_anchors_does_not_exist(
    start: str, ends: list[str]
) -> None:
    assert [end for _, end in shown(first(account(start), 4))] == ends


def test_a_year_from_a_leap_day() -> None:
    plans = {"a": plan(period="YEAR")}
    found = shown(first(account("2028-02-29T00:00:00Z"), 4, plans))
    assert [end for _, end in found] == ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_a_change_of_product_with_the_same_periods_stays_in_the_window() -> None:
    start, moment = "2026-01-31T00:00:00Z", "2026-02-10T12:00:00Z"
    whose = account(start, [(start, "a", start), (moment, "b", start)])
    found = first(whose, 2)
    assert shown(found) == [("2026-01-31", "2026-02-28"), ("2026-02-28", "2026-03-31")]
    assert [(part.product, part.start, part.end) for part in found[0].parts] == [
        ("a", at(start), at(moment)),
        ("b", at(moment), at("2026-02-28T00:00:00Z")),
    ]


def test_a_change_to_other_periods_cuts_the_window_short() -> None:
    start, moment = "2026-01-31T00:00:00Z", "2026-02-10T00:00:00Z"
    whose = account(start, [(start, "a", start), (moment, "b", moment)])
    found = first(whose, 2, {"a": MONTHLY, "b": plan(period="YEAR")})
    assert shown(found) == [("2026-01-31", "2026-02-10"), ("2026-02-10", "2027-02-10")]
    assert (found[0].begin, found[0].stop) == (at(start), at("2026-02-28T00:00:00Z"))


def test_a_change_to_periods_from_another_day_cuts_the_window_short() -> None:
    start, moment = "2026-01-31T00:00:00Z", "2026-02-10T00:00:00Z"
    whose = account(start, [(start, "a", start), (moment, "b", moment)])
    assert shown(first(whose, 2)) == [("2026-01-31", "2026-02-10"), ("2026-02-10", "2026-03-10")]


def test_a_change_to_another_currency_cuts_the_window_short() -> None:
    start, moment = "2026-01-31T00:00:00Z", "2026-02-10T00:00:00Z"
    whose = account(start, [(start, "a", start), (moment, "b", start)])
    found = first(whose, 2, {"a": MONTHLY, "b": plan(currency="EUR")})
    assert shown(found) == [("2026-01-31", "2026-02-10"), ("2026-02-10", "2026-02-28")]


def test_a_trial_comes_before_the_first_window_and_is_in_it() -> None:
    whose = account("2026-01-01T00:00:00Z", trial_end="2026-01-15T00:00:00Z")
    found = first(whose, 2)
    assert shown(found) == [("2026-01-15", "2026-02-15"), ("2026-02-15", "2026-03-15")]
    assert [(part.trial, part.end - part.start) for part in found[0].parts] == [
        (True, 14 * DAY),
        (False, 31 * DAY),
    ]
    assert found[0].opens == whose.begin
    assert [part.trial for part in found[1].parts] == [False]


def test_a_trial_that_ended_before_the_start_is_none() -> None:
    whose = account("2026-02-01T00:00:00Z", trial_end="2026-01-15T00:00:00Z")
    assert whose.paid_from == whose.begin
    (window,) = first(whose, 1)
    assert [part.trial for part in window.parts] == [False]


def test_one_that_ends_within_its_trial_has_one_window_that_asks_nothing() -> None:
    whose = account(
        "2026-01-01T00:00:00Z", trial_end="2026-02-01T00:00:00Z", expiration="2026-01-20T00:00:00Z"
    )
    (only,) = first(whose, 5)
    assert only.start == only.end == whose.end
    assert [(part.start, part.end, part.trial) for part in only.parts] == [
        (whose.begin, whose.end, True)
    ]


def test_a_plan_that_does_not_repeat_has_one_window_without_end() -> None:
    (only,) = first(account("2026-01-01T00:00:00Z"), 5, {"a": plan(period="NONE")})
    assert (only.start, only.end, only.stop) == (at("2026-01-01T00:00:00Z"), NEVER, NEVER)


UNITS = st.sampled_from(["DAY", "MONTH", "YEAR", "NONE", None])
PLANS = st.fixed_dictionaries(
    {
        product: st.builds(
            plan,
            period=UNITS,
            periodCount=st.integers(1, 40),
            currency=st.sampled_from(["USD", "EUR"]),
        )
        for product in "abc"
    }
)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    begin = draw(st.integers(at("2024-01-01T00:00:00Z"), at("2026-12-31T00:00:00Z")))
    trial = begin + draw(st.sampled_from([0, 0, DAY, 14 * DAY + HOUR]))
    changes: list[dict[str, Any]] = [{"at": begin, "productId": "a", "anchor": trial}]
    for step in draw(st.lists(st.integers(1, 90 * DAY), max_size=3)):
        moment = changes[-1]["at"] + step
        anchor = draw(st.sampled_from([changes[-1]["anchor"], moment]))
        changes.append({"at": moment, "productId": draw(st.sampled_from("abc")), "anchor": anchor})
    expiration = draw(st.none() | st.integers(1, 300 * DAY).map(lambda length: begin + length))
    doc = {"start": begin, "trialEnd": trial, "expiration": expiration, "productChanges": changes}
    return account_of(doc)


@given(whose=accounts(), plans=PLANS, length=st.integers(0, 400 * DAY))
def test_windows_tile_the_time(whose: Account, plans: Plans, length: int) -> None:
    now = whose.begin + length
    found = list(whose.windows(whose.begin, now, plans))
    if not found:
        assert now < whose.paid_from
        return
    assert found[0].start == min(whose.paid_from, whose.end)
    assert all(one.end == other.start for one, other in pairwise(found))
    assert found[-1].end == whose.end or found[-1].end > now
    instants = [found[0].opens]
    for each in found:
        assert each.start < each.end or whose.end <= whose.paid_from
        assert each.begin <= each.start <= each.end <= each.stop or whose.end <= whose.paid_from
        for part in each.parts:
            assert part.start == instants[-1] < part.end
            assert part.trial == (part.start < whose.paid_from)
            held = max(
                (stint for stint in whose.stints if stint.at <= part.start),
                key=lambda stint: stint.at,
            )
            assert part.product == held.product
            instants.append(part.end)
        assert instants[-1] == each.end
        if each.start < each.end:
            assert (
                whose.window_at(each.start, plans) == whose.window_at(each.end - 1, plans) == each
            )


@given(
    whose=accounts(),
    plans=PLANS,
    first_run=st.integers(0, 400 * DAY),
    later=st.integers(0, 100 * DAY),
)
def test_a_later_run_goes_on_where_an_earlier_one_ended(
    whose: Account, plans: Plans, first_run: int, later: int
) -> None:
    now = whose.begin + first_run
    before = [each for each in whose.windows(whose.begin, now, plans) if each.end <= now]
    since = before[-1].end if before else whose.begin
    assert [*before, *whose.windows(since, now + later, plans)] == list(
        whose.windows(whose.begin, now + later, plans)
    )
