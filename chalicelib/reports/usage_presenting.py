"""How usage is shown: rows of tables, windows of groups, windows of tokens."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.kit.clock import iso, millis
from chalicelib.kit.money import to_usd
from chalicelib.kit.windows import Bucket
from chalicelib.ports.engine import Value
from chalicelib.reports.breakdown import ModelShare, break_down, single_provider
from chalicelib.reports.measures import quotient
from chalicelib.reports.usage_declarations import UsageReport
from chalicelib.reports.usage_figures import POINTS, TOKEN_MEMBERS, UsedSums

Json = dict[str, Any]
SumsByBucket = Mapping[int, Mapping[str, UsedSums]]
"""Sums by the start of the bucket (UTC epoch ms) and the name of the group."""


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


def show_windows(buckets: Sequence[Bucket], sums: SumsByBucket) -> list[Json]:
    """Every bucket with the groups that occur in it, the costliest first."""
    windows: list[Json] = []
    for bucket in buckets:
        groups = sums.get(bucket.start, {})
        names = sorted(groups, key=lambda name: (-groups[name].cost_nano, name))
        times = _times(bucket)
        shown = [{"groupName": name, "metrics": _points(groups[name], times)} for name in names]
        windows.append({**times, "groups": shown})
    return windows


def _points(used: UsedSums, times: Json) -> list[Json]:
    """A figure a metric type."""
    points: list[Json] = []
    for word, name in POINTS.items():
        value: int | Decimal = getattr(used, name)
        if word == "COST":
            value = to_usd(used.cost_nano)
        points.append({"metricType": word, "metricResult": value, **times})
    if used.unpriced:
        points[0]["unpricedCount"] = used.unpriced
    return points


def show_tokens(buckets: Sequence[Bucket], sums: SumsByBucket) -> list[Json]:
    """Every bucket with its tokens, zeros included."""
    windows: list[Json] = []
    for bucket in buckets:
        used = sums.get(bucket.start, {}).get("", UsedSums())
        tokens = {member: getattr(used, name) for member, name in TOKEN_MEMBERS.items()}
        windows.append({**_times(bucket), **tokens})
    return windows


def _times(bucket: Bucket) -> Json:
    return {"startTimestamp": bucket.start, "endTimestamp": bucket.end}
