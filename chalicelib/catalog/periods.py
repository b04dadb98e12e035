"""Billing periods: steps of days, months or years from an anchor. Instants are UTC epoch
milliseconds."""

from calendar import monthrange
from datetime import MAXYEAR, UTC, datetime, timedelta

from chalicelib.kit.clock import DAY, MINUTE, millis

_LENGTHS = {"DAY": DAY, "TEST_MINUTE": MINUTE, "TEST_MINUTE_WITH_SYNTHETIC_METERING": MINUTE}
_MONTHS = {"MONTH": 1, "YEAR": 12}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = millis(datetime(MAXYEAR, 12, 31, tzinfo=UTC))


def add_units(anchor: int, unit: str, count: int) -> int:
    """The instant `count` units after the anchor, at most the last day of the year 9999.

    A month ends on its last day where the anchor's does not exist: the 31st of January and one
    month is the 28th or 29th of February, two months the 31st of March.
    """
    if unit in _LENGTHS:
        return min(anchor + count * _LENGTHS[unit], LAST)
    moment = _EPOCH + timedelta(milliseconds=anchor)
    year, month = divmod(moment.year * 12 + moment.month - 1 + count * _MONTHS[unit], 12)
    if year > MAXYEAR:
        return LAST
    day = min(moment.day, monthrange(year, month + 1)[1])
    return millis(moment.replace(year=year, month=month + 1, day=day))


def find_period(anchor: int, unit: str | None, count: int, now: int) -> tuple[int, int] | None:
    """The period that holds the instant `now`: its begin and its end, which is the next one's
    begin. Periods last `count` units and begin at the anchor; before it, the first one is answered.
    None for a unit that does not repeat."""
    if unit not in _LENGTHS and unit not in _MONTHS:
        return None
    steps = max(_units(anchor, unit, now), 0) // count
    if steps and add_units(anchor, unit, steps * count) > now:
        steps -= 1
    return add_units(anchor, unit, steps * count), add_units(anchor, unit, (steps + 1) * count)


def _units(anchor: int, unit: str, now: int) -> int:
    """How many units lie between two instants, rounded down; of months and years only the calendar
    month counts, not the day in it, so the answer may be one too many."""
    if unit in _LENGTHS:
        return (now - anchor) // _LENGTHS[unit]
    begin, end = (_EPOCH + timedelta(milliseconds=instant) for instant in (anchor, now))
    return ((end.year - begin.year) * 12 + end.month - begin.month) // _MONTHS[unit]
