"""Quality: the facts `quality_rate` that were measured of jobs."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.jobs.records import Job, created_between
from chalicelib.kit.clock import DAY
from chalicelib.kit.windows import Window
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.measures import plain

_KEY = "quality_rate"
_LATE = 30 * DAY
"""A job that is older than that when its quality is measured is not looked at."""
_DIGITS = Decimal("1e-18")


@dataclass(frozen=True, slots=True)
class Quality:
    """The mean quality in percent, None where nothing was measured, and of how many facts."""

    rate: Decimal | None
    samples: int


def read_quality(world: World, team: Scope, job_type: str, window: Window) -> Quality:
    """The quality that was measured in a window, of the jobs of a type. Raises TooMany."""

    def is_of_type(job: Job) -> bool:
        return (job.type or "") == job_type

    jobs = created_between(world, team, window.start - _LATE, window.end, is_of_type)
    values = [value for job in jobs for value in _measured_in(job, window)]
    if not values:
        return Quality(None, 0)
    mean = 100 * sum(values, Decimal(0)) / len(values)
    return Quality(plain(mean.quantize(_DIGITS)), len(values))


def _measured_in(job: Job, window: Window) -> Iterator[Decimal]:
    for fact in job.active_facts:
        if fact.key == _KEY and window.start <= fact.recorded_at <= window.end:
            yield fact.value
