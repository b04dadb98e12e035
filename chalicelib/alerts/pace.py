"""Pace: how the use of a budget stands to a straight line, and where it goes.

The forecast carries the run rate since the accumulation began on in a straight line; it says
nothing before a hundredth of the window is over.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from chalicelib.alerts.progress_schemas import PaceStatus
from chalicelib.kit.clock import DAY, day_of
from chalicelib.reports.measures import plain

_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
_DIGITS = Decimal("1e-9")
_TOLERANCE = Decimal("0.05")
"""Of the threshold: so near to the line is on track."""
_LEAST_PART = 100


@dataclass(frozen=True, slots=True)
class Span:
    """A period (UTC epoch ms, `end` exclusive) at an instant in it; use counts from `since` on."""

    start: int
    end: int
    since: int
    now: int

    @property
    def elapsed(self) -> int:
        """How long use has counted by now."""
        return min(max(self.now, self.since), self.end) - self.since


@dataclass(frozen=True, slots=True)
class Pace:
    """What a straight line would have used by now, and how far use is ahead of that."""

    expected: Decimal
    delta: Decimal
    status: PaceStatus


@dataclass(frozen=True, slots=True)
class Forecast:
    """Use a day so far, use at the end of the period, and the day (YYYY-MM-DD) on which it reaches
    the threshold: None when that is after the end, or was before now."""

    per_day: Decimal
    end_value: Decimal
    is_exhausted: bool
    exhausted_on: str | None


def compare_pace(value: Decimal, threshold: Decimal, span: Span) -> Pace:
    """The pace of a budget."""
    passed = min(max(span.now - span.start, 0), span.end - span.start)
    expected = _part(threshold, passed, span.end - span.start)
    delta = value - expected
    if abs(delta) <= _TOLERANCE * abs(threshold):
        status = PaceStatus.ON_TRACK
    else:
        status = PaceStatus.AHEAD if delta > 0 else PaceStatus.BEHIND
    return Pace(expected, plain(delta), status)


def forecast(value: Decimal, threshold: Decimal, span: Span) -> Forecast | None:
    """The forecast of a budget; None while it is too early for one."""
    elapsed, whole = span.elapsed, span.end - span.since
    if elapsed <= 0 or elapsed * _LEAST_PART < whole:
        return None
    is_exhausted = value >= threshold
    day = None
    if not is_exhausted and value > 0:
        exact = _EXACT.divide(threshold * elapsed, value)
        reached = span.since + int(exact.to_integral_value(rounding="ROUND_CEILING"))
        day = day_of(reached) if reached < span.end else None
    return Forecast(
        per_day=_part(value, DAY, elapsed),
        end_value=_part(value, whole, elapsed),
        is_exhausted=is_exhausted,
        exhausted_on=day,
    )


def _part(value: Decimal, over: int, under: int) -> Decimal:
    """A value times a fraction, at nine decimals."""
    exact = _EXACT.divide(_EXACT.multiply(value, Decimal(over)), Decimal(under))
    return plain(exact.quantize(_DIGITS, context=_EXACT))
