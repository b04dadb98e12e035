"""What the usage dashboards are declared with: what users, models and organizations used, whether a
flat plan covers it or not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import Field

from chalicelib.lake.dimensions import MODEL, ORGANIZATION, USER, Dimension
from chalicelib.reports.parameters import Instant
from chalicelib.reports.periods import Period, PeriodQuery

_EACH_USER = replace(USER, absent="UNCLASSIFIED")
"""Calls of nobody are a group of their own here."""
_EACH_MODEL = replace(MODEL, others="Other models")


@dataclass(frozen=True, slots=True)
class UsageReport:
    """One dashboard, at …/sources/metrics/ai/trace-<slug> and …/ai/traces/<slug>.

    `by` None: all that was used, without groups. `member` is what the wire calls the name of a
    group in a table, `identity` what it calls its id, where it has one. `by_models`: each row tells
    the models behind it.
    """

    slug: str
    operation: str
    label: str
    by: Dimension | None
    member: str = ""
    identity: str = ""
    by_models: bool = False
    over_time: bool = False


class UsageQuery(PeriodQuery):
    """What a usage dashboard may be asked."""

    teamId: str = Field(min_length=1)
    period: Period = Period.THIRTY_DAYS
    agent: str | None = Field(None, max_length=255, description="the only agent that counts")
    start: Instant | None = Field(None, description="the first instant, together with end")
    end: Instant | None = Field(None, description="the last instant, together with start")

    @property
    def ends(self) -> tuple[tuple[str, int | None], tuple[str, int | None]]:
        """Both ends of the window, by the parameters that tell them."""
        first, last = super().ends
        if self.start is None and self.end is None:
            return first, last
        return (
            first if self.start is None and first[1] is not None else ("start", self.start),
            last if self.end is None and last[1] is not None else ("end", self.end),
        )


USAGE_REPORTS: Sequence[UsageReport] = (
    UsageReport(
        "metrics-by-user",
        "get_trace_metrics_by_user",
        "Usage by user",
        _EACH_USER,
        "userEmail",
        by_models=True,
    ),
    UsageReport(
        "metrics-by-model", "get_trace_metrics_by_model", "Usage by model", _EACH_MODEL, "model"
    ),
    UsageReport(
        "metrics-by-organization",
        "get_trace_metrics_by_organization",
        "Usage by organization",
        ORGANIZATION,
        "organizationName",
        "organizationId",
    ),
    UsageReport(
        "user-metrics-over-time",
        "get_trace_user_metrics_over_time",
        "Usage by user",
        _EACH_USER,
        over_time=True,
    ),
    UsageReport(
        "model-metrics-over-time",
        "get_trace_model_metrics_over_time",
        "Usage by model",
        _EACH_MODEL,
        over_time=True,
    ),
    UsageReport(
        "organization-metrics-over-time",
        "get_trace_organization_metrics_over_time",
        "Usage by organization",
        ORGANIZATION,
        over_time=True,
    ),
    UsageReport(
        "tokens-over-time", "get_trace_tokens_over_time", "Tokens used", None, over_time=True
    ),
)
