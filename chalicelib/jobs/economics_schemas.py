"""Economics of job types on the wire."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.jobs.schemas import FactKey, Number, Text64, Text255
from chalicelib.resources.schemas import Wire

_MOST_METRICS, _MOST_DIMENSIONS, _MOST_VALUES = 50, 20, 200
Usd = Literal["USD"]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]


class DeclaredMetric(Wire):
    """What is measured of jobs of a type: of each (PER_JOB), or of all that ended in a period
    (PERIOD)."""

    key: FactKey
    type: Text64 = Field(
        "COUNT", description="COUNT, MONEY, DURATION, SCORE or another kind of number"
    )
    direction: Literal["HIGHER_IS_BETTER", "LOWER_IS_BETTER"] = "HIGHER_IS_BETTER"
    aggregation: Text64 = Field("SUM", description="how values of several jobs make one")
    resolution: Literal["PER_JOB", "PERIOD"] = "PER_JOB"


class DeclaredDimension(Wire):
    """What metrics are told apart by."""

    key: FactKey
    allowedValues: list[Text255] = Field(
        [], max_length=_MOST_VALUES, description="any, when there are none"
    )


class Monetization(Wire):
    """What one of a PER_JOB metric is worth. Of a job that has a fact of the metric, this is the
    value in its ROI, whatever its outcome says."""

    metricKey: FactKey
    valuePerUnit: Number
    currency: Usd = "USD"
    category: Literal["REVENUE", "COST_AVOIDED", "TIME_SAVED", "LEADING_VALUE"] | None = None
    basis: Literal["REALIZED", "EXPECTED"] | None = None


class JobTypeEconomicsRequest(Wire):
    """A whole declaration: it replaces the one that is there."""

    unitMetricKey: FactKey = Field(description="the metric that units of work are counted by")
    unitLabel: Word
    metrics: list[DeclaredMetric] = Field(min_length=1, max_length=_MOST_METRICS)
    dimensions: list[DeclaredDimension] = Field([], max_length=_MOST_DIMENSIONS)
    monetization: Monetization | None = None
    overheadPerUnit: Number | None = Field(None, description="kept; no cost has it in it")
    overheadCurrency: Usd | None = Field(None, description="goes with overheadPerUnit")


class JobTypeEconomicsResource(JobTypeEconomicsRequest):
    """What is declared of a type of jobs."""

    jobType: str
