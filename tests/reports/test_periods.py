"""Windows by a word: where they begin."""

from datetime import UTC, datetime

import pytest

from chalicelib.kit.clock import DAY, HOUR, millis
from chalicelib.kit.windows import Interval, Window
from chalicelib.reports.periods import Period, bucket_of


def at(*moment: int) -> int:
    year, month, day, *rest = moment
    return millis(datetime(year, month, day, *rest, tzinfo=UTC))


@pytest.mark.parametrize(
    ("period", "now", "start"),
    [
        (Period.SIX_MONTHS, at(2026, 8, 31, 9), at(2026, 2, 28, 9)),
        (Period.SIX_MONTHS, at(2024, 8, 31), at(2024, 2, 29)),
        (Period.TWELVE_MONTHS, at(2026, 1, 5, 7), at(2025, 1, 5, 7)),
        (Period.TWELVE_MONTHS, at(2024, 2, 29), at(2023, 2, 28)),
        (Period.SIX_MONTHS, at(2026, 6, 1), at(2025, 12, 1)),
        (Period.THIRTY_DAYS, at(2026, 3, 1), at(2026, 1, 30)),
        (Period.HOUR, at(2026, 3, 1), at(2026, 2, 28, 23)),
    ],
)
def test_a_period_ends_now_and_begins_at_the_same_time_of_its_first_day(
    period: Period, now: int, start: int
) -> None:
    assert period.window(now) == Window(start, now)


@pytest.mark.parametrize(
    ("length", "interval"),
    [
        (HOUR, Interval.FIVE_MINUTES),
        (HOUR + 1, Interval.HALF_HOUR),
        (8 * HOUR, Interval.HALF_HOUR),
        (DAY, Interval.HOUR),
        (7 * DAY, Interval.HALF_DAY),
        (92 * DAY, Interval.DAY),
        (92 * DAY + 1, Interval.MONTH),
    ],
)
def test_a_window_as_long_as_a_bar_is_still_cut_finely(length: int, interval: Interval) -> None:
    assert bucket_of(Window(0, length)) is interval
