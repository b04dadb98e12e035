"""How usage is shown in tables: a row a user, model or organization."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.kit.clock import iso, millis
from chalicelib.kit.money import to_usd
from chalicelib.ports.engine import Value
from chalicelib.reports.breakdown import ModelShare, break_down, single_provider
from chalicelib.reports.measures import quotient
from chalicelib.reports.usage_declarations import UsageReport
from chalicelib.reports.usage_figures import TOKEN_MEMBERS, UsedSums

Json = dict[str, Any]


def show_moment(value: Value) -> str | None:
    """An instant that the engine told; None for null."""
    return iso(millis(value)) if isinstance(value, datetime) else None


def show_rows(
    usage: UsageReport,
    sums: Mapping[str, UsedSums],
    members: Mapping[str, Json],
    shares: Mapping[str, Sequence[ModelShare]],
) -> list[Json]:
    """A row a group, the costliest first, equal ones by name. `members` are further ones of a
    row."""
    total = sum(each.cost_nano for each in sums.values())
    rows: list[Json] = []
    for name in sorted(sums, key=lambda name: (-sums[name].cost_nano, name)):
        row = {usage.member: name, **members[name], **_show_sums(sums[name], total)}
        if usage.by_models:
            row["modelBreakdown"] = break_down(shares[name])
        elif shares.get(name):
            row["provider"] = single_provider(share.provider for share in shares[name])
        rows.append(row)
    return rows


def _show_sums(used: UsedSums, total: int) -> Json:
    """What was used: costs in USD, the average over the calls of known cost, the percentage of the
    cost of all groups (0 where nothing cost anything)."""
    shown: Json = {"requestCount": used.calls}
    shown |= {member: getattr(used, name) for member, name in TOKEN_MEMBERS.items()}
    shown |= {
        "totalCost": to_usd(used.cost_nano),
        "averageCost": quotient(used.cost_nano, used.priced, -9),
        "percentage": quotient(used.cost_nano * 100, total),
    }
    return shown | {"unpricedCount": used.unpriced} if used.unpriced else shown
