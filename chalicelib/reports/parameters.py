"""What a caller of a report may ask: the query parameters, checked."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model
from pydantic.alias_generators import to_camel

from chalicelib.kit.clock import DAY, parse_instant
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.pages import PageRequest
from chalicelib.kit.windows import Window
from chalicelib.reports.declarations import Filter, Report
from chalicelib.reports.measures import Measure

_FIRST, _LAST = parse_instant("1970-01-01"), parse_instant("2100-01-01")
_MOST_DAYS = 3_660
"""Ten years and the leap days in them: the states of the days are read one by one."""
_MOST_VALUES = 100
"""Of one filter; a statement must stay shorter than Athena takes."""


def _instant(value: Any) -> int:  # noqa: ANN401 - whatever the caller sent
    try:
        instant = parse_instant(str(value))
    except ValueError as error:
        raise ValueError("not an ISO 8601 instant such as 2026-01-31T00:00:00.000Z") from error
    if not _FIRST <= instant < _LAST:
        raise ValueError("not between the years 1970 and 2099")
    return instant


Instant = Annotated[
    int, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""ISO 8601 outside, UTC epoch milliseconds inside."""


class AnalyticsQuery(BaseModel):
    """What every analytics operation takes."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, defer_build=True, allow_inf_nan=False
    )

    team_id: str | None = None


class WindowQuery(AnalyticsQuery):
    """Parameters of every report. Both ends of the window are inclusive."""

    start_date: Instant | None = None
    end_date: Instant | None = None
    page: Annotated[int, Field(ge=0)] | None = 0
    size: int = Field(default=20, ge=1, le=100)

    def window(self, now: int) -> Window:
        """The window asked for. Raises Invalid."""
        return window_of(self.start_date, self.end_date, now)

    def page_request(self) -> PageRequest:
        """The page asked for."""
        return PageRequest(self.page or 0, self.size)


def window_of(
    start_date: int | None,
    end_date: int | None,
    now: int,
    names: tuple[str, str] = ("startDate", "endDate"),
) -> Window:
    """The window between two instants: until now, from a day before its end, unless they say
    otherwise. `names` are the parameters that tell them.

    Raises Invalid.
    """
    first, last = names
    end = now if end_date is None else end_date
    start = max(_FIRST, end - DAY) if start_date is None else start_date
    if start > end:
        raise _bad_range(first, f"{first} is after {last}")
    if end - start > _MOST_DAYS * DAY:
        raise _bad_range(first, f"{first} is more than {_MOST_DAYS} days before {last}")
    return Window(start, end)


def _bad_range(field: str, message: str) -> Invalid:
    return Invalid(message, faults=[Fault(field, message, "DATE_RANGE")])


class ReportQuery(WindowQuery):
    """Parameters of the reports that show one cost of each group."""

    metric_type: Measure = Measure.SUM


def query_of(report: Report) -> type[WindowQuery]:
    """The parameters of a report, as its declaration says. Reports that take the same share one
    model."""
    choice = report.choice and (
        report.choice.parameter,
        report.choice.default,
        tuple(report.choice.options),
    )
    return _model(report.asked, report.filters, choice, tuple(report.parameters.items()))


Options = tuple[str, str, tuple[str, ...]]


@cache
def _model(
    measure: Measure | None,
    filters: tuple[Filter, ...],
    choice: Options | None,
    parameters: tuple[tuple[str, type], ...],
) -> type[WindowQuery]:
    """`measure` is the default of metricType; None: there is no such parameter."""
    members: dict[str, Any] = {each.parameter: _values(each) for each in filters}
    members |= {name: (kind | None, None) for name, kind in parameters}
    words = [name[0].upper() + name[1:] for name in members]
    if choice:
        parameter, default, options = choice
        members[parameter] = (Literal.__getitem__(options), default)
        words.append(parameter[0].upper() + parameter[1:])
    if measure is None:
        return create_model("".join(words) + "WindowQuery", __base__=WindowQuery, **members)
    if measure is not Measure.SUM:
        members["metric_type"] = (Measure, measure)
        words.append(measure.capitalize())
    if not members:
        return ReportQuery
    return create_model("".join(words) + "Query", __base__=ReportQuery, **members)


def _values(each: Filter) -> tuple[Any, Any]:
    kind: Any = Literal.__getitem__(each.options) if each.options else str
    return Annotated[list[kind], Field(max_length=_MOST_VALUES)], list(each.default)
