"""The SQL subset: every statement that can be built is of it, and the lint sees what is not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.windows import Interval
from chalicelib.lake.queries import CALLED, unpriced
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.metering.queries import rolled_unpriced, waiting
from chalicelib.reports.builder import build
from chalicelib.reports.catalogue import REPORTS
from chalicelib.reports.lint import faults
from chalicelib.reports.measures import Measure
from chalicelib.reports.planner import Question, Segment, Source

TEXT = st.text(max_size=12)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    report = draw(st.sampled_from(REPORTS))
    filters = {column: draw(st.lists(TEXT, min_size=1, max_size=3)) for column in report.filters.values()}
    return Question(
        dimension=report.dimension,
        measure=draw(st.sampled_from(list(Measure))),
        interval=draw(st.sampled_from([None, *Interval])),
        filters=filters,
        assistants=draw(st.lists(TEXT, max_size=2)),
        named=draw(st.one_of(st.none(), st.lists(TEXT, min_size=1, max_size=3))),
    )


segments = st.lists(
    st.builds(Segment, st.sampled_from(list(Source)), st.integers(0, 10**12), st.integers(10**12, 2 * 10**12)),
    min_size=1,
    max_size=6,
)


@given(TEXT, questions(), segments)
def test_every_statement_is_of_the_subset_and_binds_every_text(team: str, question: Question, parts: Any) -> None:
    statement = build(team, question, parts)
    assert faults(statement.sql) == []
    assert statement.sql.count("?") == len(statement.params)
    assert statement.params.count(team) >= len({part.source for part in parts})
    assert len(statement.scan) == len(parts)


def test_what_the_doctor_asks_is_of_the_subset() -> None:
    for table in CALLED:
        statement = unpriced(table, "team", "2026-01-01", "2026-01-02")
        assert faults(statement.sql) == []
        assert statement.sql.count("?") == len(statement.params)


def test_what_re_rating_asks_is_of_the_subset() -> None:
    for table in (AI_EVENTS, TOOL_EVENTS):
        statement = waiting(table, "team", [("2026-01-01", "2026-01-02"), ("2026-02-01", "2026-02-01")])
        assert faults(statement.sql) == []
        assert statement.sql.count("?") == len(statement.params)
    assert faults(rolled_unpriced("team", "2026-01-01", "2026-01-02").sql) == []


WHERE = "from ai_events where team = ? and day between ? and ?"


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("select 1 as x from ai_events where day = ?", "not restricted to a team"),
        ("select 1 as x from ai_events where team = ? or day = ?", "not restricted to a team"),
        ("select 1 as x from ai_events where team = ? and model = ?", "not restricted by day"),
        (f"select 1 as x from (select model from ai_events) {WHERE[14:]}", "not restricted to a team"),
        ("select 1 as x from secrets where team = ? and day = ?", "no table of the lake"),
        (f"select 'x' as x {WHERE}", "must be bound"),
        (f"select cast(cost_nano as decimal(10, 2)) as x {WHERE}", "no cast to"),
        (f"select cost_nano / version as x {WHERE}", "nullif"),
        (f"select approx_distinct(model) as x {WHERE}", "not allowed"),
        (f"select regexp_like(model, ?) as x {WHERE}", "not allowed"),
        (f"select map_agg(model, version) as x {WHERE}", "not allowed"),
    ],
)
def test_the_lint_finds_what_is_not(sql: str, fault: str) -> None:
    assert any(fault in found for found in faults(sql)), faults(sql)


def test_the_lint_lets_a_guarded_division_pass() -> None:
    assert faults(f"select sum(cost_nano) / nullif(count(*), 0) as x {WHERE}") == []
