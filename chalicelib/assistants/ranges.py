"""Ranges of UTC days that reports are asked for."""

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.errors import Invalid
from chalicelib.resources.schemas import TeamQuery

_USUAL_DAYS = 30
UtcDay = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]


class RangeQuery(TeamQuery):
    """The last thirty days, unless it is asked for others."""

    startDate: UtcDay | None = Field(None, description="first UTC day; 29 days before endDate")
    endDate: UtcDay | None = Field(None, description="last UTC day, inclusive; today")

    def days(self, now: int) -> tuple[str, str]:
        """The first and the last day, YYYY-MM-DD, at the instant `now` (UTC epoch ms)."""
        last = self.endDate.isoformat() if self.endDate else day_of(now)
        if self.startDate:
            return self.startDate.isoformat(), last
        return day_of(day_start(last) - (_USUAL_DAYS - 1) * DAY), last


def check_range(first: str, last: str, most: int, *, fields: tuple[str, str]) -> None:
    """Raises Invalid for days in the wrong order, and for more than `most`."""
    if first > last:
        raise Invalid(f"{fields[0]}: is after {fields[1]}", field=fields[0])
    if (day_start(last) - day_start(first)) // DAY >= most:
        raise Invalid(f"{fields[0]}: a range has {most} days at most", field=fields[0])
