"""Periods of bills: whole UTC days."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.kit.clock import DAY, day_of, day_start, parse_instant
from chalicelib.kit.days import list_days
from chalicelib.kit.errors import Fault, Invalid

CUSTOM = "custom"
NAMED = {"24h": 1, "7d": 7, "30d": 30, "90d": 90}
"""Days, today among them."""
MOST_DAYS = 400
_SETTLED_AFTER = 2
"""Days after which a provider is taken to have told all of a day."""


@dataclass(frozen=True, slots=True)
class Period:
    """UTC days from the first to the last, YYYY-MM-DD, both inclusive."""

    first: str
    last: str

    @property
    def days(self) -> Sequence[str]:
        """All of them, oldest first."""
        return list_days(self.first, self.last)

    @property
    def before(self) -> "Period":
        """The period of equal length that ends the day before it."""
        start = day_start(self.first)
        return Period(day_of(start - len(self.days) * DAY), day_of(start - DAY))


def last_settled(now: int) -> str:
    """The newest UTC day that providers are not expected to change any more."""
    return day_of(now - _SETTLED_AFTER * DAY)


def period_of(name: str, start: str | None, end: str | None, now: int) -> Period:
    """The days of a named period, or of a custom one, of whose instants the UTC day counts. Without
    a name (empty) it is a custom one where an instant is given, else 30 days.

    Raises Invalid, with all faults at once.
    """
    period = name.strip().lower() or (CUSTOM if start or end else "30d")
    if period in NAMED:
        today = day_of(now)
        return Period(day_of(day_start(today) - (NAMED[period] - 1) * DAY), today)
    if period != CUSTOM:
        options = [*NAMED, CUSTOM]
        fault = Fault("period", f"one of {', '.join(options)}", received=name, options=options)
        raise Invalid("there is no such period", faults=[fault])
    faults: list[Fault] = []
    days = [_day("startDate", start, faults), _day("endDate", end, faults)]
    if not faults and days[0] > days[1]:
        faults.append(Fault("startDate", "is after endDate", "DATE_RANGE"))
    elif not faults and day_start(days[1]) - day_start(days[0]) >= MOST_DAYS * DAY:
        faults.append(
            Fault("startDate", f"more than {MOST_DAYS} days before endDate", "DATE_RANGE")
        )
    if faults:
        raise Invalid("the period cannot be read", faults=faults)
    return Period(days[0], days[1])


def check_alone(name: str, start: str | None, end: str | None) -> None:
    """Raises Invalid for a named period beside instants, which would say another one."""
    if (start or end) and name in NAMED:
        message = f"{name} does not go with startDate and endDate: leave it out, or say {CUSTOM}"
        raise Invalid(f"period: {message}", faults=[Fault("period", message, received=name)])


def _day(name: str, text: str | None, faults: list[Fault]) -> str:
    if not text:
        faults.append(Fault(name, "is needed when period is custom"))
        return ""
    try:
        day = day_of(parse_instant(text))
    except (ValueError, OverflowError):
        faults.append(Fault(name, "not an ISO 8601 instant or day", received=text))
        return ""
    return day
