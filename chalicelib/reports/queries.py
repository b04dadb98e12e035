"""What a caller of a report may ask: the query parameters, checked."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from chalicelib.kit.clock import DAY, parse_instant
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.pages import PageRequest
from chalicelib.kit.windows import Window
from chalicelib.reports.measures import Measure

_FIRST, _LAST = parse_instant("1970-01-01"), parse_instant("2100-01-01")


def _instant(value: Any) -> int:  # noqa: ANN401 - whatever the caller sent
    try:
        instant = parse_instant(str(value))
    except ValueError as error:
        raise ValueError("not an ISO 8601 instant such as 2026-01-31T00:00:00.000Z") from error
    if not _FIRST <= instant < _LAST:
        raise ValueError("not between the years 1970 and 2099")
    return instant


Instant = Annotated[int, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
"""ISO 8601 outside, UTC epoch milliseconds inside."""
CostSource = Literal["revenium_metered", "provider_billing"]


class TeamQuery(BaseModel):
    """What every analytics operation takes."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, defer_build=True)

    team_id: str | None = None


class ReportQuery(TeamQuery):
    """Parameters of every report. Both ends of the window are inclusive."""

    start_date: Instant | None = None
    end_date: Instant | None = None
    metric_type: Measure = Measure.SUM
    page: Annotated[int, Field(ge=0)] | None = 0
    size: int = Field(default=20, ge=1, le=100)

    def window(self, now: int) -> Window:
        """The window asked for: until now, from a day before its end, unless it says otherwise. Raises Invalid."""
        end = now if self.end_date is None else self.end_date
        start = max(_FIRST, end - DAY) if self.start_date is None else self.start_date
        if start > end:
            message = "startDate is after endDate"
            raise Invalid(message, faults=[Fault("startDate", message, "DATE_RANGE")])
        return Window(start, end)

    def page_request(self) -> PageRequest:
        """The page asked for."""
        return PageRequest(self.page or 0, self.size)


class SourceQuery(ReportQuery):
    """Reports that can be narrowed to cost sources."""

    cost_source: list[CostSource] = []


class AgentQuery(SourceQuery):
    """Reports that can be narrowed to agents, by exact name."""

    agents: list[str] = []


class ProductQuery(SourceQuery):
    """Reports that can be narrowed to products, by exact name."""

    products: list[str] = []


class ModelQuery(ReportQuery):
    """Reports that can be narrowed to models and providers, by exact name; both must match."""

    models: list[str] = []
    providers: list[str] = []
