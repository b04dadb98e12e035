"""Runs as they are shown: begun, in lists, and whole."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.recommendations.records import Run
from chalicelib.recommendations.requests import FILTERS
from chalicelib.recommendations.vocabulary import AnalyzedSegment, RunStatus

Json = dict[str, Any]
_STATEMENTS = {
    AnalyzedSegment.METERED: "calls of models that are paid by use; none of coding assistants",
    AnalyzedSegment.ALL: (
        "calls of models that are paid by use, those of coding assistants among them; what a flat"
        " plan covers is left out"
    ),
}
_DONE = (RunStatus.COMPLETED, RunStatus.PARTIAL, RunStatus.FAILED)


def show_trigger(run: Run, *, is_duplicate: bool) -> Json:
    """See RecommendationRunTrigger."""
    shown: Json = {
        "runId": run.id,
        "status": run.status,
        "failedInvestigators": list(run.failed),
        "duplicated": is_duplicate,
    }
    if run.status not in _DONE:
        return shown
    return {
        **shown,
        "findingsCount": run.number("findings"),
        "recommendationsCount": run.number("recommendations"),
        "totalDurationMs": run.number("durationMs"),
        "findingsTruncated": run.number("findings") > run.number("considered"),
        "findingsConsideredCount": run.number("considered"),
    }


def show_item(run: Run) -> Json:
    """See RecommendationRunListItem."""
    return {
        "runId": run.id,
        "status": run.status,
        "triggeredBy": run.triggered_by,
        "created": iso(run.created_at),
        **_show_period(run),
        "findingsCount": run.number("findings"),
        "recommendationsCount": run.number("recommendations"),
        "codingAssistantPricingDegraded": None,
    }


def show_run(run: Run, detail: Mapping[str, Any], feedback: Sequence[Json], *, slim: bool) -> Json:
    """See RecommendationRun. `detail` is the document of what was found, empty before there is
    one."""
    parsed = {name: _parse(detail, name) for name in ("findings", "advice", "summary", "metadata")}
    shown = _show_head(run) | {
        "batchMetadataJson": detail.get("metadata", "{}"),
        "parsedBatchMetadata": parsed["metadata"] or {},
        "feedback": list(feedback),
    }
    if slim:
        return shown | {"recommendationsSummary": parsed["summary"]}
    return shown | {
        "findingsJson": detail.get("findings", "[]"),
        "parsedFindings": parsed["findings"],
        "recommendationsJson": detail.get("advice", "[]"),
        "parsedRecommendations": parsed["advice"],
    }


def _show_head(run: Run) -> Json:
    asked = run.asked
    is_all = bool(asked["filterIncludeCodingAssistants"])
    segment = AnalyzedSegment.ALL if is_all else AnalyzedSegment.METERED
    return {
        "id": run.id,
        "status": run.status,
        "statusMessage": run.message,
        "created": iso(run.created_at),
        "updated": iso(run.updated_at),
        **_show_period(run),
        "triggeredBy": run.triggered_by,
        "triggeredByUserId": run.user,
        "triggeredByApiKeyHint": run.key_hint,
        **{name: asked[name] for name in FILTERS},
        "filterDepartmentId": "",
        "filterIncludeDescendants": int(asked["filterIncludeDescendants"]),
        "filterIncludeCodingAssistants": int(is_all),
        "filterIncludeCodingAssistantsForCostDetectors": int(
            asked["filterIncludeCodingAssistantsForCostDetectors"]
        ),
        "analyzedSegment": segment,
        "analyzedSegmentStatement": _STATEMENTS[segment],
        "analyzedCostUsd": _usd(run, "costUsd"),
        "excludedCodingAssistantCostUsd": _usd(run, "excludedUsd"),
        "codingAssistantPricingDegraded": None,
        "meteredOnlyInvestigatorIds": [],
        "failedInvestigators": list(run.failed),
        "findingsCount": run.number("findings"),
        "recommendationsCount": run.number("recommendations"),
        "findingsTruncated": run.number("findings") > run.number("considered"),
        "findingsConsideredCount": run.number("considered"),
        "totalDurationMs": run.number("durationMs"),
    }


def _show_period(run: Run) -> Json:
    return {"periodStart": iso(run.start), "periodEnd": iso(run.end + 1)}


def _usd(run: Run, name: str) -> Decimal | None:
    told = run.numbers.get(name)
    return None if told is None or run.status is RunStatus.FAILED else Decimal(told)


def _parse(detail: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - JSON is any value
    return json.loads(detail.get(name, "[]"), parse_float=Decimal)
