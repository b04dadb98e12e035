"""What one job cost and earned, which calls it made, and how jobs come out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from chalicelib.jobs.costs import JobCosts, read_costs, read_rows
from chalicelib.jobs.queries import CALL_COLUMNS, MOST_CALLS, TableDays, first_calls
from chalicelib.jobs.ratios import roi, share
from chalicelib.jobs.records import Job, days_of, read_job
from chalicelib.jobs.rows import Row
from chalicelib.jobs.schemas import TimelineQuery
from chalicelib.jobs.values import Values
from chalicelib.kit.clock import iso, millis
from chalicelib.kit.money import to_usd
from chalicelib.kit.pages import PageRequest
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.engine import Statement, Value
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

SUCCESS, CONVERTED, DEFLECTED = "SUCCESS", "CONVERTED", "DEFLECTED"
_FAILED = ("ERROR", "TIMEOUT")
_UNKNOWN = "unknown"
"""What stands where a call names no model or provider."""


def job_roi(world: World, tenant: Scope, team: Scope, job_id: str) -> Row:
    """Cost, outcome and return of a job. Failed calls and retries cost what they cost.

    A return is null without a value, without an exchange rate for one that is not in USD, and when
    no cost of its kind is known or it is 0. Raises UnknownRecord, EngineBusy.
    """
    job = read_job(world, team, job_id)
    costs = read_costs(world, team, [job])[job_id]
    values = Values(world, tenant, team)
    value = values.value(job)
    return {
        "agenticJobId": job_id,
        "agenticJobName": job.name,
        "agenticJobType": job.type,
        "executionStatus": job.execution_status,
        "outcomeType": job.outcome_type,
        "hasOutcome": job.has_outcome,
        "outcomeValue": job.outcome_value,
        "outcomeCurrency": job.outcome_currency,
        "outcomeValueUsd": _usd(values.value_of_outcome(job)),
        "monetizedValueUsd": _usd(values.value_by_facts(job)),
        "totalCost": costs.ai.usd,
        "roi": None if value is None else roi(value, costs.ai.nano),
        "transactionCount": costs.ai.calls,
        "inputTokens": costs.input_tokens,
        "outputTokens": costs.output_tokens,
        "totalTokens": costs.total_tokens,
        "toolCost": costs.tools.usd,
        "toolCallCount": costs.tools.calls,
        "roiWithTools": _roi_with_tools(value, costs),
        "unpricedCount": costs.unpriced_calls,
    }


def _usd(nano: int | None) -> Decimal | None:
    return None if nano is None else to_usd(nano)


def _roi_with_tools(value: int | None, costs: JobCosts) -> Decimal | None:
    if value is None or not costs.is_known:
        return None
    return roi(value, costs.ai.nano + costs.tools.nano)


def read_transactions(world: World, team: Scope, job_id: str, query: TimelineQuery) -> Row:
    """The AI calls of a job by start. Raises UnknownRecord, EngineBusy."""
    job = read_job(world, team, job_id)
    wanted = PageRequest(query.page, query.size)
    most = min((wanted.number + 1) * wanted.size, MOST_CALLS)

    def make_statement(days: Sequence[TableDays]) -> Statement:
        return first_calls(team, days, job_id, most)

    rows = read_rows(world, team, [AI_EVENTS.name], days_of([job]), make_statement)
    return {
        "transactions": [_call(row) for row in wanted.cut(rows)],
        "totalCount": rows[0][-1] if rows else 0,
    }


def _call(row: Sequence[Value]) -> Row:
    call: Mapping[str, Value] = dict(zip(CALL_COLUMNS, row, strict=False))
    start, cost = call["requested_at"], call["cost_nano"]
    return {
        "transactionId": call["transaction_id"],
        "timestamp": iso(millis(start)) if isinstance(start, datetime) else None,
        "agent": call["agent"],
        "model": call["model"] or _UNKNOWN,
        "provider": call["provider"] or _UNKNOWN,
        "duration": call["duration_ms"] or 0,
        "cost": to_usd(cost) if isinstance(cost, int) else None,
        "inputTokens": call["input_tokens"],
        "outputTokens": call["output_tokens"],
        "totalTokens": call["total_tokens"],
        "status": "error" if _has_failed(call) else "success",
    }


def _has_failed(call: Mapping[str, Value]) -> bool:
    told = call["error_reason"] is not None or call["error_code"] is not None
    return told or call["stop_reason"] in _FAILED


def funnel(jobs: Sequence[Job]) -> Row:
    """Counts of jobs by what came of them. Rates are fractions: successes of all jobs, conversions
    of successes."""
    outcomes = Counter(job.outcome_type for job in jobs)
    successes = sum(job.execution_status == SUCCESS for job in jobs)
    conversions = outcomes[CONVERTED]
    return {
        "totalJobs": len(jobs),
        "successfulJobs": successes,
        "convertedJobs": conversions,
        "deflectedJobs": outcomes[DEFLECTED],
        "escalatedJobs": outcomes["ESCALATED"],
        "customJobs": outcomes["CUSTOM"],
        "successRate": share(successes, len(jobs)),
        "conversionRate": share(conversions, successes),
    }
