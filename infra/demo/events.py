"""Demo calls as bodies of POST /meter/v2/ai/completions, from a seeded generator: the same arguments, the same calls.

A month of them shows what reports are for: working days and nights, one customer that grows fast and one that leaves, a
nightly batch, long contexts from the cache, failures and their retries, models without a price, and nine days before the
end a loop that multiplies one customer's bill.
"""

import math
from collections.abc import Iterator
from random import Random
from typing import Any

from chalicelib.kit.clock import DAY, HOUR, iso
from infra.demo.cast import AGENTS, ANOMALY, CUSTOMERS, MODELS, Agent, Customer, Model

Body = dict[str, Any]

_BY_HOUR = (2, 1, 1, 1, 2, 4, 8, 16, 28, 36, 38, 36, 30, 34, 38, 37, 33, 26, 18, 12, 9, 7, 5, 3)
"""Traffic by hour of the UTC day, of a company in Europe with some customers in America."""
_WEEKEND = 0.22
_ANOMALY_DAYS_AGO = 9
_LOOP = 0.35
"""Share of the anomaly day's traces that are the loop; each has its calls and its context tripled."""
_FAILURES = ((429, "Rate limit reached"), (500, "Internal server error"), (529, "Overloaded"))


def events(until: int, *, days: int = 30, count: int = 20_000, seed: int = 20_26) -> Iterator[tuple[int, Body]]:
    """`count` calls of the `days` before the instant `until` (UTC epoch ms), oldest first, as (request instant, body)."""
    rng = Random(seed)  # noqa: S311 - believable, not secret
    hours = [until - offset * HOUR for offset in range(days * 24, 0, -1)]
    weights = [_busy(hour) * (1 + 0.5 * position / len(hours)) for position, hour in enumerate(hours)]
    calls: list[tuple[int, Body]] = []
    while len(calls) < count:
        (hour,) = rng.choices(hours, weights)
        calls.extend(_trace(rng, hour + rng.randrange(HOUR), until, days))
    calls.sort(key=lambda call: (call[0], call[1]["transactionId"]))
    yield from (call for call in calls[:count] if call[0] < until)


def _busy(instant: int) -> float:
    weekday = (instant // DAY + 3) % 7  # 1970-01-01 was a Thursday
    return _BY_HOUR[instant % DAY // HOUR] * (_WEEKEND if weekday >= 5 else 1.0)
