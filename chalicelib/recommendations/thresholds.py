"""Thresholds: from where on something is waste. Each may be set for a deployment, by the JSON text
of the setting `insight_thresholds`."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.http.validation import faults_of
from chalicelib.kit.settings import Settings


class ThresholdsInvalid(MeterlakeError):
    """The deployment's thresholds cannot be read (500)."""

    problem = "MISSING_CONFIG"


class Thresholds(BaseModel):
    """What the investigators go by. Shares are between 0 and 1, money is in USD."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_usd_a_month: float = Field(1.0, ge=0)
    """Less than this is no advice, unless it tells of a risk."""
    least_share: float = Field(0.005, ge=0, le=1)
    """Nor is less than this share of the spend."""
    least_calls: int = Field(50, ge=1)
    """Fewer calls of a kind show nothing."""
    most_findings: int = Field(50, ge=1, le=50)
    """How many findings, the largest first, are made into advice."""
    loop_repeats: int = Field(10, ge=1)
    """So many prompts of one size may an agent send in a trace; more are a loop."""
    loop_least_tokens: int = Field(100, ge=0)
    """Smaller prompts are of one size by chance."""
    cache_life_ms: int = Field(300_000, ge=1)
    """How long a cached prompt lives: 5 minutes from its last use (Anthropic, "Prompt caching":
    "refreshed for no additional cost each time the cached content is used"; OpenAI: 5 to 10 minutes
    of inactivity)."""
    cache_least_tokens: int = Field(1_024, ge=1)
    """The smallest prompt that is cached (OpenAI and Anthropic: 1,024 for most models)."""
    cache_prefix_share: float = Field(0.5, gt=0, le=1)
    """How much of the smallest prompts of a task is believed to be the same text."""
    cache_share: float = Field(0.05, ge=0, le=1)
    """Prompts of which more than this is read from a cache are cached already."""
    unused_ratio: int = Field(2, ge=1)
    """An answer that is so many times as long as all that the next call took in is not used."""
    unused_least_tokens: int = Field(500, ge=1)
    """Shorter answers are not looked at."""
    batch_hours: int = Field(6, ge=1, le=23)
    """Work of which `batch_share` is done within so many hours of the day is scheduled work."""
    batch_share: float = Field(0.95, gt=0, le=1)
    batch_days: int = Field(5, ge=1)
    """Work of fewer days is no habit."""
    success_margin: float = Field(0.02, ge=0, le=1)
    """A cheaper model may fail so much more often and still count as equally good."""
    error_factor: float = Field(2.0, gt=1)
    """An error share of so many times the team's is far above it."""
    error_least_failures: int = Field(20, ge=1)
    concentration_share: float = Field(0.6, gt=0, le=1)
    """One of `concentration_groups` or more that has more than this of the spend."""
    concentration_groups: int = Field(4, ge=2)
    unpriced_share: float = Field(0.01, ge=0, le=1)
    untagged_share: float = Field(0.1, ge=0, le=1)
    seat_days: int = Field(30, ge=1, le=92)
    """A seat is not used when nobody is seen on it for so many days."""
    unmetered_share: float = Field(0.05, ge=0, le=1)
    """From this share of a bill on, and from `unmetered_usd`, what was not metered is told."""
    unmetered_usd: float = Field(1.0, ge=0)


def read_thresholds(settings: Settings) -> Thresholds:
    """The thresholds of a deployment. Raises ThresholdsInvalid, which names every bad one."""
    try:
        return Thresholds.model_validate_json(settings.insight_thresholds)
    except ValidationError as error:
        told = "; ".join(f"{each.field}: {each.message}" for each in faults_of(error))
        raise ThresholdsInvalid(f"insight_thresholds are not set right: {told}") from error
