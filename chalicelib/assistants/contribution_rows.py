"""Rows of contributions as they are shown."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.assistants.contribution_records import Contribution
from chalicelib.kit.money import to_usd

_RATE_DIGITS = Decimal("0.000001")
Json = dict[str, Any]
Actor = tuple[str, str]


def list_actors(
    days: Sequence[tuple[str, Sequence[Contribution]]], logins: Mapping[str, str | None]
) -> list[Json]:
    """What was done for each actor in all days, who contributed most first."""
    sums: dict[Actor, Contribution] = {}
    active: dict[Actor, int] = {}
    for _, rows in days:
        for row in rows:
            known = sums.get(row.actor)
            sums[row.actor] = known + row if known else row
            active[row.actor] = active.get(row.actor, 0) + 1
    found: list[Json] = []
    for actor, row in sums.items():
        shown = _present(row) | _present_tools(row)
        shown |= {"activeDays": active[actor], "githubLogin": logins.get(row.email)}
        shown |= {
            "customerType": row.customer_type,
            "subscriptionType": row.subscription_type or None,
        }
        found.append(shown)
    return sorted(
        found, key=lambda row: (-row["count"], row["userEmail"] or "", row["apiKeyName"] or "")
    )


def list_daily(days: Sequence[tuple[str, Sequence[Contribution]]]) -> list[Json]:
    """What was done for each actor on each day."""
    return [{"date": day, **_present(row)} for day, rows in days for row in rows]


def add_contributions(rows: Iterable[Contribution]) -> Contribution:
    """All rows together."""
    total = Contribution()
    for row in rows:
        total += row
    return total


def _present(row: Contribution) -> Json:
    return {
        "userEmail": row.email or None,
        "apiKeyName": row.key_name or None,
        "count": row.commits + row.pull_requests,
        **present_figures(row),
    }


def present_figures(row: Contribution) -> Json:
    """What adds up, as it is shown."""
    return {
        "sessions": row.sessions,
        "linesAdded": row.lines_added,
        "linesRemoved": row.lines_removed,
        "commits": row.commits,
        "pullRequests": row.pull_requests,
        "estimatedCost": to_usd(row.cost_nano),
        "inputTokens": row.input_tokens,
        "outputTokens": row.output_tokens,
        "cacheReadTokens": row.cache_read_tokens,
        "cacheCreationTokens": row.cache_creation_tokens,
    }


def _present_tools(row: Contribution) -> Json:
    accepted = sum(counts[0] for counts in row.tools.values())
    total = accepted + sum(counts[1] for counts in row.tools.values())
    rate = (Decimal(accepted) / total).quantize(_RATE_DIGITS) if total else None
    actions = [
        {"tool": name, "accepted": counts[0], "rejected": counts[1]}
        for name, counts in sorted(row.tools.items())
    ]
    return {"toolActions": actions, "acceptanceRate": rate}
