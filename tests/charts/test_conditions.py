"""Filters in SQL keep what filters in Python keep."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.selecting import DIMENSIONS, CallNames
from chalicelib.budgets.vocabulary import AlertFilterOperator
from chalicelib.charts.conditions import meet_filters
from infra.local.dialect import to_duckdb

TEXTS = st.text(st.sampled_from("aAbé%_' ~"), max_size=4)
VALUES = TEXTS.filter(bool)
COLUMNS = {
    each.column: f"name{at}"
    for at, each in enumerate(dict.fromkeys(each for told in DIMENSIONS.values() for each in told))
}


@st.composite
def filters(draw: st.DrawFn) -> RuleFilter:
    operator = draw(st.sampled_from(AlertFilterOperator))
    most = 3 if operator is AlertFilterOperator.IN else 1
    values = draw(st.lists(VALUES, min_size=1, max_size=most))
    return RuleFilter(draw(st.sampled_from(list(DIMENSIONS))), operator, tuple(values))


@pytest.mark.any_sql
@given(st.lists(filters(), min_size=1, max_size=2), st.lists(TEXTS, min_size=9, max_size=9))
def test_both_keep_the_same(wanted: list[RuleFilter], names: list[str]) -> None:
    told = dict(zip(COLUMNS, names, strict=True))
    condition = meet_filters(wanted, COLUMNS)
    shown = ", ".join(f"cast(? as varchar) as {name}" for name in COLUMNS.values())
    sql = to_duckdb(f"select count(*) from (select {shown}) where {condition.text}", {})
    with duckdb.connect() as database:
        (row,) = database.execute(sql, [*names, *condition.params]).fetchall()
    assert bool(row[0]) is CallNames(told).pass_filters(wanted), (wanted, told)
