"""What one job cost and earned, which calls it made, and how jobs come out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.jobs.costs import spent_by, steadily
from chalicelib.jobs.queries import MOST_CALLS, calls
from chalicelib.jobs.ratios import roi, share
from chalicelib.jobs.records import days_of, job_of
from chalicelib.jobs.rows import Row, value_of
from chalicelib.jobs.schemas import TimelineQuery
from chalicelib.jobs.values import Values
from chalicelib.kit.clock import iso, millis
from chalicelib.kit.money import to_usd
from chalicelib.kit.pages import PageRequest
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.engine import Value
from chalicelib.ports.world import World

SUCCESS, CONVERTED, DEFLECTED = "SUCCESS", "CONVERTED", "DEFLECTED"
_FAILED = ("ERROR", "TIMEOUT")
_UNKNOWN = "unknown"
"""What stands where a call names no model or provider."""


def job_roi(world: World, tenant: str, team: str, job_id: str) -> Row:
    """Cost, outcome and return of a job. Failed calls and retries cost what they cost.

    A return is null without a value, without an exchange rate for one that is not in USD, and when
    no cost of its kind is known or it is 0. Raises UnknownRecord, EngineBusy.
    """
    job = job_of(world, team, job_id)
    doc, spent = job.doc, spent_by(world, team, [job])[job_id]
    values = Values(world, tenant, team)
    value, told, declared = values.usd(doc), values.outcome(doc), values.monetized(doc)
    return {
        "agenticJobId": job_id,
        "agenticJobName": doc["name"],
        "agenticJobType": doc["type"],
        "executionStatus": doc.get("executionStatus"),
        "outcomeType": doc.get("outcomeType"),
        "hasOutcome": doc.get("executionStatus") is not None,
        "outcomeValue": value_of(doc),
        "outcomeCurrency": doc.get("outcomeCurrency"),
        "outcomeValueUsd": None if told is None else to_usd(told),
        "monetizedValueUsd": None if declared is None else to_usd(declared),
        "totalCost": spent.ai.usd,
        "roi": None if value is None else roi(value, spent.ai.nano),
        "transactionCount": spent.ai.calls,
        "inputTokens": spent.input_tokens,
        "outputTokens": spent.output_tokens,
        "totalTokens": spent.total_tokens,
        "toolCost": spent.tools.usd,
        "toolCallCount": spent.tools.calls,
        "roiWithTools": roi(value, spent.ai.nano + spent.tools.nano)
        if value is not None and spent.is_known
        else None,
        "unpricedCount": spent.unpriced,
    }


def transactions(world: World, team: str, job_id: str, query: TimelineQuery) -> Row:
    """The AI calls of a job by start. Raises UnknownRecord, EngineBusy."""
    job, wanted = job_of(world, team, job_id), PageRequest(query.page, query.size)
    most = min((wanted.number + 1) * wanted.size, MOST_CALLS)
    rows = steadily(
        world, team, [AI_EVENTS.name], days_of([job]), lambda days: calls(team, days, job_id, most)
    )  # fmt: skip
    return {
        "transactions": [_call(row) for row in wanted.cut(rows)],
        "totalCount": rows[0][-1] if rows else 0,
    }


def _call(row: Sequence[Value]) -> Row:
    (
        _,
        transaction,
        start,
        agent,
        model,
        provider,
        took,
        cost,
        given,
        made,
        total,
        stop,
        code,
        reason,
        _,
    ) = row
    failed = reason is not None or code is not None or stop in _FAILED
    return {
        "transactionId": transaction,
        "timestamp": iso(millis(start)) if isinstance(start, datetime) else None,
        "agent": agent,
        "model": model or _UNKNOWN,
        "provider": provider or _UNKNOWN,
        "duration": took or 0,
        "cost": to_usd(cost) if isinstance(cost, int) else None,
        "inputTokens": given,
        "outputTokens": made,
        "totalTokens": total,
        "status": "error" if failed else "success",
    }


def funnel(jobs: Sequence[Mapping[str, Any]]) -> Row:
    """Counts of jobs by what came of them. Rates are fractions: successes of all jobs, conversions
    of successes."""
    outcomes = [job.get("outcomeType") for job in jobs]
    successes, conversions = (
        sum(job.get("executionStatus") == SUCCESS for job in jobs),
        outcomes.count(CONVERTED),
    )
    return {
        "totalJobs": len(jobs),
        "successfulJobs": successes,
        "convertedJobs": conversions,
        "deflectedJobs": outcomes.count(DEFLECTED),
        "escalatedJobs": outcomes.count("ESCALATED"),
        "customJobs": outcomes.count("CUSTOM"),
        "successRate": share(successes, len(jobs)),
        "conversionRate": share(conversions, successes),
    }
