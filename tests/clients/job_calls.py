"""What an application with jobs does, through the unchanged SDK; leaves what it saw, as JSON."""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import openai
import revenium_middleware.openai  # noqa: F401 - importing it is what turns metering on
from revenium_middleware import (
    JobTypeEconomics,
    get_job_type_economics,
    job_history,
    upsert_job_type_economics,
)
from revenium_middleware._core.exceptions import (
    OutcomeAlreadyReportedError,
    OutcomeAmendConflictError,
    OutcomeNotReportedError,
)
from revenium_middleware.agentic_outcomes import AgenticOutcomeClient, AgenticOutcomeSettings
from revenium_middleware.job_context import JobContext

logging.basicConfig(stream=sys.stderr)
seen: dict[str, Any] = {}


class FirstAnswersLost(httpx.Client):
    """A gateway that loses the answer of the first outcome."""

    lost = 0

    def request(self, method: str, url: Any, **options: Any) -> httpx.Response:
        answer = super().request(method, url, **options)
        if method == "POST" and str(url).endswith("/outcome") and not self.lost:
            self.lost = 1
            return httpx.Response(503, request=answer.request)
        return answer


def ask() -> None:
    openai.OpenAI().chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello!"}]
    )


with JobContext("loan-1", name="Loan", type="Loan", version="2", retry_initial_seconds=0.05) as job:
    ask()
    # The call is metered by a thread of its own, so the outcome may come first: a 404, which is
    # asked again.
    job.report_outcome(
        "SUCCESS", outcome_type="CONVERTED", outcome_value=500.0, metadata={"ü": 1},
        metrics=[{"key": "quality_rate", "value": 0.9}],
    )  # fmt: skip
    seen["version"] = job.entity_version
    try:
        job.report_outcome("FAILED")
    except OutcomeAlreadyReportedError as error:
        seen["already"] = [error.reported_at is not None, error.amendment_count]
    seen["amended"] = job.amend_outcome("counted again", outcome_value=600.0)["outcomeValue"]
    try:
        job.amend_outcome("stale", expected_entity_version=0, outcome_value=1.0)
    except OutcomeAmendConflictError as error:
        seen["conflict"] = error.current_entity_version
    job.append_outcome_metrics([{"key": "quality_rate", "value": 0.8, "reason": "graded"}])

address = os.environ["REVENIUM_METERING_BASE_URL"]
settings = AgenticOutcomeSettings(
    os.environ["REVENIUM_METERING_API_KEY"], outcome_retry_initial_seconds=0.01
)
with AgenticOutcomeClient(settings, http_client=FirstAnswersLost()) as client:
    made = client.create_job("chat-1", name="Chat", type="Chat", environment="prod")
    seen["made"] = [
        made["entityVersion"],
        made["type"],
        client.create_job("chat-1", name="Chat")["name"],
    ]
    # Stored, answer lost, refused as already reported, read and found to be the same: no error
    # reaches us.
    client.report_outcome(
        "chat-1", {"executionStatus": "FAILED", "outcomeType": "UNSUCCESSFUL", "outcomeReason": "x"}
    )

try:
    JobContext.attach("loan-2", retry_attempts=2, retry_initial_seconds=0.01).report_outcome(
        "FAILED"
    )
except httpx.HTTPStatusError as error:
    seen["unknown"] = error.response.status_code
client = AgenticOutcomeClient(settings)
client.create_job("open-1")
try:
    JobContext.attach("open-1").amend_outcome("none yet", outcome_type="CUSTOM")
except OutcomeNotReportedError:
    seen["not reported"] = True
try:
    with JobContext("open-1"):
        raise RuntimeError("it broke")
except RuntimeError:
    seen["failed"] = job_history.get_job("open-1")["outcomeReason"]

page = job_history.list_jobs(job_type="Loan", size=5)
seen["listed"] = [[each["agenticJobId"], each["source"]] for each in page["content"]]
seen["pages"] = page["page"]["totalPages"]
seen["types"] = job_history.get_job_types()
seen["history"] = [
    [each.amendment_sequence, each.outcome_value]
    for each in job_history.get_outcome_history("loan-1")
]
seen["funnel"] = job_history.get_conversion_funnel(job_type="loan")["conversionRate"]
seen["job"] = job_history.get_job_roi("loan-1")["outcomeValue"]
quality = {
    "key": "quality_rate",
    "type": "SCORE",
    "direction": "HIGHER_IS_BETTER",
    "resolution": "PER_JOB",
}
worth = {
    "metricKey": "quality_rate",
    "valuePerUnit": 10,
    "currency": "USD",
    "category": "REVENUE",
    "basis": "REALIZED",
}
upsert_job_type_economics("Loan", JobTypeEconomics("quality_rate", "loan", [quality], [], worth))
seen["economics"] = get_job_type_economics("loan")["monetization"]["valuePerUnit"]
seen["worth"] = job_history.get_job_roi("loan-1")["monetizedValueUsd"]
try:
    JobContext.attach("loan-1").append_outcome_metrics([{"key": "undeclared", "value": 1}])
except httpx.HTTPStatusError as error:
    seen["undeclared"] = error.response.json()["errors"][0]["field"]
seen["calls"] = job_history.get_job_transactions("open-1")
Path(os.environ["SEEN"]).write_text(json.dumps(seen))
