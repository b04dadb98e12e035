"""Periods: how long the windows of rules are."""

from collections.abc import Mapping

from chalicelib.alerts.vocabulary import AlertPeriod
from chalicelib.kit.clock import DAY, HOUR, MINUTE

LENGTHS: Mapping[AlertPeriod, int] = {
    AlertPeriod.ONE_MINUTE: MINUTE,
    AlertPeriod.FIVE_MINUTES: 5 * MINUTE,
    AlertPeriod.FIFTEEN_MINUTES: 15 * MINUTE,
    AlertPeriod.THIRTY_MINUTES: 30 * MINUTE,
    AlertPeriod.ONE_HOUR: HOUR,
    AlertPeriod.TWELVE_HOURS: 12 * HOUR,
    AlertPeriod.TWENTY_FOUR_HOURS: DAY,
    AlertPeriod.SEVEN_DAYS: 7 * DAY,
    AlertPeriod.THIRTY_DAYS: 30 * DAY,
    AlertPeriod.DAILY: DAY,
    AlertPeriod.WEEKLY: 7 * DAY,
    AlertPeriod.MONTHLY: 30 * DAY,
    AlertPeriod.QUARTERLY: 90 * DAY,
}
"""Of a rolling window, and of the time that a condition must hold, in milliseconds."""
EVALUATED = (
    AlertPeriod.FIFTEEN_MINUTES,
    AlertPeriod.THIRTY_MINUTES,
    AlertPeriod.ONE_HOUR,
    AlertPeriod.TWELVE_HOURS,
    AlertPeriod.DAILY,
    AlertPeriod.WEEKLY,
    AlertPeriod.MONTHLY,
    AlertPeriod.THIRTY_DAYS,
    AlertPeriod.QUARTERLY,
)
"""What the window of a rule may be."""
CALENDAR = (
    AlertPeriod.DAILY,
    AlertPeriod.WEEKLY,
    AlertPeriod.MONTHLY,
    AlertPeriod.QUARTERLY,
)
"""What the window of a budget may be."""
HOURS = frozenset(each for each, length in LENGTHS.items() if length < DAY)
"""Those that are shorter than a day."""
BILLED = (AlertPeriod.DAILY, AlertPeriod.WEEKLY, AlertPeriod.MONTHLY)
"""What the window of a rule on providers' bills may be."""
