"""Evidence: what stands behind advice, asked for all of it at once: what its calls cost a day, and
which were the dearest.

A call is behind the first advice whose slice it is in, in the order of the claims. So no call is
behind two advices that claim money. Those that tell of a risk claim none, and are asked one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chalicelib.lake.sql import Sql, join_sql
from chalicelib.ports.engine import Result, Value
from chalicelib.recommendations.facets import Facets
from chalicelib.recommendations.habits import Statement
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.surveys import Survey
from chalicelib.reports.metrics import integer

MOST_CALLS = 20
"""Calls that an advice names, the dearest."""


@dataclass(slots=True)
class Evidence:
    """By day (YYYY-MM-DD) what calls cost, nano-USD, and how many there were; and the event ids of
    the dearest."""

    days: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)


def gather(survey: Survey, slices: Sequence[Slice]) -> list[Evidence]:
    """The evidence of each of some slices, whose calls are taken in their order. Raises
    EngineBusy."""
    found = [Evidence() for _ in slices]
    if all(each.is_empty for each in slices):
        return found
    facets = Facets()
    for number, day, cost, count in _rows(survey.ask_calls(_ask_days(facets, slices))):
        evidence = found[integer(number) or 0]
        evidence.days[str(day)] = integer(cost) or 0
        evidence.counts[str(day)] = integer(count) or 0
    for number, event, _ in _rows(survey.ask_calls(_ask_dearest(facets, slices))):
        found[integer(number) or 0].calls.append(str(event))
    return found


def daily(survey: Survey, evidence: Evidence) -> Sequence[int]:
    """What its calls cost on each day of the period, nano-USD, days without calls included; how
    many there were where none of them has a cost."""
    figures = evidence.days if any(evidence.days.values()) else evidence.counts
    return [figures.get(day, 0) for day in survey.window.days()]


def _assign(facets: Facets, slices: Sequence[Slice]) -> Sql:
    """The number of the first slice that a call is in; null when it is in none."""
    cases: list[Sql] = []
    for number, each in enumerate(slices):
        cases.append(Sql(" when ") + each.condition(facets) + Sql(f" then {number}"))
    return Sql("case") + join_sql("", cases) + Sql(" else null end")


def _ask_days(facets: Facets, slices: Sequence[Slice]) -> Statement:
    def wrap(events: Sql) -> Sql:
        head = Sql("select advice, day, cast(coalesce(sum(cost_nano), 0) as bigint) as cost, ")
        head += Sql("count(*) as calls from (")
        inner = Sql("select day, cost_nano, ") + _assign(facets, slices)
        rows = inner + Sql(" as advice from ") + events
        return head + rows + Sql(") where advice is not null group by 1, 2")

    return wrap


def _ask_dearest(facets: Facets, slices: Sequence[Slice]) -> Statement:
    def wrap(events: Sql) -> Sql:
        order = "order by coalesce(cost_nano, 0) desc, event_id"
        inner = Sql("(select event_id, cost_nano, ") + _assign(facets, slices)
        inner += Sql(" as advice from ") + events + Sql(")")
        ranked = Sql("(select advice, event_id, cost_nano, ")
        ranked += Sql(f"row_number() over (partition by advice {order}) as place from ") + inner
        ranked += Sql(" where advice is not null)")
        shown = Sql("select advice, event_id, place from ")
        return shown + ranked + Sql(f" where place <= {MOST_CALLS} order by 1, 3")

    return wrap


def _rows(result: Result | None) -> Sequence[tuple[Value, ...]]:
    return result.rows if result else ()
