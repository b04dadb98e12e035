"""Rows of the compiled set: what is left out of it is told."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.budgets.compiled_rows import compile_rows
from chalicelib.budgets.readings import Usage
from chalicelib.budgets.records import COST_CONTROL, CostControl
from chalicelib.budgets.windows import window_at
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from tests.conftest import NOON


def compiled(group_by: str, values: dict[str, int], most: int, **members: Any) -> list[Any]:
    doc = {
        "name": "r",
        "metricType": "TOTAL_COST",
        "windowType": "DAILY",
        "action": "BLOCK",
        "groupBy": group_by,
        "hardLimit": 10,
        **members,
    }
    rule = CostControl.of(Record(COST_CONTROL, "aB3dE5f", doc))
    groups = {name: Decimal(value) for name, value in values.items()}
    usage = Usage(window_at(rule.window, NOON), sum(groups.values(), Decimal(0)), groups, 0)
    return list(compile_rows(Scope("aB3dE5g"), rule, usage, NOON, most))


@pytest.mark.parametrize(("most", "left"), [(2, 1), (3, None), (9, None)])
def test_groups_over_a_line_that_have_no_room_are_told(most: int, left: int | None) -> None:
    rows = compiled("AGENT", {"a": 11, "b": 12, "c": 10, "d": 9}, most)
    assert [row["filters"][-1]["value"] for row in rows] == ["b", "a", "c"][:most]
    assert {row.get("groupsLeftOut") for row in rows} == {left}


def test_the_lower_line_counts() -> None:
    rows = compiled("AGENT", {"a": 11, "b": 5, "c": 4}, 1, warnThreshold=5)
    assert [(row["currentValue"], row["groupsLeftOut"]) for row in rows] == [(11, 1)]


def test_persons_that_have_no_room_are_told() -> None:
    (row,) = compiled("SUBSCRIBER", {"a": 1, "b": 3, "c": 2}, 2)
    assert [each["groupValue"] for each in row["groupBreakdown"]] == ["b", "c"]
    assert row["groupsLeftOut"] == 1
    (row,) = compiled("SUBSCRIBER", {"a": 1}, 2)
    assert "groupsLeftOut" not in row
