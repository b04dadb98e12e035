"""Formats: whose export a file is, by what stands in it. Those that hold a row a call are read;
sums of many calls cannot become calls, and are refused by name.

The next format is a row of `FORMATS`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from chalicelib.metering.bulk import FileRecord
from infra.imports.claude_code import is_transcript, read_transcript
from infra.imports.containers import items_of, parse
from infra.imports.langfuse import is_observation, is_trace, read_observations
from infra.imports.litellm import is_spend_log, read_spend_logs
from infra.imports.members import as_text

Row = Mapping[str, Any]
Recognise = Callable[[Row], bool]
Reader = Callable[[Iterator[FileRecord], Counter[str]], Iterator[FileRecord]]
"""From the rows of a file to completions. What is left out is counted by its reason."""


@dataclass(frozen=True, slots=True)
class Format:
    """What another product exports: how one of its rows is recognised, and how rows are read; or,
    without a reader, what to do instead."""

    name: str
    recognise: Recognise
    read: Reader | None = None
    advice: str = ""


def _has(*names: str) -> Recognise:
    return lambda row: set(names) <= row.keys()


def _buckets(*members: str) -> Recognise:
    """A bucket of time of OpenAI's and Anthropic's reports that holds results with any of the
    members, or is empty."""

    def recognise(row: Row) -> bool:
        results = row.get("results", row.get("result"))
        if not isinstance(results, list) or not ("start_time" in row or "starting_at" in row):
            return False
        if not results:
            return row.get("object") == "bucket" or "starting_at" in row
        first = results[0]
        return isinstance(first, Mapping) and bool(first.keys() & set(members))

    return recognise


def _is_ccusage(row: Row) -> bool:
    if row.keys() & {"modelBreakdowns", "modelsUsed"}:
        return True
    periods = {"daily", "weekly", "monthly", "session", "sessions", "projects"}
    has_sums = "totals" in row and bool(row.keys() & periods)
    blocks = row.get("blocks")
    return has_sums or (isinstance(blocks, list) and "type" not in row)


_CODEX = frozenset({"session_meta", "turn_context", "response_item", "event_msg"})


def _is_codex(row: Row) -> bool:
    return as_text(row.get("type")) in _CODEX and "timestamp" in row and "payload" in row


_CALLS = "send the calls themselves (a middleware, OpenTelemetry), or a file of them"
_SUMS = f"it holds sums of many calls, which cannot become calls: {_CALLS}"
_TRANSCRIPTS = "~/.claude/projects/*/*.jsonl"

FORMATS: Sequence[Format] = (
    Format("LiteLLM's spend logs", is_spend_log, read_spend_logs),
    Format("a transcript of Claude Code", is_transcript, read_transcript),
    Format("Langfuse's observations", is_observation, read_observations),
    Format(
        "an export of Langfuse's traces",
        is_trace,
        advice="what calls cost stands in its observations: export those",
    ),
    # https://platform.openai.com/docs/api-reference/usage: pages of buckets, and the CSV files of
    # the usage page.
    Format(
        "a usage report of OpenAI",
        _buckets("num_model_requests", "num_sessions", "usage_bytes", "num_requests"),
        advice=_SUMS,
    ),
    Format("a usage report of OpenAI", _has("start_time_iso", "num_model_requests"), advice=_SUMS),
    Format("a cost report of OpenAI", _has("amount_value", "line_item"), advice=_SUMS),
    # https://platform.claude.com/docs/en/manage-claude/usage-cost-api, its successor
    # analytics/{usage,cost} and the CSV files of the console.
    Format(
        "a usage report of Anthropic",
        _buckets("uncached_input_tokens", "cache_read_input_tokens"),
        advice=_SUMS,
    ),
    Format(
        "a cost report of Anthropic",
        lambda row: "starting_at" in row and _buckets("amount")(row),
        advice=_SUMS,
    ),
    Format("a cost report of OpenAI", _buckets("amount"), advice=_SUMS),
    Format(
        "a usage and cost report of Anthropic",
        lambda row: "starting_at" in row and bool(row.keys() & {"cost", "usage", "group"}),
        advice=_SUMS,
    ),
    Format("a report of Anthropic's console", _has("usage_date_utc"), advice=_SUMS),
    Format(
        "Anthropic's report on Claude Code",
        _has("actor", "core_metrics"),
        advice=f"it holds sums of days: import the transcripts instead ({_TRANSCRIPTS})",
    ),
    Format(
        "a report of ccusage",
        _is_ccusage,
        advice="it holds sums of days or sessions: import the transcripts that it was made of "
        f"({_TRANSCRIPTS})",
    ),
    # ~/.codex/sessions/*/*/*/rollout-*.jsonl: its counts name no response, and its telemetry tells
    # of the same calls.
    Format(
        "a session of Codex",
        _is_codex,
        advice="its counts cannot be told from those of its telemetry: send that instead (README, "
        "Pointing a client at it)",
    ),
    Format(
        "a report of OpenAI that is empty",
        lambda row: row.get("object") == "page" and row.get("data") == [],
        advice=_SUMS,
    ),
    # https://focus.finops.org: columns of every version, BilledCost beside the period of a charge.
    Format(
        "a FOCUS cost report",
        _has("BilledCost", "ChargePeriodStart"),
        advice=f"it holds charges, which cannot become calls: {_CALLS}",
    ),
)
"""The first that recognises a row holds."""
_OWN = frozenset({"requestTime", "transactionId", "toolId", "payload"})
"""Members that only records of ours have."""


def recognise(rows: Sequence[Row]) -> Format | None:
    """Whose export the first rows of a file are of; None for records of ours, and for what nobody
    here knows."""
    for row in rows:
        if is_own(row):
            return None
        for candidate in (row, *list(filter(None, items_of(row)))[:1]):
            for form in FORMATS:
                if form.recognise(candidate):
                    return form
    return None


def is_own(row: Row) -> bool:
    """Whether a row is a record of ours."""
    return bool(row.keys() & _OWN) and not _is_codex(row)


def tells(record: FileRecord) -> bool:
    """Whether a record says whose file it is of, ours or another product's."""
    row = parse(record.content)
    return is_own(row) or recognise([row]) is not None


def recognise_records(sample: Sequence[FileRecord]) -> Format | None:
    """Whose export a file is, by its first records. Raises click.ClickException for one that is
    known and not read."""
    form = recognise([parse(record.content) for record in sample])
    if form and form.read is None:
        raise click.ClickException(f"this file is {form.name}; {form.advice}")
    return form
