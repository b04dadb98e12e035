"""Instants: UTC epoch milliseconds inside, ISO 8601 with milliseconds and Z outside."""

import re
import time
from datetime import UTC, datetime
from functools import lru_cache

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
"""In milliseconds."""
_FRACTION = re.compile(r"(\.\d{6})\d+")


def now_ms() -> int:
    """The present, in UTC epoch milliseconds."""
    return time.time_ns() // 1_000_000


def iso(ms: int) -> str:
    """2026-01-01T00:00:00.000Z"""
    seconds, rest = divmod(ms, 1_000)
    return f"{_second(seconds)}.{rest:03d}Z"


def day_of(ms: int) -> str:
    """The UTC day of an instant, YYYY-MM-DD."""
    return _second(ms // DAY * 86_400)[:10]


@lru_cache(maxsize=4_096)
def _second(seconds: int) -> str:
    """Remembered, because strftime asks the system for the time zone file at every call."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def day_start(day: str) -> int:
    """The first millisecond of a UTC day."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1_000


def parse_instant(text: str) -> int:
    """Epoch milliseconds of an ISO 8601 instant with Z or an offset; without either it is UTC.
    Raises ValueError.

    Digits beyond microseconds are cut, as some clients send nine.
    """
    moment = datetime.fromisoformat(_FRACTION.sub(r"\1", text.strip()))
    return millis(moment)


def millis(moment: datetime) -> int:
    """Epoch milliseconds of a datetime; a naive one is UTC. Integer arithmetic: floats lose the
    last digit."""
    delta = moment - (_EPOCH if moment.tzinfo else _NAIVE_EPOCH)
    return delta.days * DAY + delta.seconds * SECOND + delta.microseconds // 1_000


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)
