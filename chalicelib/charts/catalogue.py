"""The catalogue: what charts may be made of, the same for every team."""

from typing import Any

from chalicelib.charts.metrics import METRICS
from chalicelib.charts.vocabulary import (
    ChartDateRange,
    ChartDimension,
    ChartMode,
    ChartTimeGrain,
    ChartType,
)

_LABELS = {
    ChartDimension.ORGANIZATION: "Customer",
    ChartDimension.CREDENTIAL: "Credential",
    ChartDimension.PRODUCT: "Product",
    ChartDimension.MODEL: "Model",
    ChartDimension.PROVIDER: "Provider",
    ChartDimension.AGENT: "Agent",
    ChartDimension.SUBSCRIBER: "Subscriber",
    ChartDimension.TASK_TYPE: "Task type",
    ChartDimension.JOB_TYPE: "Job type",
    ChartDimension.JOB_ENVIRONMENT: "Environment of the job",
    ChartDimension.EXECUTION_STATUS: "How the job ended",
    ChartDimension.OUTCOME_TYPE: "Outcome",
    ChartDimension.BUDGET: "Budget",
}


def find_grouping(text: str) -> ChartDimension:
    """The dimension of a grouping, whatever its case. Raises ValueError."""
    wanted = text.strip().upper().replace("-", "_")
    for dimension in ChartDimension:
        if wanted == dimension:
            return dimension
    raise ValueError(f"one of {', '.join(ChartDimension)}")


def describe() -> dict[str, Any]:
    """See ChartAvailableData."""
    metrics = [
        {
            "key": metric.key,
            "label": metric.label,
            "unit": metric.unit,
            "calculationTypes": list(metric.calculations),
            "groupings": list(metric.groupings),
        }
        for metric in METRICS.values()
    ]
    dimensions = [{"key": each, "label": _LABELS[each]} for each in ChartDimension]
    return {
        "metrics": metrics,
        "entityTypes": dimensions,
        "groupings": dimensions,
        "chartTypes": list(ChartType),
        "modes": list(ChartMode),
        "dateRanges": list(ChartDateRange),
        "timeGrains": list(ChartTimeGrain),
    }
