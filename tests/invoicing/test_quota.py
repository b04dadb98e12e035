"""Quota: its statements are of the common subset."""

from typing import Any

import pytest

from chalicelib.kit.clock import HOUR, parse_instant
from chalicelib.ports.engine import Statement
from chalicelib.reports.lint import faults
from tests.catalog.records import Records
from tests.invoicing.conftest import Shop

START = parse_instant("2026-06-01T00:00:00Z")


@pytest.mark.parametrize("world", ["local"], indirect=True)
@pytest.mark.parametrize("by_calls", [True, False])
def test_its_sql_is_of_the_subset_and_binds_all_values(
    shop: Shop, by_calls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiers = [
        {"name": "first", "unitAmount": "1", "upTo": "10"},
        {"name": "rest", "unitAmount": "2"},
    ]
    plan: dict[str, Any] = (
        {"tiers": tiers}
        if by_calls
        else {
            "ratingAggregations": [
                {
                    "name": "km",
                    "aggregationType": "SUM",
                    "elementDefinitionId": shop.element("km"),
                    "tiers": tiers,
                }
            ]
        }
    )
    shop.at(START)
    made = shop.subscribe(shop.product(**plan), name="O'Hara; drop table")
    shop.clock.move(HOUR)
    seen: list[Statement] = []
    engine = shop.world.engine
    run = type(engine).run

    def watched(self: Any, team: str, statement: Statement) -> Any:
        seen.append(statement)
        return run(self, team, statement)

    monkeypatch.setattr(type(engine), "run", watched)
    answer = Records(shop.client, "subscriptions").send("GET", f"/{made['id']}/quota-consumed")
    assert answer.json == {"limit": 10, "consumed": 0}
    (statement,) = seen
    assert faults(statement.sql) == []
    assert "hara" not in statement.sql.lower()
    assert shop.team in statement.params
