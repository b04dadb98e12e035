"""Revenue by the older reports, against plain sums over the charges."""

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import DAY, iso
from chalicelib.ports.scope import Scope
from chalicelib.reports.older import OLDER_REPORTS
from chalicelib.reports.windows import answer_older
from tests.reports.test_numbers import DAYS, END, FIRST, START, Ledger, ledger

__all__ = ["ledger"]
BY_SLUG = {older.slug: older for older in OLDER_REPORTS}


def ask(ledger: Ledger, slug: str, **asked: Any) -> dict[str, Fraction]:
    older = BY_SLUG[slug]
    given = {"teamId": "t", "startDate": iso(START), "endDate": iso(END), **asked}
    world = replace(ledger._world, now=lambda: FIRST + DAYS * DAY)
    principal = Principal(Scope("tenant"), Scope(ledger.team), "key", frozenset())
    query = older.query_model().model_validate(given)
    body = answer_older(world, principal, older, query).body
    found = {}
    for group in body["groups"]:
        (metric,) = group["metrics"]
        found[group["groupName"]] = Fraction(metric["metricResult"])
    return found


def earned(ledger: Ledger, column: str, **kept: Any) -> dict[str, Fraction]:
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for charge in ledger.earned():
        if all(charge[name] in values for name, values in kept.items()):
            usd = Fraction(charge["usd_nano"] or 0, 10**9)
            sums[charge[column] or "UNCLASSIFIED"] += usd
    return dict(sums)


@pytest.mark.parametrize("column", ["organization", "product"])
def test_revenue_and_shares(ledger: Ledger, column: str) -> None:
    expected = earned(ledger, column)
    assert ask(ledger, f"revenue-metric-by-{column}") == expected
    total = sum(expected.values())
    shares = ask(ledger, f"percentage-revenue-metric-by-{column}")
    assert shares.keys() == expected.keys()
    for name, share in shares.items():
        assert abs(share - expected[name] * 100 / total) < Fraction(1, 10**17)
    name = max(expected)
    one = ask(ledger, f"percentage-revenue-metric-by-{column}", **{f"{column}s": [name]})
    assert one == {name: shares[name]}


def test_revenue_of_some_products(ledger: Ledger) -> None:
    product = next(charge["product"] for charge in ledger.earned() if charge["product"])
    found = ask(ledger, "revenue-metric-by-organization", products=[product])
    assert found == earned(ledger, "organization", product=[product])
