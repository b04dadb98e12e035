"""The SQL subset: every statement that can be built is of it, and the lint sees what is not."""

from typing import Any

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from chalicelib.directory.renames import MOST
from chalicelib.kit.windows import Interval
from chalicelib.lake.queries import CALLED, count_listed, count_unpriced
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.metering.queries import rolled_up_statement, unpriced_statement
from chalicelib.reports.builder import build
from chalicelib.reports.catalogue import REPORTS
from chalicelib.reports.declarations import Report
from chalicelib.reports.facts import CALLS, TOOL_CALLS, TopGroups, sum_of
from chalicelib.reports.lint import faults
from chalicelib.reports.measures import Measure
from chalicelib.reports.planner import Question, RowSource, Segment
from chalicelib.reports.service import _terms, _top_groups
from tests.support.reports import BY_SLUG

TEXT = st.text(max_size=12)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    report = draw(st.sampled_from(REPORTS))
    if report.choice:
        report = report.choose(draw(st.sampled_from(list(report.choice.options))))
    narrowed = draw(st.sets(st.sampled_from(report.filters))) if report.filters else set()
    return Question(
        by=report.by,
        terms=_terms(report, draw(st.sampled_from(list(Measure)))),
        interval=draw(st.sampled_from([None, *Interval])),
        filters={each.column: draw(st.lists(TEXT, min_size=1, max_size=3)) for each in narrowed},
        assistants=draw(st.one_of(st.none(), st.lists(TEXT, max_size=2))),
        top=_top_groups(report),
    )


@st.composite
def parts_of(draw: st.DrawFn, question: Question) -> list[Segment]:
    """Segments that the planner can make: rollups of what rollups can answer, no versions of what
    has none."""
    found = []
    for fact in question.facts:
        rollup = question.rollups[fact]
        sources = [RowSource.CLEAN, *([RowSource.DIRTY] if fact.versioned else [])]
        sources += [RowSource.DAILY] if rollup else []
        sources += [RowSource.HOURLY] if rollup and rollup.hourly else []
        kinds = st.sampled_from(sources)
        instants = st.integers(0, 10**12), st.integers(10**12, 2 * 10**12)
        found += draw(
            st.lists(st.builds(Segment, st.just(fact), kinds, *instants), min_size=1, max_size=4)
        )
    return found


@given(TEXT, questions(), st.data())
def test_every_statement_is_of_the_subset_and_binds_every_text(
    team: str, question: Question, data: Any
) -> None:
    parts = data.draw(parts_of(question))
    statement = build(team, question, parts)
    assert faults(statement.sql) == []
    assert statement.sql.count("?") == len(statement.params)
    assert statement.params.count(team) >= len({(part.fact, part.source) for part in parts})
    assert len(statement.scan) == len(parts)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.slug)
def test_a_report_reads_only_its_days_and_the_columns_that_it_needs(report: Report) -> None:
    question = Question(report.by, _terms(report, report.asked or Measure.SUM), assistants=[])
    day = 86_400_000
    for source in (RowSource.CLEAN, RowSource.DIRTY):
        parts = [
            Segment(fact, source if fact.versioned else RowSource.CLEAN, day, 2 * day - 1)
            for fact in question.facts
        ]
        statement = build("t", question, parts)
        tree = sqlglot.parse_one(statement.sql, read="athena")
        assert not list(tree.find_all(exp.Star))
        assert {(scan.first_day, scan.last_day) for scan in statement.scan} == {
            ("1970-01-02", "1970-01-02")
        }
        assert {scan.table for scan in statement.scan} == {
            fact.table.name for fact in question.facts
        }
        every = {column.name for column in tree.find_all(exp.Column)}
        known = {column for fact in question.facts for column in fact.table.columns} & every
        needed = {column for term in question.terms for column in term.columns}
        needed |= {column for fact in question.facts for column in question.columns(fact)}
        needed |= {fact.instant for fact in question.facts} | {
            "deleted",
            "assistant",
            "event_id",
            "version",
        }
        assert known <= needed
        assert len(known) <= 12


def test_many_renames_leave_a_statement_short_enough() -> None:
    renamed = {
        f"a customer of former times {n:04d}": f"Customer of today {n:04d}" for n in range(MOST)
    }
    report = BY_SLUG["cost-by-organization"]
    question = Question(
        report.by,
        _terms(report, Measure.SUM),
        top=_top_groups(report),
        renames={"organization": renamed},
    )
    parts = [Segment(CALLS, source, 0, 10**9 + at) for at, source in enumerate(RowSource)]
    assert len(build("t", question, parts).sql) < 100_000, "Athena takes 262,144"


def test_the_groups_to_name_are_asked_of_the_fact_that_tells_them() -> None:
    report = BY_SLUG["revenue-per-customer"]
    terms = (sum_of(CALLS, "cost_nano"), sum_of(TOOL_CALLS, "cost_nano"))
    question = Question(report.by, terms, top=TopGroups(terms[0], 5, "Others"))
    parts = [Segment(fact, RowSource.CLEAN, 0, 86_399_999) for fact in question.facts]
    sql = build("t", question, parts).sql
    assert (sql.count("ai_events"), sql.count("tool_events")) == (2, 1)


def test_what_the_doctor_asks_is_of_the_subset() -> None:
    for table in CALLED:
        statement = count_unpriced(table, "team", "2026-01-01", "2026-01-02")
        assert faults(statement.sql) == []
        assert statement.sql.count("?") == len(statement.params)
    charged = [("input", 0), ("cache_read", 200_000)]
    statement = count_listed("team", "2026-01-01", "2026-01-02", charged)
    assert faults(statement.sql) == []
    assert statement.sql.count("?") == len(statement.params)


def test_what_re_rating_asks_is_of_the_subset() -> None:
    for table in (AI_EVENTS, TOOL_EVENTS):
        rolled = rolled_up_statement(table, "team", "2026-01-01", "2026-01-02")
        assert faults(rolled.sql) == []
        statement = unpriced_statement(
            table, "team", [("2026-01-01", "2026-01-02"), ("2026-02-01", "2026-02-01")]
        )
        assert faults(statement.sql) == []
        assert statement.sql.count("?") == len(statement.params)


WHERE = "from ai_events where team = ? and day between ? and ?"


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("select 1 as x from ai_events where day = ?", "not restricted to a team"),
        ("select 1 as x from ai_events where team = ? or day = ?", "not restricted to a team"),
        (
            "select 1 as x from ai_events where team in (model) and day = ?",
            "not restricted to a team",
        ),
        ("select 1 as x from ai_events where team = ? and model = ?", "not restricted by day"),
        (
            f"select 1 as x from (select model from ai_events) {WHERE[14:]}",
            "not restricted to a team",
        ),
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
