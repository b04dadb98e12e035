"""What squads may be asked: the query parameters, checked."""

from collections.abc import Mapping

from pydantic import Field

from chalicelib.kit.windows import Window
from chalicelib.reports.parameters import Instant
from chalicelib.reports.periods import Period, PeriodQuery
from chalicelib.resources.hal import parse_sort
from chalicelib.resources.schemas import PageQuery, TeamNeeded

_ORDER = "property or property,asc|desc"


class SquadQuery(TeamNeeded):
    """A span of time that ends now."""

    period: Period = Field(Period.THIRTY_DAYS, description="a look back from now")

    def window(self, now: int) -> Window:
        """The window that is asked for, at `now` (UTC epoch ms)."""
        return self.period.window(now)


class GroupQuery(SquadQuery, PageQuery):
    """A page of groups."""

    teamId: str = Field(min_length=1)
    page: int = Field(0, ge=0, le=10**9, description="zero-based")
    size: int = Field(20, ge=1, description="above 100 is served as 100")
    sort: list[str] = Field(["lastExecutionTime,desc"], description=_ORDER)


class GroupExecutionQuery(SquadQuery, PageQuery):
    """A page of executions of one group."""

    teamId: str = Field(min_length=1)
    page: int = Field(0, ge=0, le=10**9, description="zero-based")
    size: int = Field(20, ge=1, description="above 100 is served as 100")
    sort: list[str] = Field(["startTime,desc"], description=_ORDER)


class ExecutionQuery(GroupExecutionQuery):
    """A page of executions."""

    squadName: str | None = Field(None, max_length=255, description="in any letter case")
    status: str | None = Field(None, max_length=255, description="SUCCESS, PARTIAL or FAILED")
    startDate: Instant | None = Field(None, description="the first instant, with endDate")
    endDate: Instant | None = Field(None, description="the last instant, with startDate")

    def window(self, now: int) -> Window:
        """The window that is asked for, at `now` (UTC epoch ms). Raises Invalid, see
        PeriodQuery."""
        return PeriodQuery.model_construct(
            period=self.period, startDate=self.startDate, endDate=self.endDate
        ).window(now)


def order_by(query: PageQuery, columns: Mapping[str, str], noun: str, key: str) -> str:
    """The order of rows in SQL that `sort` asks for; `columns` are those by member, `key` tells
    rows apart that are equal in it. Raises Invalid."""
    words: list[str] = []
    for member, descending in parse_sort(query.sort, columns, noun):
        words.append(f"{columns[member]} {'desc' if descending else 'asc'} nulls last")
    return ", ".join([*words, key])
