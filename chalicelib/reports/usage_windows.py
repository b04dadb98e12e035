"""How usage is shown over time: windows of groups, or of tokens alone."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.kit.money import to_usd
from chalicelib.kit.windows import Bucket
from chalicelib.reports.usage_figures import POINTS, TOKEN_MEMBERS, UsedSums

Json = dict[str, Any]
SumsByBucket = Mapping[int, Mapping[str, UsedSums]]
"""Sums by the start of the bucket (UTC epoch ms) and the name of the group."""


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
